#include "explainers/deep_shap.h"

#include <algorithm>

#include "core/random.h"

namespace faultline {

const OptionTable<DeepShap::Options>& DeepShap::options() {
  using O = Options;
  static const auto table = OptionTable<O>()
                                .include(&O::set, BaselineSetOptions::options())
                                .include(&O::difference, DifferenceOptions::options())
                                .include(&O::output, OutputOptions::options());
  return table;
}

DeepShap::DeepShap(Options options) : options_(std::move(options)), set_(options_.set) {
  refuse_saturating(kName, options_.output.output);
}

Traits DeepShap::traits() const {
  Traits traits;
  traits.access = Access::layer_graph;
  traits.needs_smooth_network = false;  // activations enter the shares
  traits.needs_fitting = set_.needs_fitting();
  traits.points = limit_ > 0 ? limit_ : options_.set.baselines;
  return traits;
}

std::vector<Claim> DeepShap::claims(const Network& network) const {
  std::vector<Claim> claims{{"determinism", 0, "no random number is drawn"}};
  if (options_.difference.max_pool == DifferenceMaxPool::exact)
    claims.push_back({"completeness", 1e-4, "against the mean of the baselines' outputs: a mean of maps that are complete"});
  return claims;
}

at::Tensor DeepShap::references(const Samples& samples, const Context&) const {
  const at::Tensor all = baselines(samples.inputs).unsqueeze(1);
  std::vector<int64_t> shape = all.sizes().vec();
  shape[1] = samples.size();
  return all.expand(shape);
}

void DeepShap::fit(const Network&, const Dataset& data, const Context&) {
  if (set_.needs_fitting()) set_.fit(data);
}

std::unique_ptr<Explainer> DeepShap::with_points(int64_t points) const {
  auto copy = std::make_unique<DeepShap>(*this);
  copy->limit_ = points;
  return copy;
}

at::Tensor DeepShap::baselines(const at::Tensor& inputs) const {
  const at::Tensor all = set_.like(inputs);
  return limit_ > 0 ? all.slice(0, 0, limit_) : all;
}

DeepLift DeepShap::against(const at::Tensor& baseline) const {
  DeepLift::Options options;
  options.output = options_.output;
  options.difference = options_.difference;
  return DeepLift(options, Baseline::fixed(baseline));
}

Explanation DeepShap::explain(const Network& network, const Samples& samples, const Context& context) const {
  const at::NoGradGuard no_graph;
  const at::Tensor references = baselines(samples.inputs);
  at::Tensor sum = at::zeros_like(samples.inputs, at::kDouble);
  Explanation out;
  for (int64_t i = 0; i < references.size(0); ++i) {
    Explanation one = against(references[i]).explain(network, samples, context);
    sum += one.maps.to(at::kDouble);
    out.logits = std::move(one.logits);
  }
  out.maps = (sum / static_cast<double>(references.size(0))).to(samples.inputs.scalar_type());
  return out;
}

at::Tensor DeepShap::pull_back(const Network& network, const Samples& samples, const at::Tensor& cotangent,
                               const PointSubset& subset, const Context& context) const {
  const at::NoGradGuard no_graph;
  const at::Tensor references = baselines(samples.inputs);
  const auto count = static_cast<size_t>(references.size(0));
  std::vector<int64_t> chosen = RandomStream(subset.seed, kName, 0).order(subset.draw, count);
  if (subset.points > 0 && static_cast<size_t>(subset.points) < count) chosen.resize(static_cast<size_t>(subset.points));
  std::sort(chosen.begin(), chosen.end());
  at::Tensor sum = at::zeros_like(samples.inputs, at::kDouble);
  for (const int64_t i : chosen)
    sum += against(references[i]).pull_back(network, samples, cotangent, {}, context).to(at::kDouble);
  return (sum / static_cast<double>(chosen.size())).to(samples.inputs.scalar_type());
}

}  // namespace faultline
