#pragma once
#include <ATen/ATen.h>

#include <vector>

namespace faultline {

struct AdamOptions {
  double learning_rate = 2e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;  ///< L2, added to the gradient
};

/// What Adam remembers between steps.
struct AdamMemory {
  std::vector<at::Tensor> first, second;  ///< moments, one a parameter, of its shape
  int64_t steps = 0;
};

/// Kingma and Ba 2015, algorithm 1.
class Adam {
 public:
  /// parameters: changed in place by every step.
  Adam(std::vector<at::Tensor> parameters, AdamOptions options);
  /// gradients: one a parameter; an undefined one leaves its parameter alone.
  void step(const std::vector<at::Tensor>& gradients);

  /// A copy, from which another Adam goes on bit by bit.
  AdamMemory memory() const;
  /// Throws std::logic_error where shapes differ.
  void remember(const AdamMemory& memory);

 private:
  std::vector<at::Tensor> parameters_;
  AdamMemory memory_;
  AdamOptions options_;
};

/// While it lives, ATen computes on this thread alone, so that what is learned is bit-equal on every run.
class OneThread {
 public:
  OneThread();
  ~OneThread();
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

}  // namespace faultline
