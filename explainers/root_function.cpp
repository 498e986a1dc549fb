#include "explainers/root_function.h"

#include <limits>

#include "core/error.h"
#include "models/rows.h"

namespace faultline {

namespace {

/// A smaller squared gradient points nowhere that a step inside any range could reach.
constexpr double kFlat = 1e-30;

}  // namespace

at::Tensor root_function(const at::Tensor& logits, const at::Tensor& targets, RootFunction function) {
  if (function != RootFunction::logit && logits.size(1) < 2) {
    throw_usage("function", "compares classes, and the network has one", "use function=logit");
  }
  const at::Tensor classes = targets.unsqueeze(1);
  const auto of_class = [&](const at::Tensor& values) { return values.gather(1, classes).squeeze(1); };
  switch (function) {
    case RootFunction::logit: return of_class(logits);
    case RootFunction::logit_difference: {
      const at::Tensor others = logits.scatter(1, classes, -std::numeric_limits<double>::infinity());
      return of_class(logits) - std::get<0>(others.max(1));
    }
    case RootFunction::probability: return of_class(at::softmax(logits, 1)) - 0.5;
  }
  throw std::logic_error("a function that does not exist");
}

BlockSlope slope_of(const Network& network, const BlockRows& rows, RootFunction function, bool is_differentiable) {
  const at::AutoGradMode with_graph(true);
  const at::Tensor x = is_differentiable ? rows.inputs : rows.inputs.detach().requires_grad_();
  BlockSlope out;
  out.logits = network.logits(x);
  out.value = root_function(out.logits, rows.targets, function);
  out.gradient = derivative(out.value.sum(), x, is_differentiable);
  return out;
}

at::Tensor root_step(const BlockRows& rows, const BlockSlope& slope, const LegalBounds& bounds) {
  const at::Tensor g = slope.gradient;
  const at::Tensor squared = g.flatten(1).square().sum(1);
  // Where the gradient is flat nothing moves, and the search sees that.
  const at::Tensor length = slope.value / squared.masked_fill(squared < kFlat, std::numeric_limits<double>::infinity());
  return bounds.clip(rows.inputs - per_row(length, g) * g);
}

}  // namespace faultline
