#include "attacks/ghorbani_targeted.h"

#include "core/error.h"
#include "data/per_sample_array.h"
#include "models/rows.h"

namespace faultline {
namespace {

/// The quadrant point-symmetric to the heaviest one of each map M [N, H*W].
at::Tensor opposite_quadrant(const at::Tensor& map, int64_t height, int64_t width) {
  if (height < 2 || width < 2) throw_usage("ghorbani-targeted", "region=opposite-quadrant needs pictures", "give region=file");
  const auto frame = map.reshape({map.size(0), height, width});
  auto region = at::zeros_like(frame);
  const int64_t middle_row = height / 2, middle_column = width / 2;
  const auto part = [&](const at::Tensor& of, int quadrant) {
    const auto rows = quadrant < 2 ? of.slice(0, 0, middle_row) : of.slice(0, middle_row, height);
    return quadrant % 2 == 0 ? rows.slice(1, 0, middle_column) : rows.slice(1, middle_column, width);
  };
  for (int64_t n = 0; n < map.size(0); ++n) {
    int heaviest = 0;
    double most = -1;
    for (int quadrant = 0; quadrant < 4; ++quadrant) {
      const double mass = part(frame[n], quadrant).to(at::kDouble).sum().item<double>();
      if (mass > most) {
        most = mass;
        heaviest = quadrant;
      }
    }
    part(region[n], 3 - heaviest).fill_(1);
  }
  return region.flatten(1);
}

}  // namespace

const OptionTable<GhorbaniTargeted::Options>& GhorbaniTargeted::options() {
  static const auto table =
      OptionTable<Options>()
          .include(&Options::shared, GradientAttackOptions::options())
          .choice<Start>("start", &Options::start, start_words(), kStartHelp)
          .text("region", &Options::region, "where the map is to go", "", "auto|mask|file|opposite-quadrant")
          .text("file", &Options::file, "of region=file: .npy of shape [1|N,1,H,W]");
  return table;
}

Objective GhorbaniTargeted::objective(const AttackProblem& problem, const at::Tensor& clean_maps) const {
  const auto [height, width] = frame_of(clean_maps);
  const bool has_masks = problem.samples.masks.defined();
  at::Tensor region;
  if (own().region == "mask" || (own().region == "auto" && has_masks)) {
    if (!has_masks) throw_usage(kName, "region=mask, but the data has no masks", "give region=file or region=opposite-quadrant");
    region = problem.samples.masks;
  } else if (own().region == "file") {
    if (own().file.empty()) throw_usage(kName, "region=file needs file=F.npy");
    region = read_per_sample_array(own().file, problem.samples.ids);
    const auto is_mask = at::logical_or(region.eq(0), region.eq(1));
    if (!is_mask.all().item<bool>()) throw_input(own().file, "is no mask", "its entries are 0 and 1");
    if (region.flatten(1).sum(1).eq(0).any().item<bool>())
      throw_input(own().file, "has an empty mask", "mark at least one pixel");
  } else if (own().region == "auto" || own().region == "opposite-quadrant") {
    region = opposite_quadrant(attack_map(clean_maps), height, width);
  } else {
    throw_usage(kName, "region '" + own().region + "' is not one of auto, mask, file, opposite-quadrant");
  }
  region = region.reshape({region.size(0), -1}).to(clean_maps.device(), clean_maps.scalar_type());
  if (region.size(1) != height * width) throw_input(kName, "the region does not have the map's height and width");
  region = region.expand({clean_maps.size(0), region.size(1)});
  return [region](const at::Tensor& map, const std::vector<int64_t>& rows, int64_t) {
    return (map * region.index_select(0, index_of(rows, region))).sum(1);
  };
}

}  // namespace faultline
