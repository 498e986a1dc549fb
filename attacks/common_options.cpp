#include "attacks/common_options.h"

#include "explainers/explainer.h"

namespace faultline {

const std::vector<std::pair<std::string, Norm>>& norm_words() {
  static const std::vector<std::pair<std::string, Norm>> words{{"linf", Norm::linf}, {"l2", Norm::l2}};
  return words;
}

const OptionTable<SearchOptions>& SearchOptions::options() {
  static const auto table =
      OptionTable<SearchOptions>()
          .number_or("run", "epsilon", &SearchOptions::epsilon, {0, 1e9}, "size of the ball; overrides --epsilon", "",
                     "pixel units")
          .choice<Norm>("norm", &SearchOptions::norm, norm_words(), "of the ball")
          .flag("epsilon-per-pixel", &SearchOptions::epsilon_per_pixel,
                "norm=l2: epsilon is multiplied by the root of the number of elements")
          .integer("iterations", &SearchOptions::iterations, {1, 1000000}, "iterates, each a candidate", "Ghorbani 2019: 300")
          .number_or("auto", "step", &SearchOptions::step, {0, 1e9},
                     "step length; auto: epsilon/16, epsilon/3 where it falls, 2 epsilon where it adapts", "", "pixel units")
          .text("select", &SearchOptions::select, "metric that picks the best iterate", "Ghorbani 2019", "a similarity metric")
          .amount("k", &SearchOptions::k, "entries of top-k and of the attacked set", "Ghorbani 2019: 1000 on 227x227")
          .integer("select-every", &SearchOptions::select_every, {1, 1000000}, "judge every n-th iterate (the last one always)")
          .choice<OnLabelFlip>("on-label-flip", &SearchOptions::on_label_flip,
                               {{"continue", OnLabelFlip::go_on}, {"backtrack", OnLabelFlip::backtrack}},
                               "from an iterate that changed the label: go on, or halve the way back to the last that kept it",
                               "Ghorbani 2019: continue")
          .flag("stop-at-floor", &SearchOptions::stop_at_floor, "a sample whose overlap reached 0 is finished")
          .integer("steps", &SearchOptions::steps, {0, 100000},
                   "path points of the maps made inside the attack; 0: the explainer's own");
  return table;
}

Budget SearchOptions::budget(double run_epsilon, int64_t elements) const {
  double size = epsilon.value_or(run_epsilon);
  if (!(size > 0)) throw_usage("epsilon", short_number(size) + " is not positive", "give --epsilon or epsilon= in the attack");
  if (epsilon_per_pixel && norm == Norm::l2) size *= std::sqrt(static_cast<double>(elements));
  return {norm, size};
}

Spec SearchOptions::selection_spec() const {
  Spec spec = parse_spec(select);
  if (spec.name == "top-k" && !spec.find("k")) {
    spec = spec.with("k", k.is_share ? short_number(k.value * 100) + "%" : std::to_string(static_cast<int64_t>(k.value)));
  }
  return similarity_metrics().canonical(spec);
}

std::unique_ptr<SimilarityMetric> SearchOptions::selection_metric() const {
  auto metric = similarity_metrics().make(selection_spec());
  if (metric->facts().direction == Direction::neither) throw_usage("select", "'" + select + "' has no good end to select by");
  return metric;
}

int64_t SearchOptions::points_inside(const Explainer& explainer) const {
  const int64_t own = explainer.traits().points;
  return steps > 0 && own > 1 ? steps : own;  // a map of one point has no number of points to set
}

double SearchOptions::passes_to_judge(const Explainer& explainer) const {
  const auto points = static_cast<double>(points_inside(explainer));
  return points == 1 ? 1 : points + 1;
}

std::string SearchOptions::label_suffix() const {
  const std::string name = parse_spec(select).name;
  return name == "top-k" ? "" : "[" + name + "]";
}

const OptionTable<CandidateOptions>& CandidateOptions::options() {
  static const auto table = OptionTable<CandidateOptions>()
                                .number_or("run", "epsilon", &CandidateOptions::epsilon, {0, 1e9},
                                           "size of the ball; overrides --epsilon", "", "pixel units")
                                .choice<Norm>("norm", &CandidateOptions::norm, norm_words(), "of the ball")
                                .text("select", &CandidateOptions::select, "metric that a candidate must improve to be taken", "",
                                      "a similarity metric")
                                .amount("k", &CandidateOptions::k, "entries of top-k")
                                .integer("steps", &CandidateOptions::steps, {0, 100000},
                                         "path points of the maps made inside the attack; 0: the explainer's own");
  return table;
}

SearchOptions CandidateOptions::search(int64_t candidates) const {
  SearchOptions out;
  out.epsilon = epsilon;
  out.norm = norm;
  out.iterations = candidates;
  out.select = select;
  out.k = k;
  out.steps = steps;
  return out;
}

const Explainer& explainer_inside(const Explainer& explainer, int64_t steps, std::unique_ptr<Explainer>* holder) {
  if (steps <= 0) return explainer;
  *holder = explainer.with_points(steps);
  return *holder ? **holder : explainer;
}

}  // namespace faultline
