#include "metrics/kendall.h"

#include "metrics/correlation.h"

namespace faultline {

const OptionTable<Kendall::Options>& Kendall::options() {
  static const auto table = [] {
    OptionTable<Options> t;
    return with_reduction(t);
  }();
  return table;
}

Score Kendall::score(const MapPair& pair) const {
  const std::string reason = correlation_reason(pair);
  if (!reason.empty()) return reason;
  return kendall_tau_b(pair.a.values, pair.b.values);
}

}  // namespace faultline
