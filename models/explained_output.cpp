#include "core/error.h"
#include "models/blocks.h"

namespace faultline {

void check_classes_to_compare(const at::Tensor& logits) {
  if (logits.size(1) < 2) throw_usage("output", "compares classes, and the network has one", "use output=logit");
}

at::Tensor explained_output(const at::Tensor& logits, Output output, const at::Tensor& targets, const at::Tensor& runners_up) {
  const auto at_class = [](const at::Tensor& values, const at::Tensor& classes) {
    return values.gather(1, classes.unsqueeze(1)).squeeze(1);
  };
  if (output != Output::logit) check_classes_to_compare(logits);
  switch (output) {
    case Output::logit: return at_class(logits, targets);
    case Output::probability: return at_class(at::softmax(logits, 1), targets);
    case Output::log_probability: return at_class(at::log_softmax(logits, 1), targets);
    case Output::logit_difference:
      if (!runners_up.defined()) throw std::logic_error("logit-difference needs the runners-up of the clean inputs");
      return at_class(logits, targets) - at_class(logits, runners_up);
    case Output::logit_contrast: {
      const int64_t classes = logits.size(1);
      const at::Tensor y = at_class(logits, targets);
      return y - (logits.sum(1) - y) / static_cast<double>(classes - 1);
    }
  }
  throw std::logic_error("an explained output that does not exist");
}

at::Tensor predicted_classes(const at::Tensor& logits) {
  const at::Tensor values = logits.to(at::kCPU);
  if (values.size(1) == 1) return (values.select(1, 0) > 0).to(at::kLong);
  return std::get<1>(values.sort(/*stable=*/true, 1, /*descending=*/true)).select(1, 0).contiguous();
}

}  // namespace faultline
