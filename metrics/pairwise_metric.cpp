#include "metrics/pairwise_metric.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "core/error.h"

namespace faultline {
namespace {

std::string shape_text(const at::Tensor& maps) {
  std::ostringstream out;
  out << maps.sizes();
  return out.str();
}

void check_maps(const at::Tensor& a, const at::Tensor& b) {
  if (a.sizes() != b.sizes()) {
    throw_usage("maps", "have shapes " + shape_text(a) + " and " + shape_text(b), "two maps of one shape can be compared");
  }
  if (a.dim() < 2 || a.dim() > 4) {
    throw_usage("maps", "have shape " + shape_text(a), "maps are [N,C,H,W], [N,C,L] or [N,F]");
  }
  if (a.size(0) > 0 && a.numel() == 0) throw_usage("maps", "have shape " + shape_text(a), "a map has at least one value");
  for (const auto& maps : {a, b}) {
    if (maps.is_complex() || maps.scalar_type() == at::kBool) {
      throw_usage("maps", std::string("hold ") + at::toString(maps.scalar_type()), "maps hold real numbers");
    }
  }
}

ReducedMap shape_after(const at::Tensor& maps, Reduce reduce) {
  ReducedMap shape;
  const bool keeps_channels = reduce == Reduce::as_given || reduce == Reduce::absolute;
  shape.channels = keeps_channels && maps.dim() > 2 ? maps.size(1) : 1;
  shape.height = maps.dim() == 4 ? maps.size(2) : 1;
  shape.width = maps.size(-1);
  return shape;
}

/// [N], true where every value of both maps is finite; asked of all rows at once, since a call a row costs as much as a metric.
at::Tensor finite_rows(const at::Tensor& a, const at::Tensor& b) {
  const auto finite = [](const at::Tensor& maps) { return at::isfinite(maps).flatten(1).all(1); };
  return finite(a).logical_and(finite(b));
}

}  // namespace

MetricValues PairwiseMetric::compare(const at::Tensor& a, const at::Tensor& b) const {
  check_maps(a, b);
  const int64_t count = a.size(0);
  MetricValues out{std::vector<double>(count, std::numeric_limits<double>::quiet_NaN()), std::vector<std::string>(count)};
  if (facts().needs_picture && a.dim() != 4) {
    out.reasons.assign(count, "not-spatial");
    return out;
  }
  check_shape(shape_after(a, reduce_));
  const at::Tensor first = a.detach().to(at::kCPU), second = b.detach().to(at::kCPU);
  const at::Tensor finite = finite_rows(first, second);
  const bool* is_finite = finite.data_ptr<bool>();
  at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      Score score = is_finite[row] ? score_row(first, second, row) : Score("non-finite-map");
      // Finite maps whose squares overflow are as useless as infinite ones.
      if (score.reason.empty() && !std::isfinite(score.value)) score = Score("non-finite-map");
      out.values[row] = score.value;
      out.reasons[row] = std::move(score.reason);
    }
  });
  return out;
}

Score PairwiseMetric::score_row(const at::Tensor& a, const at::Tensor& b, int64_t row) const {
  MapPair pair;
  pair.a = reduced(a, row, reduce_);
  pair.b = reduced(b, row, reduce_);
  if (!is_finite(pair.a.values) || !is_finite(pair.b.values)) return "non-finite-map";
  pair.epsilon = std::max(machine_epsilon(a.scalar_type()), machine_epsilon(b.scalar_type()));
  const bool zero_a = counts_as_zero(pair.a.values), zero_b = counts_as_zero(pair.b.values);
  const bool constant_a = zero_a || is_constant(pair.a.values, pair.epsilon);
  const bool constant_b = zero_b || is_constant(pair.b.values, pair.epsilon);
  pair.has_zero = zero_a || zero_b;
  pair.has_constant = constant_a || constant_b;
  if (constant_a && constant_b) {
    const double low = std::min(pair.a.values.front(), pair.b.values.front()),
                 high = std::max(pair.a.values.front(), pair.b.values.front());
    pair.equal_constants = (zero_a && zero_b) || is_constant({low, high}, pair.epsilon);
  }
  const std::string reason_a = faultline::normalise(pair.a, normalise_, pair.epsilon);
  const std::string reason_b = faultline::normalise(pair.b, normalise_, pair.epsilon);
  if (reason_a == "zero-map" || reason_b == "zero-map") return "zero-map";
  if (!reason_a.empty() || !reason_b.empty()) return "constant-map";
  return score(pair);
}

std::string correlation_reason(const MapPair& pair) {
  if (pair.equal_constants) return "both-constant";
  return pair.has_constant ? "constant-map" : "";
}

void check_single_channel(const ReducedMap& shape, const char* metric) {
  if (shape.channels > 1) {
    throw_usage(metric, "needs one value a pixel, the maps have " + std::to_string(shape.channels) + " channels",
                "reduce=abs-sum or another sum over channels");
  }
}

bool has_negative(const MapPair& pair) {
  const auto negative = [](double v) { return v < 0; };
  return std::any_of(pair.a.values.begin(), pair.a.values.end(), negative) ||
         std::any_of(pair.b.values.begin(), pair.b.values.end(), negative);
}

}  // namespace faultline
