#include "attacks/annealed_topk.h"

#include "models/rows.h"

namespace faultline {

GradientAttackOptions AnnealedTopkOptions::standard() {
  GradientAttackOptions out;
  out.search.iterations = 60;
  // Its first steps are large: on a low margin all iterates would lose the label.
  out.search.on_label_flip = SearchOptions::OnLabelFlip::backtrack;
  out.surrogate.anneal = "3..0.25";
  out.surrogate.pool = SurrogateOptions::Pool::automatic;
  out.surrogate.pool_tau = std::nullopt;
  out.motion.momentum = 0.8;
  out.motion.schedule = MotionOptions::Schedule::linear;
  return out;
}

const OptionTable<AnnealedTopk::Options>& AnnealedTopk::options() {
  static const auto table = OptionTable<Options>()
                                .include(&Options::shared, GradientAttackOptions::options())
                                .choice<Start>("start", &Options::start, start_words(), kStartHelp)
                                .number("softness", &Options::softness, {1e-3, 1e3},
                                        "width of the step at the threshold, in thresholds", "attacks sheet 13");
  return table;
}

Objective AnnealedTopk::objective(const AttackProblem&, const at::Tensor& clean_maps) const {
  const auto inside = top_entries(clean_maps, shared().search.k);
  const int64_t k = shared().search.k.of(inside.size(1));
  const double softness = own().softness;
  return [inside, k, softness](const at::Tensor& map, const std::vector<int64_t>& rows, int64_t) {
    const auto of_rows = inside.index_select(0, index_of(rows, inside));
    return (soft_ranks(map, k, softness) * (1 - 2 * of_rows)).sum(1);
  };
}

}  // namespace faultline
