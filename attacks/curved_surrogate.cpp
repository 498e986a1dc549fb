#include "attacks/curved_surrogate.h"

#include <numeric>

#include "attacks/corners.h"

namespace faultline {
namespace {

/// The farthest that a point of the budget lies from its centre.
double farthest(const Budget& budget, const Samples& samples) {
  if (budget.norm == Norm::l2) return budget.epsilon;
  return budget.epsilon * std::sqrt(static_cast<double>(samples.inputs[0].numel()));
}

}  // namespace

CurvedSurrogate::CurvedSurrogate(const AttackProblem& problem, const Explainer& explainer, const Budget& budget,
                                 const SurrogateOptions& smoothing, std::optional<double> chosen,
                                 const CurvatureOptions& curvature, const std::vector<int64_t>& rows, const Context& context)
    : surrogate_(smoothing.surrogate_at(problem.network, 0, 1, chosen)),
      stand_in_(smoothing.kind == SurrogateOptions::Kind::softplus ? explainer.stand_in(problem.network) : nullptr),
      clean_(problem.samples.select(rows)),
      curvature_(curvature, problem.network, surrogate_, stand_in_ ? *stand_in_ : explainer, clean_, farthest(budget, clean_),
                 context) {}

at::Tensor leading_vectors(const std::vector<RitzPairs>& pairs, int64_t dimension) {
  std::vector<at::Tensor> out;
  for (const auto& of_sample : pairs) {
    const bool any = of_sample.vectors.defined() && of_sample.vectors.size(0) > 0;
    out.push_back(any ? of_sample.vectors[0] : at::zeros({dimension}, at::kDouble));
  }
  return at::stack(out);
}

at::Tensor full_step(const at::Tensor& vectors, const Samples& samples, const Budget& budget, uint64_t seed) {
  if (budget.norm == Norm::l2) return budget.epsilon * vectors;
  std::vector<int64_t> rows(static_cast<size_t>(samples.size()));
  std::iota(rows.begin(), rows.end(), 0);
  return budget.epsilon * filled_sign(vectors, samples, rows, seed, 0);
}

}  // namespace faultline
