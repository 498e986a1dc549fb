#include "explainers/integrated_gradients.h"

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>

#include "explainers/point_list.h"

namespace faultline {
namespace {

/// J^T v for the baseline x'(x), per row; zero where the baseline does not depend on the input.
at::Tensor pull_back_through(const Baseline& baseline, const Samples& samples, const at::Tensor& v, const Context& context) {
  if (!baseline.depends_on_input()) return at::zeros_like(v);
  const at::AutoGradMode with_graph(true);
  const auto x = samples.inputs.detach().requires_grad_(true);
  return torch::autograd::grad({baseline.of(x, samples.ids, context)}, {x}, {v})[0];
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
  if (rule_.nodes.front() == 0) {
    // A black baseline lies on every kink of a network without biases, and there the derivative depends on how it is written.
    const auto is_lost = [](const Claim& claim) { return claim.axiom == "implementation-invariance"; };
    claims.erase(std::remove_if(claims.begin(), claims.end(), is_lost), claims.end());
  }
  claims.push_back({"linearity", 1e-4, "differentiation and the integral are linear"});
  if (options_.multiply && options_.quadrature != Quadrature::captum_trapezoid) {
    claims.push_back({"completeness", 0.05, "gradient theorem for line integrals, up to the quadrature error of the steps"});
  }
  return claims;
}

at::Tensor IntegratedGradients::references(const Samples& samples, const Context& context) const {
  return baseline_.of(samples.inputs, samples.ids, context).unsqueeze(0);
}

void IntegratedGradients::fit(const Network&, const Dataset& data, const Context&) {
  if (baseline_.needs_fitting()) baseline_.fit(data);
}

std::unique_ptr<Explainer> IntegratedGradients::with_points(int64_t points) const {
  auto copy = std::make_unique<IntegratedGradients>(*this);
  // The trapezoid rule has a point more than steps.
  copy->options_.steps = std::max<int64_t>(1, options_.quadrature == Quadrature::trapezoid ? points - 1 : points);
  copy->rule_ = quadrature_rule(options_.quadrature, copy->options_.steps);
  return copy;
}

Samples IntegratedGradients::path(const Samples& samples, const at::Tensor& baseline, const PointChunk& chunk) const {
  std::vector<double> positions;
  for (const int64_t k : chunk.indices) positions.push_back(rule_.nodes[k]);
  // In double and rounded once: in float32 a path point that is off by a rounding or two flips ReLUs whose input is that close to
  // zero.
  const auto start = rows_of_points(baseline, chunk).to(at::kDouble);
  auto inputs = rows_of_points(samples.inputs, chunk).to(at::kDouble) - start;
  inputs.mul_(column_of(positions, inputs)).add_(start);
  return samples_at_points(samples, chunk, points(), inputs.to(samples.inputs.scalar_type()));
}

Explanation IntegratedGradients::explain(const Network& network, const Samples& samples, const Context& context) const {
  const at::NoGradGuard no_graph;
  const auto baseline = baseline_.of(samples.inputs, samples.ids, context);
  auto sums = at::zeros_like(samples.inputs, at::kDouble);
  for (const auto& chunk : chunks_of_points(network, samples, points(), {}, context)) {
    const auto on_path = path(samples, baseline, chunk);
    std::vector<double> weights;
    for (const int64_t k : chunk.indices) weights.push_back(rule_.weights[k]);
    add_to_rows(sums, chunk, input_gradient(network, points_of(on_path), options_.output.output, context.passes), weights);
  }
  if (options_.multiply) sums *= (samples.inputs - baseline).to(at::kDouble);
  Explanation out;
  out.maps = sums.to(samples.inputs.scalar_type());
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
  for (const auto& chunk : chunks_of_points(network, samples, points(), subset, context)) {
    std::vector<double> weights, x_share, baseline_share;
    for (int64_t i = 0; i < chunk.size(); ++i) {
      const int64_t k = chunk.indices[i];
      weights.push_back(rule_.weights[k] * chunk.scales[i]);
      x_share.push_back(rule_.nodes[k] * weights.back());
      baseline_share.push_back((1 - rule_.nodes[k]) * weights.back());
    }
    const auto of_points = rows_of_points(through, chunk);
    const auto v = [&](const at::Tensor& gradient, const std::vector<int64_t>& rows) {
      return of_points.index_select(0, at::tensor(rows, at::kLong).to(gradient.device()));
    };
    const auto both =
        gradient_and_product(network, points_of(path(samples, baseline, chunk)), options_.output.output, v, context.passes);
    add_to_rows(along_x, chunk, both.product, x_share);
    if (baseline_.depends_on_input()) add_to_rows(along_baseline, chunk, both.product, baseline_share);
    add_to_rows(average, chunk, both.maps, weights);
  }
  const auto direct = options_.multiply ? cotangent * average : at::zeros_like(average);
  const auto to_baseline = (along_baseline - direct).to(samples.inputs.scalar_type());
  return (along_x + direct).to(samples.inputs.scalar_type()) + pull_back_through(baseline_, samples, to_baseline, context);
}

}  // namespace faultline
