#include "attacks/query_attack.h"

#include "attacks/health.h"
#include "attacks/query_search.h"

namespace faultline {

const OptionTable<QueryOptions>& QueryOptions::options() {
  static const auto table =
      OptionTable<QueryOptions>()
          .number_or("run", "epsilon", &QueryOptions::epsilon, {0, 1e9}, "size of the ball; overrides --epsilon", "",
                     "pixel units")
          .text("select", &QueryOptions::select, "metric that picks the best candidate", "", "a similarity metric")
          .amount("k", &QueryOptions::k, "entries of top-k and of the attacked set")
          .integer("steps", &QueryOptions::steps, {0, 100000},
                   "path points of the maps made inside the attack; 0: the explainer's own")
          .integer("queries", &QueryOptions::queries, {4, 100000000},
                   "maps with their logits asked for a sample, at most, the clean one included", "attacks sheet 6")
          .choice<QueryObjective::Kind>("objective", &QueryOptions::objective, QueryObjective::words(),
                                        "what is raised: minus the map's share on its k largest clean entries, the ranks swapped "
                                        "across the k-th place, or how far the centre of mass moves",
                                        "Ghorbani 2019; attacks sheet 13");
  return table;
}

const OptionTable<TiledQueryOptions>& TiledQueryOptions::options() {
  static const auto table =
      OptionTable<TiledQueryOptions>()
          .include(&TiledQueryOptions::query, QueryOptions::options())
          .choice<Norm>("norm", &TiledQueryOptions::norm, norm_words(), "of the ball")
          .integer("tile", &TiledQueryOptions::tile, {0, 10000},
                   "side of the squares on which a perturbation is constant; 0: the height over 32, at least 1",
                   "attacks sheet 6", "pixels");
  return table;
}

QueryAttack::QueryAttack(const char* name, QueryOptions options, Norm norm)
    : name_(name), query_(std::move(options)), norm_(norm) {
  judged().selection_metric();  // an unknown metric is an error now, not after the first hour
}

SearchOptions QueryAttack::judged() const {
  SearchOptions out;
  out.epsilon = query_.epsilon;
  out.norm = norm_;
  out.select = query_.select;
  out.k = query_.k;
  out.steps = query_.steps;
  out.iterations = query_.queries;
  return out;
}

AttackFacts QueryAttack::facts() const {
  const SearchOptions search = judged();
  AttackFacts facts;
  facts.label = name_ + search.label_suffix();
  // The fair random control has as many candidates as this attack has questions.
  facts.iterations = query_.queries;
  facts.selection = print(search.selection_spec());
  facts.selection_name = search.selection_spec().name;
  facts.norm = norm_;
  facts.epsilon = query_.epsilon;
  return facts;
}

double QueryAttack::cost(const Explainer& explainer) const {
  const SearchOptions search = judged();
  const double another_seed = explainer.traits().randomised ? static_cast<double>(search.points_inside(explainer)) : 0;
  return static_cast<double>(used()) * search.passes_to_judge(explainer) + another_seed;
}

AttackResult QueryAttack::run(const AttackProblem& problem, const Preparation&) const {
  const at::NoGradGuard no_graph;
  QuerySearch one(name_, problem, judged(), query_.objective, query_.queries);
  if (!one.rows().empty()) search(one);
  AttackResult result = one.judge().finish(reach(one.budget()));
  add_randomness_warnings(problem, one.judge().explainer(), one.judge().clean_maps(), &result.outcomes);
  return result;
}

}  // namespace faultline
