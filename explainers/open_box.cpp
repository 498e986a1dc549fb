#include "explainers/open_box.h"

#include "core/error.h"
#include "explainers/gradient.h"
#include "explainers/linear_region.h"

namespace faultline {

namespace {

/// A face's gradient takes a pass an element; with more than these a sample takes minutes.
constexpr int64_t kMostElements = 4096;

}  // namespace

const OptionTable<OpenBox::Options>& OpenBox::options() {
  static const auto table =
      OptionTable<Options>()
          .include(&Options::output, OutputOptions::options())
          .integer("faces", &Options::faces, {0, 1000},
                   "distances to so many nearest faces of the region; takes a pass an input element, of which there may be 4096",
                   "Chu 2018");
  return table;
}

OpenBox::OpenBox(Options options) : options_(std::move(options)) {
  if (options_.output.output == Output::probability || options_.output.output == Output::log_probability) {
    throw_usage(kName, "output=probability is not piecewise linear", "use logit, logit-difference or logit-contrast");
  }
}

Traits OpenBox::traits() const {
  Traits traits;
  traits.access = Access::layer_graph;
  return traits;
}

std::vector<Claim> OpenBox::claims(const Network&) const {
  std::vector<Claim> claims = claims_of_derivatives();
  claims.push_back({"shift-invariance", 1e-4, "the derivative of f(x - m) at x + m is that of f at x"});
  claims.push_back({"linearity", 1e-4, "coefficients of a sum on a common region are sums of coefficients"});
  return claims;
}

std::unique_ptr<Explainer> OpenBox::stand_in(const Network&) const {
  return std::make_unique<Gradient>(Gradient::Options{options_.output});
}

Explanation OpenBox::explain(const Network& network, const Samples& samples, const Context& context) const {
  check_piecewise_linear(network);
  Explanation out = LocalGradient::explain(network, samples, context);
  if (!context.figures || samples.size() == 0) return out;
  const int64_t elements = samples.inputs[0].numel();
  if (options_.faces > 0 && elements > kMostElements) {
    throw_usage("faces", "takes a pass for each of the input's " + std::to_string(elements) + " elements, and 4096 are allowed",
                "leave it out");
  }
  const at::NoGradGuard no_graph;
  // [B, 2 + faces]: the bias, touched faces, distances.
  const BlockMap region = [&](const BlockRows& rows) {
    const at::Tensor origin = at::zeros_like(rows.inputs);
    const at::Tensor logits = LinearRegion(network, rows.inputs).values_at(origin)[static_cast<size_t>(network.graph().output)];
    const at::Tensor bias = explained_output(logits, output(), rows.targets, rows.runners_up).unsqueeze(1);
    if (options_.faces == 0) return bias;
    if (context.passes) context.passes->forward += rows.active_rows.numel() * elements;
    const NearestFaces faces = nearest_faces(network, rows.inputs, options_.faces);
    return at::cat({bias.to(at::kDouble), faces.touched.unsqueeze(1), faces.distances}, 1);
  };
  const at::Tensor found = block_maps(network, points_of(samples), region, context.passes).to(at::kCPU, at::kDouble);
  const at::Tensor y = explained_output(out.logits, output(), samples.targets.to(out.logits.device()), samples.runners_up)
                           .to(at::kCPU, at::kDouble);
  const at::Tensor parts = (out.maps * samples.inputs).to(at::kCPU, at::kDouble).flatten(1);
  const at::Tensor sums = parts.sum(1);
  const at::Tensor gaps = (sums + found.select(1, 0) - y).abs();
  const at::Tensor scales = at::maximum(y.abs(), 1e-3 * parts.abs().sum(1)).clamp_min(1e-30);
  for (int64_t row = 0; row < samples.size(); ++row) {
    out.figures["bias"].push_back((y[row] - sums[row]).item<double>());
    out.figures["identity-error"].push_back((gaps[row] / scales[row]).item<double>());
    if (options_.faces > 0) out.figures["faces-touched"].push_back(found[row][1].item<double>());
    for (int64_t face = 1; face <= options_.faces; ++face) {
      out.figures["face-distance-" + std::to_string(face)].push_back(found[row][1 + face].item<double>());
    }
  }
  return out;
}

}  // namespace faultline
