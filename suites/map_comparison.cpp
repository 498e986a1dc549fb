#include "suites/map_comparison.h"

#include <cmath>

#include "suites/data_randomization_facts.h"
#include "suites/randomization_facts.h"

namespace faultline {
namespace {

ComparedBy compared_by(const std::string& name, const std::string& spec, bool only_nonzero_inputs = false) {
  const Spec canonical = similarity_metrics().canonical(parse_spec(spec));
  const bool needs_picture = similarity_metrics().make(canonical)->facts().needs_picture;
  return {name.empty() ? canonical.name : name, print(canonical), needs_picture, only_nonzero_inputs};
}

/// The reduced map of one sample at the pixels that count, as a vector [1, pixels].
at::Tensor values_at(const at::Tensor& map, Reduce reduce, const at::Tensor& places) {
  const ReducedMap pixels = reduced(map.unsqueeze(0), 0, reduce);
  return at::tensor(pixels.values, at::kDouble).index_select(0, places).unsqueeze(0).to(map.scalar_type());
}

/// The places of the pixels of input [C,...] where some channel is not 0; vectors have no channels.
at::Tensor nonzero_places(const at::Tensor& input) {
  const at::Tensor is_there = input.to(at::kCPU).ne(0);
  return (input.dim() > 1 ? is_there.any(0) : is_there).flatten().nonzero().squeeze(1);
}

}  // namespace

const std::vector<ComparedBy>& map_comparisons() {
  static const std::vector<ComparedBy> all{
      compared_by(facts::randomization::kSpearmanAbs, "spearman:reduce=abs-sum"),
      compared_by(facts::randomization::kSpearmanSigned, "spearman:reduce=sum"),
      compared_by(facts::randomization::kSpearmanNonzero, "spearman:reduce=abs-sum", true),
      compared_by("", "ssim:normalise=minmax,reduce=abs-sum"),
      compared_by("", "hog-pearson:normalise=minmax,reduce=abs-sum"),
      compared_by(facts::randomization::kHogSpearman, "hog-pearson:normalise=minmax,reduce=abs-sum,correlation=spearman")};
  return all;
}

MetricValues compare_maps(const ComparedBy& by, const at::Tensor& inputs, const at::Tensor& a, const at::Tensor& b) {
  const auto metric = similarity_metrics().make(by.spec);
  if (!by.only_nonzero_inputs) return metric->compare(a, b);
  MetricValues out;
  for (int64_t row = 0; row < inputs.size(0); ++row) {
    const at::Tensor places = nonzero_places(inputs[row]);
    MetricValues one{{std::nan("")}, {"empty-mask"}};
    if (places.numel() > 0) {
      one = metric->compare(values_at(a[row], metric->reduce(), places), values_at(b[row], metric->reduce(), places));
    }
    out.values.push_back(one.values[0]);
    out.reasons.push_back(one.reasons[0]);
  }
  return out;
}

std::vector<double> zero_shares(const at::Tensor& inputs) {
  const at::Tensor shares = inputs.to(at::kCPU).eq(0).flatten(1).to(at::kDouble).mean(1);
  return {shares.data_ptr<double>(), shares.data_ptr<double>() + shares.numel()};
}

}  // namespace faultline
