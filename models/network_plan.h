#pragma once
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "models/network.h"

namespace faultline {

/// Descriptions of small networks, from which networks are made: cases on which claims about explainers are tried. A description
/// can be generated (models/plan_generator.h), made simpler step by step, and printed; a network can not.

/// One stage: a convolution, what stands around it, and a ReLU.
struct StagePlan {
  int64_t channels = 2;  ///< a group
  int64_t kernel = 1, stride = 1, padding = 0, groups = 1;
  bool has_bias = true, has_norm = false, norm_is_before = false;
  enum class Join { none, residual, cat } join = Join::none;  ///< of the stage's input with its result; never of the pixels
  enum class Pool { none, max, average } pool = Pool::none;   ///< 3x3 by steps of 2; left out on less than 3x3
};

/// Stages, then a mean or a flattening, then linear layers. What does not fit is made to: a group count that does not divide the
/// channels is 1, kernels are no larger than the frame, a joined stage keeps it.
struct NetworkPlan {
  std::vector<int64_t> input_shape{2, 9, 9};  ///< [C,S,S]; or [F], vectors, which have no stages and no mean
  std::vector<StagePlan> stages;
  bool normalises_input = false, ends_in_mean = false;
  std::vector<int64_t> hidden;  ///< widths of hidden linear layers, each with a ReLU behind it
  bool has_bias = true;         ///< of the linear layers
  double weight_step = 0;       ///< weights are multiples of it; 0: as they were drawn
  uint64_t seed = 0;            ///< of the weights
};

bool operator==(const StagePlan& a, const StagePlan& b);
bool operator==(const NetworkPlan& a, const NetworkPlan& b);

/// In float64 on the CPU; three classes. Every array is drawn from the plan's seed and its own name, so that it stays where
/// another part is dropped: uniform, of variance 1 / fan in. Throws std::logic_error where the input's shape is neither of the
/// two, or vectors are to go through stages or a mean.
Network network_of(const NetworkPlan& plan);

/// n inputs in [0,1], about one element in six exactly 0; drawn from the plan's seed. [n, input shape], float64.
at::Tensor inputs_of(const NetworkPlan& plan, int64_t n);

/// The plans one step simpler, in the order worth trying: without a stage, a hidden layer, a normalisation, a pooling, a join or
/// groups; then with half the channels, units or pixels; smaller kernels, steps and frames; without biases; with weights rounded
/// to quarters, then halves; from a smaller seed. Never the plan itself, none twice. Every chain of steps ends, at a linear layer
/// on a single number.
std::vector<NetworkPlan> simpler(const NetworkPlan& plan);

/// One line, all fields.
std::string print(const NetworkPlan& plan);
/// What RapidCheck prints of a counterexample.
void showValue(const NetworkPlan& plan, std::ostream& out);

}  // namespace faultline
