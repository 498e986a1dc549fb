#pragma once
#include <functional>
#include <vector>

#include "attacks/curvature.h"

namespace faultline {

/// sign(v) with zeros filled by random signs that are keyed by seed, sample and draw: corners of the cube [n,d]. A zero left as
/// it is would be a direction never used (attacks sheet 4.3, the sign(0) trap).
at::Tensor filled_sign(const at::Tensor& v, const Samples& samples, const std::vector<int64_t>& rows, uint64_t seed,
                       int64_t draw);

struct CornerOptions {
  int64_t restarts = 3;  ///< random corners climbed beside sign(v)
  int64_t rounds = 10;   ///< at most so many steps of each climb
  static const OptionTable<CornerOptions>& options();
};

/// The corner of the cube around each sample along which the linear model changes most, ||A s||, as far as climbs by
/// s <- sign(A'A s) find it: none lowers the change. directions: [n,d]. after_round: told which rows a round was spent on.
at::Tensor climbed_corners(const Curvature& curvature, const at::Tensor& directions, const CornerOptions& options, uint64_t seed,
                           const std::function<void(const std::vector<int64_t>& rows)>& after_round);

}  // namespace faultline
