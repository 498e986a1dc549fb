#include "metrics/pearson.h"

#include "metrics/correlation.h"

namespace faultline {

const OptionTable<Pearson::Options>& Pearson::options() {
  static const auto table = [] {
    OptionTable<Options> t;
    return with_reduction(t);
  }();
  return table;
}

Score Pearson::score(const MapPair& pair) const {
  const std::string reason = correlation_reason(pair);
  if (!reason.empty()) return reason;
  return pearson_correlation(pair.a.values, pair.b.values);
}

}  // namespace faultline
