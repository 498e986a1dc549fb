#include "models/adam.h"

#include <ATen/Parallel.h>

#include <cmath>

namespace faultline {

Adam::Adam(std::vector<at::Tensor> parameters, AdamOptions options) : parameters_(std::move(parameters)), options_(options) {
  for (const auto& parameter : parameters_) {
    first_.push_back(at::zeros_like(parameter));
    second_.push_back(at::zeros_like(parameter));
  }
}

void Adam::step(const std::vector<at::Tensor>& gradients) {
  const at::AutoGradMode no_graph(false);
  ++steps_;
  const double first_share = 1 - std::pow(options_.beta1, steps_), second_share = 1 - std::pow(options_.beta2, steps_);
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (!gradients[i].defined()) continue;
    const at::Tensor gradient = options_.weight_decay > 0 ? gradients[i] + parameters_[i] * options_.weight_decay : gradients[i];
    first_[i].mul_(options_.beta1).add_(gradient, 1 - options_.beta1);
    second_[i].mul_(options_.beta2).addcmul_(gradient, gradient, 1 - options_.beta2);
    const at::Tensor spread = (second_[i] / second_share).sqrt_().add_(options_.epsilon);
    parameters_[i].addcdiv_(first_[i], spread, -options_.learning_rate / first_share);
  }
}

OneThread::OneThread() : before_(at::get_num_threads()) { at::set_num_threads(1); }
OneThread::~OneThread() { at::set_num_threads(before_); }

}  // namespace faultline
