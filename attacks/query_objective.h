#pragma once
#include <ATen/ATen.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/numbers.h"
#include "metrics/similarity.h"

namespace faultline {

/// D of attacks that only query, from one map of the original explainer, in double with sums in index order: it depends on
/// neither batch nor threads. All are maximised (attacks sheet 1.1, 13). topk: minus the share of the map on the k largest
/// entries B of the clean map. ranks: the sum over entries outside B of sigmoid((M - thr)/(thr/4)) minus the same inside, thr the
/// k-th largest of M. mass_center: the squared distance of the centre of mass from the clean one, in pixels.
class QueryObjective {
 public:
  enum class Kind { topk, ranks, mass_center };
  static const std::vector<std::pair<std::string, Kind>>& words();

  /// clean_maps: [N,...], of the rows that may be asked about.
  QueryObjective(Kind kind, const at::Tensor& clean_maps, const Amount& k);

  /// D of map number `place` of maps [n,...], as a map of the sample in row `row`; minus infinity where the map is zero or not
  /// finite, which no candidate may be.
  double value(const at::Tensor& maps, int64_t place, int64_t row) const;
  /// D at the clean input.
  double clean(int64_t row) const { return samples_[static_cast<size_t>(row)].value; }
  /// How much of D a lost label is held against: |D| at the clean input (attacks sheet 6); for ranks k, since that D may be near
  /// zero by chance, and for mass_center one square pixel, since that D is zero there.
  double scale(int64_t row) const;

 private:
  struct OfSample {
    std::vector<char> inside;    ///< 1 at B
    double row = 0, column = 0;  ///< the clean centre of mass
    double value = 0;            ///< D of the clean map
  };
  double of(const ReducedMap& map, const OfSample& sample) const;

  Kind kind_;
  Amount k_;
  std::vector<OfSample> samples_;
};

}  // namespace faultline
