#include "attacks/gradient_gauge.h"

#include "metrics/summary.h"

namespace faultline {
namespace {

/// The greatest absolute entry over the median of those that are not zero; 0 where all are.
double peak_of(const at::Tensor& gradient) {
  const auto size = gradient.abs().flatten();
  const auto present = size.masked_select(size > 0);
  if (present.numel() == 0) return 0;
  return present.max().item<double>() / present.median().item<double>();
}

}  // namespace

void GradientGauge::record(const at::Tensor& gradient, const at::Tensor& objective, const std::vector<int64_t>& rows) {
  // A sort of every gradient costs more than it tells: the peak is looked at in the first of every ten.
  constexpr size_t kPeakEvery = 10;
  const auto flat = gradient.flatten(1);
  const auto lengths = at::linalg_vector_norm(flat, 2, at::IntArrayRef{1}, false, at::kDouble).to(at::kCPU);
  const auto zeros = flat.eq(0).sum(1).to(at::kCPU);
  const auto values = objective.defined() ? objective.to(at::kCPU, at::kDouble) : at::Tensor();
  for (size_t i = 0; i < rows.size(); ++i) {
    auto& series = samples_[rows[i]];
    const auto place = static_cast<int64_t>(i);
    const double length = lengths[place].item<double>();
    if (values.defined()) series.objective = values[place].item<double>();
    if (!std::isfinite(length)) {
      series.is_finite = false;
      continue;
    }
    if (series.zero_shares.size() % kPeakEvery == 0) series.peak = std::max(series.peak, peak_of(flat[place]));
    series.predicted_changes.push_back(epsilon_ * length / std::max(std::abs(series.objective), 1e-12));
    series.zero_shares.push_back(static_cast<double>(zeros[place].item<int64_t>()) / static_cast<double>(flat.size(1)));
  }
}

std::optional<GradientFigures> GradientGauge::figures(int64_t row) const {
  const auto& series = samples_[row];
  if (series.is_finite && series.zero_shares.empty()) return std::nullopt;
  GradientFigures out;
  out.is_finite = series.is_finite;
  out.peak = series.peak;
  if (!series.zero_shares.empty()) {
    out.predicted_change = median(series.predicted_changes);
    out.zero_share = median(series.zero_shares);
  }
  return out;
}

}  // namespace faultline
