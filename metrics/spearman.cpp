#include "metrics/spearman.h"

#include "metrics/correlation.h"

namespace faultline {

const OptionTable<Spearman::Options>& Spearman::options() {
  static const auto table = [] {
    OptionTable<Options> t;
    return with_reduction(t);
  }();
  return table;
}

Score Spearman::score(const MapPair& pair) const {
  const std::string reason = correlation_reason(pair);
  if (!reason.empty()) return reason;
  return spearman_correlation(pair.a.values, pair.b.values);
}

}  // namespace faultline
