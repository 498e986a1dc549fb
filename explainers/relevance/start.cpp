#include "explainers/relevance/start.h"

#include <stdexcept>

namespace faultline {

at::Tensor one_hot(const at::Tensor& classes, const at::Tensor& logits) {
  return at::zeros(logits.sizes(), logits.options()).scatter(1, classes.unsqueeze(1), 1);
}

at::Tensor start_of(Start start, const at::Tensor& y, const at::Tensor& targets, const at::Tensor& runners_up) {
  const bool compares = start != Start::logit && start != Start::one && start != Start::all;
  if (compares) check_classes_to_compare(y);
  const at::Tensor at_target = one_hot(targets, y);
  switch (start) {
    case Start::logit:
    case Start::contrast_others:
    case Start::contrast_dual: return y * at_target;
    case Start::one: return at_target;
    case Start::logit_difference: return y * (at_target - one_hot(runners_up, y));
    case Start::logit_contrast: return y * (at_target - (1 - at_target) / static_cast<double>(y.size(1) - 1));
    case Start::softmax_contrast: {
      const at::Tensor p = at::softmax(y, 1);
      const at::Tensor p_target = (p * at_target).sum(1, true);
      return p_target * (at_target - p);
    }
    case Start::all: return y;
  }
  throw std::logic_error("a start that does not exist");
}

Output output_of(Start start) {
  switch (start) {
    case Start::logit_difference: return Output::logit_difference;
    case Start::logit_contrast: return Output::logit_contrast;
    case Start::softmax_contrast: return Output::probability;
    case Start::logit:
    case Start::one:
    case Start::contrast_others:
    case Start::contrast_dual:
    case Start::all: return Output::logit;
  }
  throw std::logic_error("a start that does not exist");
}

at::Tensor start_of_others(const at::Tensor& y, const at::Tensor& targets) {
  const at::Tensor at_target = one_hot(targets, y);
  return (y * at_target).sum(1, true) * (1 - at_target) / static_cast<double>(y.size(1) - 1);
}

}  // namespace faultline
