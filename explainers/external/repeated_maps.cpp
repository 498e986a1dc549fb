#include "explainers/external/repeated_maps.h"

#include <algorithm>
#include <cmath>

#include "core/numbers.h"

namespace faultline {

std::vector<double> repeat_gaps(const at::Tensor& first, const at::Tensor& second) {
  std::vector<double> out;
  for (int64_t row = 0; row < first.size(0); ++row) {
    const at::Tensor a = first[row].to(at::kCPU, at::kDouble), b = second[row].to(at::kCPU, at::kDouble);
    const double gap = (a - b).abs().max().item<double>(), largest = a.abs().max().item<double>();
    // A map that fails is no number, and is recorded as that.
    out.push_back(gap == 0 || std::isnan(gap) ? 0 : largest > 0 ? gap / largest : HUGE_VAL);
  }
  return out;
}

std::vector<std::string> notes_of_repeated_maps(const Explainer& explainer, const Network& network, const Samples& first,
                                                const Context& context) {
  std::vector<std::string> notes;
  Context quiet = context;
  quiet.figures = false;
  quiet.passes = nullptr;
  const Explanation once = explainer.explain(network, first, quiet);
  for (int64_t row = 0; row < first.size(); ++row) {
    if (once.failure_reason(row).empty()) continue;
    notes.push_back("explainer-failed: no map of sample " + first.names[static_cast<size_t>(row)] + ": " +
                    once.failure_detail(row));
    break;
  }
  const auto gaps = repeat_gaps(once.maps, explainer.explain(network, first, quiet).maps);
  const double worst = *std::max_element(gaps.begin(), gaps.end());
  if (worst > kAllowedRepeatGap) {
    notes.push_back("randomised-explainer: two calls with the same seed differ by " + short_number(worst) +
                    " of the map's largest entry, so the same command does not give the same numbers for it");
  }
  return notes;
}

}  // namespace faultline
