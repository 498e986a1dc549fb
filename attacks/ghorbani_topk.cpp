#include "attacks/ghorbani_topk.h"

#include "models/rows.h"

namespace faultline {

const OptionTable<GhorbaniTopk::Options>& GhorbaniTopk::options() {
  static const auto table = OptionTable<Options>()
                                .include(&Options::shared, GradientAttackOptions::options())
                                .choice<Start>("start", &Options::start, start_words(), kStartHelp);
  return table;
}

std::unique_ptr<GradientAttack> GhorbaniTopk::with_options(GradientAttackOptions options) const {
  Options copy = options_;
  copy.shared = std::move(options);
  return std::make_unique<GhorbaniTopk>(std::move(copy));
}

Objective GhorbaniTopk::objective(const AttackProblem&, const at::Tensor& clean_maps) const {
  const auto inside = top_entries(clean_maps, shared().search.k);
  return [inside](const at::Tensor& map, const std::vector<int64_t>& rows, int64_t) {
    const auto of_rows = inside.index_select(0, index_of(rows, inside));
    return -(map * of_rows).sum(1);
  };
}

}  // namespace faultline
