#include "attacks/corners.h"

#include <numeric>

#include "core/random.h"
#include "models/rows.h"

namespace faultline {

const OptionTable<CornerOptions>& CornerOptions::options() {
  static const auto table =
      OptionTable<CornerOptions>()
          .integer("restarts", &CornerOptions::restarts, {0, 1000}, "norm=linf: random corners climbed beside sign(v1)",
                   "attacks sheet 4.3")
          .integer("rounds", &CornerOptions::rounds, {0, 1000}, "norm=linf: at most so many steps of each climb");
  return table;
}

at::Tensor filled_sign(const at::Tensor& v, const Samples& samples, const std::vector<int64_t>& rows, uint64_t seed,
                       int64_t draw) {
  auto corner = v.sign();
  for (size_t i = 0; i < rows.size(); ++i) {
    auto place = corner[static_cast<int64_t>(i)];
    const auto is_zero = place == 0;
    if (!is_zero.any().item<bool>()) continue;
    const auto fill = RandomStream(seed, "attack/corner", samples.ids[rows[i]])
                          .signs(static_cast<uint32_t>(draw), static_cast<size_t>(place.numel()));
    place.copy_(at::where(is_zero, at::tensor(fill, at::kDouble).to(place.device()), place));
  }
  return corner;
}

at::Tensor climbed_corners(const Curvature& curvature, const at::Tensor& directions, const CornerOptions& options, uint64_t seed,
                           const std::function<void(const std::vector<int64_t>& rows)>& after_round) {
  const Samples& samples = curvature.samples();
  std::vector<int64_t> all(samples.size());
  std::iota(all.begin(), all.end(), 0);
  auto best = at::zeros_like(directions);
  std::vector<double> best_change(all.size(), -1);
  for (int64_t start = 0; start <= options.restarts; ++start) {
    std::vector<int64_t> climbing = all;
    auto corners = filled_sign(start == 0 ? directions : at::zeros_like(directions), samples, all, seed, start);
    for (int64_t round = 0; !climbing.empty(); ++round) {
      const auto moved = curvature.change(corners, climbing);
      const auto lengths = moved.norm(2, 1).to(at::kCPU);
      for (size_t i = 0; i < climbing.size(); ++i) {
        const double change = lengths[static_cast<int64_t>(i)].item<double>();
        if (!(change > best_change[climbing[i]])) continue;
        best_change[climbing[i]] = change;
        best[climbing[i]].copy_(corners[static_cast<int64_t>(i)]);
      }
      if (round == options.rounds) {
        after_round(climbing);
        break;
      }
      const auto next = filled_sign(curvature.pull_back(moved, climbing), samples, climbing, seed, start);
      after_round(climbing);
      std::vector<int64_t> still, places;
      for (size_t i = 0; i < climbing.size(); ++i) {
        const auto place = static_cast<int64_t>(i);
        if (next[place].equal(corners[place])) continue;
        still.push_back(climbing[i]);
        places.push_back(place);
      }
      corners = next.index_select(0, index_of(places, next));
      climbing = std::move(still);
    }
  }
  return best;
}

}  // namespace faultline
