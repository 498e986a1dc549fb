#include "models/adam.h"

#include <ATen/Parallel.h>

#include <cmath>

namespace faultline {

Adam::Adam(std::vector<at::Tensor> parameters, AdamOptions options) : parameters_(std::move(parameters)), options_(options) {
  for (const auto& parameter : parameters_) {
    memory_.first.push_back(at::zeros_like(parameter.detach()));
    memory_.second.push_back(at::zeros_like(parameter.detach()));
  }
}

void Adam::step(const std::vector<at::Tensor>& gradients) {
  const at::AutoGradMode no_graph(false);
  const auto steps = static_cast<double>(++memory_.steps);
  const double first_share = 1 - std::pow(options_.beta1, steps), second_share = 1 - std::pow(options_.beta2, steps);
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (!gradients[i].defined()) continue;
    const at::Tensor gradient = options_.weight_decay > 0 ? gradients[i] + parameters_[i] * options_.weight_decay : gradients[i];
    at::Tensor& first = memory_.first[i];
    at::Tensor& second = memory_.second[i];
    first.mul_(options_.beta1).add_(gradient, 1 - options_.beta1);
    second.mul_(options_.beta2).addcmul_(gradient, gradient, 1 - options_.beta2);
    const at::Tensor spread = (second / second_share).sqrt_().add_(options_.epsilon);
    parameters_[i].addcdiv_(first, spread, -options_.learning_rate / first_share);
  }
}

AdamMemory Adam::memory() const {
  AdamMemory copy{{}, {}, memory_.steps};
  for (size_t i = 0; i < parameters_.size(); ++i) {
    copy.first.push_back(memory_.first[i].clone());
    copy.second.push_back(memory_.second[i].clone());
  }
  return copy;
}

void Adam::remember(const AdamMemory& memory) {
  if (memory.first.size() != parameters_.size() || memory.second.size() != parameters_.size())
    throw std::logic_error("moments of another number of parameters");
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (memory.first[i].sizes() != parameters_[i].sizes() || memory.second[i].sizes() != parameters_[i].sizes())
      throw std::logic_error("moments of parameters of another shape");
    memory_.first[i].copy_(memory.first[i]);
    memory_.second[i].copy_(memory.second[i]);
  }
  memory_.steps = memory.steps;
}

OneThread::OneThread() : before_(at::get_num_threads()) { at::set_num_threads(1); }
OneThread::~OneThread() { at::set_num_threads(before_); }

}  // namespace faultline
