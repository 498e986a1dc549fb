#include "attacks/ghorbani_mass_center.h"

#include "models/rows.h"

namespace faultline {

using From = GhorbaniMassCenterOptions::From;

const OptionTable<GhorbaniMassCenter::Options>& GhorbaniMassCenter::options() {
  static const auto table =
      OptionTable<Options>()
          .include(&Options::shared, GradientAttackOptions::options())
          .choice<From>(
              "start", &Options::start,
              {{"random", From::random}, {"clean", From::clean}, {"corner", From::corner}, {"truncated", From::truncated}},
              "how the zero gradient at the clean input is left", "attacks sheet 1.4");
  return table;
}

Objective GhorbaniMassCenter::objective(const AttackProblem&, const at::Tensor& clean_maps) const {
  const auto [height, width] = frame_of(clean_maps);
  const auto rows_of_frame = at::arange(height, clean_maps.options()).unsqueeze(1).expand({height, width}).reshape({-1});
  const auto columns_of_frame = at::arange(width, clean_maps.options()).unsqueeze(0).expand({height, width}).reshape({-1});
  const auto positions = at::stack({rows_of_frame, columns_of_frame}, 1);  // [H*W, 2]
  auto reference = at::matmul(attack_map(clean_maps), positions);          // [N, 2]
  if (own().start == From::truncated) reference = reference.floor();
  // The corner of the frame farthest from the reference.
  const auto last = at::tensor({static_cast<double>(height - 1), static_cast<double>(width - 1)}, clean_maps.options());
  const auto corner = at::where(reference * 2 < last, last.expand_as(reference), at::zeros_like(reference));
  const int64_t pulled = own().start == From::corner ? std::max<int64_t>(1, shared().search.iterations / 20) : 0;
  return [positions, reference, corner, pulled](const at::Tensor& map, const std::vector<int64_t>& rows, int64_t iteration) {
    const auto index = index_of(rows, reference);
    const auto centre = at::matmul(map, positions);
    if (iteration <= pulled) return -(centre - corner.index_select(0, index)).square().sum(1);
    return (centre - reference.index_select(0, index)).square().sum(1);
  };
}

}  // namespace faultline
