#pragma once
#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "attacks/attack.h"
#include "attacks/lanczos.h"
#include "attacks/surrogate.h"
#include "core/options.h"
#include "models/blocks.h"

namespace faultline {

/// Keys of what curvature is asked about (attacks sheet 4.1 to 4.4).
struct CurvatureOptions {
  /// Whose leading eigenvectors: of the Hessian H of a scalar S, or the right singular vectors of the Jacobian J of the
  /// explainer's normalised map.
  enum class Operator { map, hessian };
  Operator op = Operator::map;
  enum class Scalar { logit, logit_difference, probability, loss };
  Scalar scalar = Scalar::logit;
  /// What is largest along them, in the tangent space P: the curvature (P H P), or the map's change (P H H P). Of maps: the
  /// change.
  enum class Objective { curvature, change };
  Objective objective = Objective::curvature;
  enum class Tangent { both, logit, logit_difference, none };
  Tangent tangent = Tangent::both;
  int64_t competitors = 1;
  int64_t steps = 30;
  static const OptionTable<CurvatureOptions>& options();
};

/// The surrogate's options for looking at curvature: a Hessian needs a smooth network whatever the explainer needs.
SurrogateOptions smoothing_for(const SurrogateOptions& surrogate, const CurvatureOptions& curvature, const Network& network,
                               const Explainer& explainer);

/// Evaluations of one product of the operator, and of everything that finding the leading vectors takes, per sample. points: of
/// one map.
double product_cost(const CurvatureOptions& options, int64_t points);
double curvature_cost(const CurvatureOptions& options, int64_t points);

/// Curvature of a smooth surrogate at fixed samples. Vectors are [n,d] in float64, d = elements of an input. Passes are counted
/// in the context's. The scalar's sign: loss is -log p.
class Curvature {
 public:
  /// surrogate: smooth; explainer: the one that is differentiated there; original: whose label the tangent space keeps. samples
  /// need runners_up for logit-difference. epsilon: the budget, for the reach of finite differences. All must outlive this.
  Curvature(const CurvatureOptions& options, const Network& original, const Network& surrogate, const Explainer& explainer,
            const Samples& samples, double epsilon, const Context& context);

  /// Leading pairs for every sample: of P H P, P H H P or P J'J P. after_product: told which rows a product was spent on.
  std::vector<RitzPairs> leading(const std::function<void(const std::vector<int64_t>& rows)>& after_product) const;
  /// The operator that leading() looks at.
  at::Tensor product(const at::Tensor& v, const std::vector<int64_t>& rows) const;
  /// How much the map changes along v by the linear model: H v [n,d], or J v [n, H*W] of the normalised map.
  at::Tensor change(const at::Tensor& v, const std::vector<int64_t>& rows) const;
  /// How the map that is compared moves along v by the linear model: J v of the explainer's own map [n, elements of a map], with
  /// operator=map of the normalised one, as change() has it. Of a map that is the gradient of S, H v.
  at::Tensor map_change(const at::Tensor& v, const std::vector<int64_t>& rows) const;
  /// J'u or H u: the transpose of change().
  at::Tensor pull_back(const at::Tensor& u, const std::vector<int64_t>& rows) const;
  /// grad S on the surrogate, [N,d].
  const at::Tensor& gradient() const { return gradient_; }
  /// P v.
  at::Tensor in_tangent_space(const at::Tensor& v, const std::vector<int64_t>& rows) const;
  /// A random vector for row `row`, keyed by the seed and the sample: normal, projected.
  at::Tensor random(int64_t row, int64_t draw) const;
  const Samples& samples() const { return samples_; }

 private:
  void make_tangent_space();
  Samples samples_of(const std::vector<int64_t>& rows) const { return samples_.select(rows); }

  CurvatureOptions options_;
  const Network& original_;
  const Network& surrogate_;
  const Explainer& explainer_;
  const Samples& samples_;
  double reach_;  ///< of finite differences
  Context context_;
  Output output_;
  double sign_;
  at::Tensor gradient_, normals_;  ///< [N,d]; orthonormal gradients [N,r,d], undefined where r = 0
};

}  // namespace faultline
