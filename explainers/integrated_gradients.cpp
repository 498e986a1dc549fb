#include "explainers/integrated_gradients.h"

#include <torch/csrc/autograd/autograd.h>

#include "explainers/point_subset.h"

namespace faultline {
namespace {

/// J^T v for the baseline x'(x), per row; zero where the baseline does not depend on the input.
at::Tensor pull_back_through(const Baseline& baseline, const Samples& samples, const at::Tensor& v, const Context& context) {
  if (!baseline.depends_on_input()) return at::zeros_like(v);
  const at::AutoGradMode with_graph(true);
  const auto x = samples.inputs.detach().requires_grad_(true);
  return torch::autograd::grad({baseline.of(x, samples.ids, context)}, {x}, {v})[0];
}

at::Tensor column(const std::vector<double>& values, const at::Tensor& like) {
  std::vector<int64_t> shape(like.dim(), 1);
  shape[0] = static_cast<int64_t>(values.size());
  return at::tensor(values, at::kDouble).to(like.device()).reshape(shape);
}

}  // namespace

const OptionTable<IntegratedGradients::Options>& IntegratedGradients::options() {
  static const auto table =
      OptionTable<Options>()
          .include(&Options::output, OutputOptions::options())
          .include(&Options::baseline, BaselineOptions::options())
          .integer("steps", &Options::steps, {1, 100000}, "intervals of the path",
                   "captum's default; the paper recommends 20 to 300")
          .choice<Quadrature>("quadrature", &Options::quadrature,
                              {{"gauss-legendre", Quadrature::gauss_legendre},
                               {"left", Quadrature::left},
                               {"right", Quadrature::right},
                               {"middle", Quadrature::middle},
                               {"trapezoid", Quadrature::trapezoid},
                               {"captum-trapezoid", Quadrature::captum_trapezoid}},
                              "rule of the integral; captum-trapezoid is for parity tests only", "captum's default")
          .flag("multiply", &Options::multiply, "multiply by x - x'");
  return table;
}

IntegratedGradients::IntegratedGradients(Options options)
    : options_(std::move(options)), rule_(quadrature_rule(options_.quadrature, options_.steps)), baseline_(options_.baseline) {}

Traits IntegratedGradients::traits() const {
  Traits traits;
  traits.needs_fitting = baseline_.needs_fitting();
  traits.points = static_cast<int64_t>(rule_.nodes.size());
  return traits;
}

std::vector<Claim> IntegratedGradients::claims(const Network&) const {
  std::vector<Claim> claims = claims_of_derivatives();
  claims.push_back({"linearity", 1e-4, "differentiation and the integral are linear"});
  if (options_.multiply && options_.quadrature != Quadrature::captum_trapezoid) {
    claims.push_back({"completeness", 0.05, "gradient theorem for line integrals, up to the quadrature error of the steps"});
  }
  return claims;
}

void IntegratedGradients::fit(const Network&, const Dataset& data, const Context&) {
  if (baseline_.needs_fitting()) baseline_.fit(data);
}

std::unique_ptr<Explainer> IntegratedGradients::with_points(int64_t points) const {
  auto copy = std::make_unique<IntegratedGradients>(*this);
  copy->options_.steps = points;
  copy->rule_ = quadrature_rule(options_.quadrature, points);
  return copy;
}

Points IntegratedGradients::path(const Samples& samples, int64_t row, const at::Tensor& baseline,
                                 const std::vector<int64_t>& nodes) const {
  const auto x = samples.inputs[row].unsqueeze(0);
  const auto from = baseline[row].unsqueeze(0);
  std::vector<double> positions;
  for (const int64_t k : nodes) positions.push_back(rule_.nodes[k]);
  const auto count = static_cast<int64_t>(nodes.size());
  Points points;
  // In double and rounded once: in float32 a path point that is off by a rounding or two flips ReLUs whose input is that close to
  // zero.
  const auto start = from.to(at::kDouble);
  points.inputs = (start + column(positions, x) * (x.to(at::kDouble) - start)).to(x.scalar_type());
  points.targets = samples.targets[row].expand({count}).contiguous();
  if (samples.runners_up.defined()) points.runners_up = samples.runners_up[row].expand({count}).contiguous();
  points.slots = nodes;  // point k of every sample takes slot k: its numbers depend on nothing else in the run
  return points;
}

Explanation IntegratedGradients::explain(const Network& network, const Samples& samples, const Context& context) const {
  const at::NoGradGuard no_graph;
  const auto baseline = baseline_.of(samples.inputs, samples.ids, context);
  Explanation out;
  out.maps = at::empty_like(samples.inputs);
  const auto all = static_cast<int64_t>(rule_.nodes.size());
  const int64_t chunk = points_per_chunk(samples.inputs[0].numel(), context);
  for (int64_t row = 0; row < samples.size(); ++row) {
    auto sum = at::zeros_like(samples.inputs[row], at::kDouble);
    for (int64_t begin = 0; begin < all; begin += chunk) {
      std::vector<int64_t> nodes;
      for (int64_t k = begin; k < std::min(all, begin + chunk); ++k) nodes.push_back(k);
      const auto gradient = input_gradient(network, path(samples, row, baseline, nodes), options_.output.output, context.passes);
      const std::vector<double> weights(rule_.weights.begin() + begin,
                                        rule_.weights.begin() + begin + static_cast<int64_t>(nodes.size()));
      sum += (gradient.to(at::kDouble) * column(weights, gradient)).sum(0);
    }
    if (options_.multiply) sum *= (samples.inputs[row] - baseline[row]).to(at::kDouble);
    out.maps[row].copy_(sum);
  }
  if (context.figures && options_.multiply) add_completeness(network, samples, baseline, context, &out);
  return out;
}

void IntegratedGradients::add_completeness(const Network& network, const Samples& samples, const at::Tensor& baseline,
                                           const Context& context, Explanation* explanation) const {
  auto points = points_of(samples);
  const auto f = [&](const at::Tensor& inputs) {
    points.inputs = inputs.contiguous();
    return explained_output(block_logits(network, points, context.passes), options_.output.output, points.targets,
                            points.runners_up)
        .to(at::kDouble);
  };
  const auto difference = f(samples.inputs) - f(baseline);
  const auto maps = explanation->maps.to(at::kDouble).flatten(1);
  const auto error = maps.sum(1) - difference;
  const auto scale = at::maximum(difference.abs(), 1e-3 * maps.abs().sum(1));
  explanation->notes.resize(samples.size());
  for (int64_t row = 0; row < samples.size(); ++row) {
    const double e = error[row].item<double>();
    const double s = scale[row].item<double>();
    const double relative = s > 0 ? std::abs(e) / s : 0;  // s = 0: an all-zero map of an unchanged output, complete exactly
    explanation->figures["completeness-error"].push_back(e);
    explanation->figures["completeness-error-relative"].push_back(relative);
    if (relative > 0.05) explanation->notes[row].push_back("quadrature-too-coarse");
  }
}

at::Tensor IntegratedGradients::pull_back(const Network& network, const Samples& samples, const at::Tensor& cotangent,
                                          const PointSubset& subset, const Context& context) const {
  const at::NoGradGuard no_graph;
  const auto baseline = baseline_.of(samples.inputs, samples.ids, context);
  const auto factor = options_.multiply ? samples.inputs - baseline : at::ones_like(samples.inputs);
  const auto through = cotangent * factor;                            // what reaches the averaged gradient
  auto along_x = at::zeros_like(samples.inputs, at::kDouble);         // sum of a_k H_k through
  auto along_baseline = at::zeros_like(samples.inputs, at::kDouble);  // sum of (1 - a_k) H_k through
  auto average = at::zeros_like(samples.inputs, at::kDouble);         // the averaged gradient itself
  const int64_t chunk = points_per_chunk(samples.inputs[0].numel(), context);
  for (int64_t row = 0; row < samples.size(); ++row) {
    const auto chosen = choose_points(static_cast<int64_t>(rule_.nodes.size()), subset, samples.ids[row]);
    for (size_t begin = 0; begin < chosen.size(); begin += static_cast<size_t>(chunk)) {
      std::vector<int64_t> nodes;
      std::vector<double> weights, x_share, baseline_share;
      for (size_t i = begin; i < std::min(chosen.size(), begin + static_cast<size_t>(chunk)); ++i) {
        const auto& [k, scale] = chosen[i];
        nodes.push_back(k);
        weights.push_back(rule_.weights[k] * scale);
        x_share.push_back(rule_.nodes[k] * weights.back());
        baseline_share.push_back((1 - rule_.nodes[k]) * weights.back());
      }
      const auto v = [&](const at::Tensor& gradient, const std::vector<int64_t>&) { return through[row].expand_as(gradient); };
      const auto both =
          gradient_and_product(network, path(samples, row, baseline, nodes), options_.output.output, v, context.passes);
      const auto product = both.product.to(at::kDouble);
      along_x[row] += (product * column(x_share, product)).sum(0);
      if (baseline_.depends_on_input()) along_baseline[row] += (product * column(baseline_share, product)).sum(0);
      average[row] += (both.gradient.to(at::kDouble) * column(weights, product)).sum(0);
    }
  }
  const auto direct = options_.multiply ? cotangent * average : at::zeros_like(average);
  const auto to_baseline = (along_baseline - direct).to(samples.inputs.scalar_type());
  return (along_x + direct).to(samples.inputs.scalar_type()) + pull_back_through(baseline_, samples, to_baseline, context);
}

}  // namespace faultline
