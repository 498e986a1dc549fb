#pragma once
#include <string>
#include <vector>

#include "core/random.h"
#include "explainers/relevance/linear_layer.h"

namespace faultline {

/// Some of the inputs that the filters of a convolution or linear layer see, one a row, padding as zeros: a random choice of
/// positions of every sample.
class LayerPatches {
 public:
  /// Why the patches of a layer cannot be listed, "" where they can.
  static std::string problem_of(const LinearLayer& layer, int64_t most_width);
  /// Keeps per_weight times a filter's weights of them, 4096 at least, from `samples` samples in equal numbers.
  LayerPatches(const LinearLayer& layer, int64_t per_weight, int64_t samples);

  /// activations: [1,...] of one sample. Which positions are kept follows from the stream.
  void add(const at::Tensor& activations, const RandomStream& stream);

  int64_t width() const { return width_; }
  int64_t filters() const { return filters_; }
  int64_t count() const;
  /// [n, width]
  at::Tensor of(int64_t filter) const;
  /// One filter's part of an array like the weight, [width].
  at::Tensor weights_of(const at::Tensor& weights, int64_t filter) const { return weights[filter].reshape({-1}); }
  /// One filter's bias, a scalar; of a map its mean.
  at::Tensor bias_of(const at::Tensor& bias, int64_t filter) const;

 private:
  LinearLayer layer_;
  int64_t width_ = 0, filters_ = 0, groups_ = 1, per_sample_ = 1;
  std::vector<at::Tensor> kept_;  ///< [n, groups * width] each
};

}  // namespace faultline
