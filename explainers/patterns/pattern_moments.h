#pragma once
#include <memory>

#include "explainers/patterns/filter_moments.h"

namespace faultline {

/// What all linear layers of a network saw in the reference data, by layer name. Learned in one pass whose memory does not grow
/// with the number of samples; in float64 whatever the network's dtype.
class PatternMoments {
 public:
  /// form: the network in its relevance form. Reads the first `limit` usable samples (0: all). Throws
  /// nothing_tested where there is none.
  static PatternMoments fit(const Network& form, const Dataset& data, int64_t limit);

  /// Adds what the layers see on inputs [B,...]. form: in float64.
  void add(const Network& form, const at::Tensor& inputs);

  /// A safetensors file with the sums. Throws input naming the file where it is none of these.
  static PatternMoments load(const std::string& path);
  void save(const std::string& path) const;

  /// The layer's sums. Throws usage where there are none, or where they were made with other weights: the sum of y must be the
  /// sum of w.x.
  const FilterMoments& of(const std::string& name, const LinearLayer& layer) const;
  int64_t samples() const { return samples_; }
  /// Tells apart what was learned from different data.
  uint64_t digest() const;

 private:
  std::map<std::string, FilterMoments> layers_;
  int64_t samples_ = 0;
  std::string source_ = "the reference data";
};

}  // namespace faultline
