#include "explainers/gradient_shap.h"

#include "core/random.h"

namespace faultline {

const OptionTable<GradientShap::Options>& GradientShap::options() {
  using O = Options;
  static const auto table =
      OptionTable<O>()
          .include(&O::output, OutputOptions::options())
          .include(&O::set, BaselineSetOptions::options())
          .integer("samples", &O::samples, {1, 100000}, "draws", "captum has 5")
          .number("sigma", &O::sigma, {0, 1e6}, "standard deviation of the noise on the input", "captum has 0", "pixels");
  return table;
}

Traits GradientShap::traits() const {
  Traits traits;
  traits.randomised = true;
  traits.needs_fitting = set_.needs_fitting();
  traits.points = options_.samples;
  return traits;
}

std::vector<Claim> GradientShap::claims(const Network&) const {
  std::vector<Claim> claims = claims_of_derivatives();
  claims.push_back({"linearity", 1e-4, "differentiation and the mean over draws are linear"});
  return claims;
}

at::Tensor GradientShap::references(const Samples& samples, const Context&) const {
  const at::Tensor all = set_.like(samples.inputs).unsqueeze(1);
  std::vector<int64_t> shape = all.sizes().vec();
  shape[1] = samples.size();
  return all.expand(shape);
}

void GradientShap::fit(const Network&, const Dataset& data, const Context&) {
  if (set_.needs_fitting()) set_.fit(data);
}

std::unique_ptr<Explainer> GradientShap::with_points(int64_t points) const {
  auto copy = std::make_unique<GradientShap>(*this);
  copy->options_.samples = points;
  return copy;
}

/// The points of a chunk, and what their gradients are multiplied with.
struct GradientShap::Draws {
  at::Tensor factors;             ///< [P,...] x~ - x', double
  at::Tensor inputs;              ///< [P,...]
  std::vector<double> positions;  ///< a
};

GradientShap::Draws GradientShap::draws(const Samples& samples, const PointChunk& chunk, const at::Tensor& baselines,
                                        const Context& context) const {
  Draws out;
  std::vector<int64_t> chosen;
  at::Tensor noisy = rows_of_points(samples.inputs, chunk).to(at::kDouble);
  const auto elements = static_cast<size_t>(noisy[0].numel());
  for (int64_t i = 0; i < chunk.size(); ++i) {
    const RandomStream stream(context.seed, kName, samples.ids[static_cast<size_t>(chunk.rows[i])]);
    const auto draw = static_cast<uint32_t>(chunk.indices[i]);
    const auto u = stream.uniforms(draw, 2);
    chosen.push_back(
        std::min<int64_t>(static_cast<int64_t>(u[0] * static_cast<double>(baselines.size(0))), baselines.size(0) - 1));
    out.positions.push_back(u[1]);
    if (options_.sigma > 0) {
      const auto noise = at::tensor(stream.normals(draw, elements, /*sub=*/1), at::kDouble).reshape(noisy[i].sizes());
      noisy[i] += options_.sigma * noise.to(noisy.device());
    }
  }
  const auto start = baselines.index_select(0, at::tensor(chosen, at::kLong).to(baselines.device())).to(at::kDouble);
  out.factors = noisy - start;
  // In double and rounded once, as the points of integrated gradients.
  out.inputs = (out.factors * column_of(out.positions, out.factors) + start).to(samples.inputs.scalar_type());
  return out;
}

Explanation GradientShap::explain(const Network& network, const Samples& samples, const Context& context) const {
  const at::NoGradGuard no_graph;
  const at::Tensor baselines = set_.like(samples.inputs);
  at::Tensor sums = at::zeros_like(samples.inputs, at::kDouble);
  for (const auto& chunk : chunks_of_points(network, samples, options_.samples, {}, context)) {
    const Draws here = draws(samples, chunk, baselines, context);
    const auto points = samples_at_points(samples, chunk, options_.samples, here.inputs);
    const auto gradients = input_gradient(network, points_of(points), options_.output.output, context.passes);
    const std::vector<double> weights(static_cast<size_t>(chunk.size()), 1.0 / static_cast<double>(options_.samples));
    add_to_rows(sums, chunk, gradients.to(at::kDouble) * here.factors, weights);
  }
  Explanation out;
  out.maps = sums.to(samples.inputs.scalar_type());
  return out;
}

at::Tensor GradientShap::pull_back(const Network& network, const Samples& samples, const at::Tensor& cotangent,
                                   const PointSubset& subset, const Context& context) const {
  const at::NoGradGuard no_graph;
  const at::Tensor baselines = set_.like(samples.inputs);
  at::Tensor sums = at::zeros_like(samples.inputs, at::kDouble);
  for (const auto& chunk : chunks_of_points(network, samples, options_.samples, subset, context)) {
    const Draws here = draws(samples, chunk, baselines, context);
    const auto points = samples_at_points(samples, chunk, options_.samples, here.inputs);
    const auto of_points = rows_of_points(cotangent, chunk).to(at::kDouble);
    const auto through = (of_points * here.factors).to(samples.inputs.scalar_type());
    const MakeVector v = [&](const at::Tensor& gradient, const std::vector<int64_t>& rows) {
      return through.index_select(0, at::tensor(rows, at::kLong).to(gradient.device()));
    };
    const auto both = gradient_and_product(network, points_of(points), options_.output.output, v, context.passes);
    std::vector<double> direct, along;
    for (int64_t i = 0; i < chunk.size(); ++i) {
      direct.push_back(chunk.scales[i] / static_cast<double>(options_.samples));
      along.push_back(direct.back() * here.positions[static_cast<size_t>(i)]);
    }
    add_to_rows(sums, chunk, of_points * both.maps.to(at::kDouble), direct);  // d factor / d x = 1
    add_to_rows(sums, chunk, both.product, along);
  }
  return sums.to(samples.inputs.scalar_type());
}

}  // namespace faultline
