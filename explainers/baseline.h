#pragma once
#include <ATen/ATen.h>

#include <string>

#include "core/context.h"
#include "core/options.h"
#include "data/dataset.h"

namespace faultline {

/// The reference input x' of a method, in pixel units (conventions 10, gradient sheet 3).
enum class BaselineKind { zero, constant, blur, mean, mean_image, file };

struct BaselineOptions {
  BaselineKind kind = BaselineKind::zero;
  double value = 0.5;
  double blur_sigma = 10;
  std::string file;
  static const OptionTable<BaselineOptions>& options();
};

/// Makes x' for inputs x. mean and mean-image are learned from reference data by fit().
class Baseline {
 public:
  /// Throws usage where an option is given that the kind of baseline does not read.
  explicit Baseline(BaselineOptions options);

  /// One input for all samples. baseline: one sample's shape.
  static Baseline fixed(const at::Tensor& baseline);

  bool needs_fitting() const { return options_.kind == BaselineKind::mean || options_.kind == BaselineKind::mean_image; }
  /// True where x' changes with x (blur), so that the map's derivative passes through it.
  bool depends_on_input() const { return options_.kind == BaselineKind::blur; }
  /// True where every sample has a baseline of its own.
  bool is_of_samples() const { return depends_on_input() || options_.kind == BaselineKind::file; }
  /// Streams over the data once. Throws nothing_tested where no sample could be read.
  void fit(const Dataset& data);
  /// x' of inputs [N,...], same shape, dtype and device; differentiable in the inputs. Row i belongs to sample ids[i] (file with
  /// N rows: row = sample id). Throws usage where fit() is missing or the file does not fit.
  at::Tensor of(const at::Tensor& inputs, const std::vector<uint64_t>& ids, const Context& context) const;

 private:
  BaselineOptions options_;
  at::Tensor learned_;  ///< [1,...] float64
};

/// Gaussian blur of [N,C,H,W] or [N,C,L] along its spatial dimensions: radius ceil(4 sigma), border reflect (edge repeated),
/// differentiable.
at::Tensor gaussian_blur(const at::Tensor& inputs, double sigma);

}  // namespace faultline
