#pragma once
#include "explainers/explainer.h"
#include "explainers/point_list.h"

namespace faultline {

/// Keys that smooth-grad, smooth-grad-squared and var-grad share.
struct NoiseOptions {
  enum class Unit { legal, sample, absolute };
  int64_t samples = 50;
  double sigma = 0.15;
  Unit unit = Unit::legal;
  bool clip = false;
  std::string inner = "gradient";
  std::string target = "predicted";  ///< as for every explainer; the inner explainer's own is not read
  static const OptionTable<NoiseOptions>& options();
};

/// Base of the methods that look at an inner map r_j = r(x + eta_j) at noisy copies of the input, eta_j ~ N(0, sigma^2) from the
/// stream (purpose smooth-grad, draw j), so that all three share their noise. Copies are not clipped to the legal range unless
/// clip=1. Cost: `samples` times that of the inner explainer; copies are computed in chunks, so memory does not grow with their
/// number.
class NoiseAverage : public Explainer {
 public:
  Traits traits() const override;
  Output output() const override { return inner_->output(); }
  void fit(const Network& network, const Dataset& data, const Context& context) override;
  Explanation explain(const Network& network, const Samples& samples, const Context& context) const override;
  at::Tensor pull_back(const Network& network, const Samples& samples, const at::Tensor& cotangent, const PointSubset& subset,
                       const Context& context) const override;

 protected:
  explicit NoiseAverage(NoiseOptions options);
  NoiseAverage(const NoiseAverage&) = default;

  /// Of the inner maps over the draws, per sample [N,...], in double.
  struct Moments {
    at::Tensor mean;
    at::Tensor variance;  ///< divided by the number of draws; defined where needs_squares()
  };
  virtual at::Tensor map_of(const Moments& moments) const = 0;
  virtual bool needs_squares() const { return false; }
  /// d R / d r_j, element-wise, given r_j [n,...] and, where slope_needs_mean(), the mean of all draws [n,...]; without the 1/m
  /// of an average over draws.
  virtual at::Tensor slope_of(const at::Tensor& inner_maps, const at::Tensor& mean) const = 0;
  virtual bool slope_needs_mean() const { return false; }
  const Explainer& inner() const { return *inner_; }

  NoiseOptions options_;

 private:
  struct Copies {
    Samples samples;
    at::Tensor noise;   ///< [P,...] what was added, in double
    at::Tensor inside;  ///< with clip=1, where the copies were not clipped
  };
  Copies noisy_copies(const Samples& samples, const PointChunk& chunk, const Context& context) const;
  Moments moments_of(const Network& network, const Samples& samples, const Context& context) const;
  std::shared_ptr<Explainer> inner_;  ///< shared by copies that differ in the number of draws only
};

}  // namespace faultline
