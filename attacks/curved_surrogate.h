#pragma once
#include <memory>
#include <vector>

#include "attacks/attack.h"
#include "attacks/curvature.h"

namespace faultline {

/// The smooth network that an attack looks at, the explainer that is differentiated there, and the curvature at clean samples:
/// what hessian-top, hessian-subspace and start=hessian begin with.
class CurvedSurrogate {
 public:
  /// smoothing: resolved; chosen: what the pilot found for beta=auto; rows: of the problem's samples; passes are counted in
  /// `context`. problem and explainer must outlive this.
  CurvedSurrogate(const AttackProblem& problem, const Explainer& explainer, const Budget& budget,
                  const SurrogateOptions& smoothing, std::optional<double> chosen, const CurvatureOptions& curvature,
                  const std::vector<int64_t>& rows, const Context& context);
  CurvedSurrogate(const CurvedSurrogate&) = delete;
  CurvedSurrogate& operator=(const CurvedSurrogate&) = delete;

  const Samples& clean() const { return clean_; }
  const Curvature& curvature() const { return curvature_; }

 private:
  Network surrogate_;
  std::unique_ptr<Explainer> stand_in_;
  Samples clean_;
  Curvature curvature_;
};

/// Of every sample the leading vector [d], zeros where there is none.
at::Tensor leading_vectors(const std::vector<RitzPairs>& pairs, int64_t dimension);

/// The whole step along unit vectors [n,d]: epsilon v, or epsilon times the sign with zeros filled. Flat, [n,d].
at::Tensor full_step(const at::Tensor& vectors, const Samples& samples, const Budget& budget, uint64_t seed);

}  // namespace faultline
