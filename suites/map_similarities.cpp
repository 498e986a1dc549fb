#include "suites/map_similarities.h"

#include <cmath>

#include "metrics/correlation.h"
#include "metrics/reduction.h"
#include "suites/facts.h"

namespace faultline {
namespace {

struct Similarity {
  const char* name;
  const char* spec;
  bool needs_picture;
};
const Similarity kSimilarities[] = {
    {facts::randomization::kSpearmanAbs, "spearman:reduce=abs-sum", false},
    {facts::randomization::kSpearmanSigned, "spearman:reduce=sum", false},
    {facts::randomization::kSsim, "ssim:reduce=signed,normalise=minmax,range=1", true},
    {facts::randomization::kHogPearson, "hog-pearson:reduce=sum,normalise=minmax", true},
    {facts::randomization::kHogSpearman, "hog-pearson:reduce=sum,normalise=minmax,correlation=spearman", true}};

/// Spearman's correlation on the pixels where any channel of the input is not 0, which belongs to 8.2's planted false alarm.
MetricValues where_input_is(const at::Tensor& a, const at::Tensor& b, const at::Tensor& inputs) {
  MetricValues out;
  for (int64_t row = 0; row < a.size(0); ++row) {
    const ReducedMap first = reduced(a, row, Reduce::abs_sum), second = reduced(b, row, Reduce::abs_sum);
    const ReducedMap input = reduced(inputs, row, Reduce::abs_sum);
    std::vector<double> x, y;
    for (size_t i = 0; i < first.values.size(); ++i) {
      if (input.values.size() == first.values.size() && input.values[i] == 0) continue;
      x.push_back(first.values[i]);
      y.push_back(second.values[i]);
    }
    const double epsilon = machine_epsilon(a.scalar_type());
    std::string reason;
    if (!is_finite(x) || !is_finite(y))
      reason = "non-finite-map";
    else if (x.size() < 2 || is_constant(x, epsilon) || is_constant(y, epsilon))
      reason = "constant-map";
    out.values.push_back(reason.empty() ? spearman_correlation(x, y) : std::nan(""));
    out.reasons.push_back(reason);
  }
  return out;
}

}  // namespace

std::vector<NamedValues> map_similarities(const at::Tensor& a, const at::Tensor& b, const at::Tensor& inputs) {
  std::vector<NamedValues> out;
  for (const auto& similarity : kSimilarities) {
    if (similarity.needs_picture && a.dim() != 4) continue;
    out.push_back({similarity.name, similarity_metrics().make(parse_spec(similarity.spec))->compare(a, b)});
  }
  if (inputs.defined()) out.push_back({facts::randomization::kSpearmanNonzero, where_input_is(a, b, inputs)});
  return out;
}

double zero_share(const at::Tensor& inputs) {
  return static_cast<double>(inputs.eq(0).sum().item<int64_t>()) / static_cast<double>(std::max<int64_t>(1, inputs.numel()));
}

double map_complexity(const at::Tensor& map, int64_t bins) {
  const auto values = map.to(at::kCPU, at::kDouble).flatten().contiguous();
  const double low = values.min().item<double>(), high = values.max().item<double>();
  if (!std::isfinite(low) || !std::isfinite(high)) return std::nan("");
  std::vector<int64_t> counts(static_cast<size_t>(bins), 0);
  const auto* v = values.data_ptr<double>();
  for (int64_t i = 0; i < values.numel(); ++i) {
    const double place = high > low ? (v[i] - low) / (high - low) * static_cast<double>(bins) : 0;
    ++counts[static_cast<size_t>(std::min<int64_t>(bins - 1, static_cast<int64_t>(place)))];
  }
  double entropy = 0;
  for (const int64_t count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(values.numel());
    entropy -= share * std::log(share);
  }
  return entropy;
}

}  // namespace faultline
