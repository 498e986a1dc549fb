#include "attacks/ghorbani_topk.h"

#include "metrics/top_k.h"

namespace faultline {

const OptionTable<GhorbaniTopk::Options>& GhorbaniTopk::options() {
  static const auto table =
      OptionTable<Options>()
          .include(&Options::shared, GradientAttackOptions::options())
          .choice<Start>("start", &Options::start,
                         {{"auto", Start::automatic}, {"clean", Start::clean}, {"random", Start::random}},
                         "first iterate: the clean input, or that plus 0.25 epsilon of uniform noise; auto: the "
                         "noise only where the gradient at the clean input is exactly zero");
  return table;
}

std::unique_ptr<GradientAttack> GhorbaniTopk::with_options(GradientAttackOptions options) const {
  Options copy = options_;
  copy.shared = std::move(options);
  return std::make_unique<GhorbaniTopk>(std::move(copy));
}

Objective GhorbaniTopk::objective(const AttackProblem&, const at::Tensor& clean_maps) const {
  const int64_t n = clean_maps.size(0);
  const auto [height, width] = frame_of(clean_maps);
  auto inside = at::zeros({n, height * width}, clean_maps.options());
  for (int64_t row = 0; row < n; ++row) {
    const auto map = reduced(clean_maps, row, Reduce::abs_sum);
    const auto top = top_k_indices(map, shared().search.k.of(map.size()));
    inside[row].index_fill_(0, at::tensor(top, at::kLong).to(inside.device()), 1);
  }
  return [inside](const at::Tensor& map, const std::vector<int64_t>& rows, int64_t) {
    const auto of_rows = inside.index_select(0, at::tensor(rows, at::kLong).to(inside.device()));
    return -(map * of_rows).sum(1);
  };
}

}  // namespace faultline
