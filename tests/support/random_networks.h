#pragma once
#include <rapidcheck.h>

#include <vector>

#include "models/network.h"

namespace faultline::testing {

/// One stage of a random network: a convolution and what stands around it.
struct StagePlan {
  int64_t channels = 2, kernel = 1, stride = 1, padding = 0, groups = 1;
  bool has_bias = true, has_norm = false, norm_is_before = false;
  enum class Join { none, residual, cat } join = Join::none;
  enum class Pool { none, max, average } pool = Pool::none;
};

/// A small network of pictures: stages, then a mean or a flattening, then linear layers. Weights are drawn from `seed`.
struct NetworkPlan {
  std::vector<StagePlan> stages;
  bool normalises_input = false, ends_in_mean = false, has_hidden_layer = false;
  uint64_t seed = 0;
};

rc::Gen<NetworkPlan> arbitrary_network_plan();
/// In float64; three classes.
Network network_of(const NetworkPlan& plan);
/// n pictures with pixels in [0,1], some of them exactly 0.
at::Tensor inputs_of(const NetworkPlan& plan, int64_t n);

void showValue(const NetworkPlan& plan, std::ostream& out);

}  // namespace faultline::testing
