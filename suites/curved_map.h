#pragma once
#include <memory>
#include <string>
#include <vector>

#include "attacks/curvature.h"
#include "suites/audit.h"

namespace faultline {

/// How far finite differences reach, for steps of `radius` and longer.
inline double reach_of_differences(double radius) { return 0.1 * radius; }

/// An explainer's map around fixed samples: on the original network, and with its derivatives on a smooth surrogate. What is
/// compared is the map itself, or with operator=map the shares of its magnitudes (attack_map). All tensors are float64.
class CurvedMap {
 public:
  /// differentiated: the method that stands for the subject's own on the surrogate, or that itself. reach: of finite differences,
  /// for methods without an exact product. All must outlive this.
  CurvedMap(const CurvatureOptions& options, const Network& original, const Network& surrogate, const Explainer& explainer,
            const Explainer& differentiated, const Samples& samples, double reach, const Context& context);

  const Samples& samples() const { return samples_; }
  const Curvature& curvature() const { return curvature_; }
  /// Places of all samples: 0, 1, ...
  const std::vector<int64_t>& rows() const { return rows_; }
  /// Elements of one input.
  int64_t elements() const { return samples_.inputs[0].numel(); }

  /// What is compared at the clean inputs: [N,m]. The two have as many elements.
  const at::Tensor& clean(bool on_surrogate) const { return on_surrogate ? clean_surrogate_ : clean_original_; }
  /// How it differs at x + move, move [N,d]: [N,m].
  at::Tensor difference(const at::Tensor& move, bool on_surrogate) const;
  /// Whether the original network predicts at x + move what it predicts at x.
  std::vector<bool> keeps_label(const at::Tensor& move) const;
  /// "" where the sample's maps can be compared, else "non-finite-map".
  const std::string& reason(int64_t row) const { return reasons_[row]; }

  /// A random direction of length 1, uniform on the sphere of the tangent space, and random signs: keyed by seed and sample.
  at::Tensor random_direction(int64_t row, int64_t draw) const;
  at::Tensor random_signs(int64_t row, int64_t draw) const;

 private:
  Samples moved(const at::Tensor& move) const;
  at::Tensor compared(const Samples& at, bool on_surrogate) const;

  bool compares_shares_;
  const Network& original_;
  const Network& surrogate_;
  const Explainer& explainer_;
  const Explainer& differentiated_;
  const Samples& samples_;
  Context context_;
  Curvature curvature_;
  std::vector<int64_t> rows_;
  at::Tensor clean_surrogate_, clean_original_, labels_;
  std::vector<std::string> reasons_;
};

}  // namespace faultline
