#include "attacks/random_sign.h"

#include "attacks/judge.h"
#include "attacks/projection.h"
#include "core/random.h"
#include "models/rows.h"

namespace faultline {

const OptionTable<RandomSign::Options>& RandomSign::options() {
  static const auto table =
      OptionTable<Options>()
          .include(&Options::search, SearchOptions::options())
          .choice<Mode>(
              "mode", &Options::mode,
              {{"auto", Mode::automatic}, {"one-shot", Mode::one_shot}, {"walk", Mode::walk}, {"resample", Mode::resample}},
              "auto: one-shot for one iteration, else a walk");
  // One iteration unless asked for more: `random-sign` alone is the one-shot control.
  return table;
}

RandomSign::RandomSign(Options options) : options_(std::move(options)) { options_.search.selection_metric(); }

RandomSign::Mode RandomSign::mode() const {
  if (options_.mode != Mode::automatic) return options_.mode;
  return options_.search.iterations == 1 ? Mode::one_shot : Mode::walk;
}

AttackFacts RandomSign::facts() const {
  AttackFacts facts;
  const Mode how = mode();
  facts.kind = how == Mode::one_shot ? "one-shot" : how == Mode::walk ? "walk" : "resample";
  facts.label = std::string(kName) + "-" + facts.kind + options_.search.label_suffix();
  facts.is_control = true;
  facts.iterations = how == Mode::one_shot ? 1 : options_.search.iterations;
  facts.selection = print(options_.search.selection_spec());
  facts.selection_name = options_.search.selection_spec().name;
  facts.norm = options_.search.norm;
  facts.epsilon = options_.search.epsilon;
  return facts;
}

double RandomSign::cost(const Explainer& explainer) const {
  return options_.search.passes_to_judge(explainer) *
         (1 + static_cast<double>(facts().iterations) / static_cast<double>(options_.search.select_every));
}

AttackResult RandomSign::run(const AttackProblem& problem, const Preparation&) const {
  const at::NoGradGuard no_graph;
  const Samples& samples = problem.samples;
  const bool walk = mode() == Mode::walk;
  SearchOptions search = options_.search;
  search.iterations = facts().iterations;
  Judge judge(problem, search);
  const Budget& budget = judge.budget();
  const double step = walk ? search.step_length(budget) : budget.epsilon;
  at::Tensor x = samples.inputs.clone();
  for (int64_t t = 1; t <= search.iterations && !judge.active().empty(); ++t) {
    const std::vector<int64_t> rows = judge.active();
    const auto index = index_of(rows, x);
    const auto clean = samples.inputs.index_select(0, index);
    auto stepped = walk ? x.index_select(0, index) : clean.clone();
    for (size_t i = 0; i < rows.size(); ++i) {
      auto place = stepped[static_cast<int64_t>(i)];
      const auto signs = RandomStream(problem.context.seed, "attack/random-sign", samples.ids[rows[i]])
                             .signs(static_cast<uint32_t>(t - 1), static_cast<size_t>(place.numel()));
      auto move = at::tensor(signs, at::kDouble).reshape(place.sizes()) * step;
      if (budget.norm == Norm::l2) move = move / std::sqrt(static_cast<double>(place.numel()));
      place += move.to(x.device(), x.scalar_type());
    }
    const auto moved = project(stepped, clean, budget, problem.context.range);
    x.index_copy_(0, index, judge.judge(moved, rows, t));
  }
  return judge.finish(walk ? step * static_cast<double>(search.iterations) : budget.epsilon);
}

}  // namespace faultline
