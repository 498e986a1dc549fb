#include "explainers/noise_average.h"

#include "core/random.h"

namespace faultline {
namespace {

/// The part of the derivative that passes through sigma where it is a multiple of the sample's own range max x - min x: noise
/// that is sigma (max x - min x) eta, along the gradient at the copies.
at::Tensor through_range(const at::Tensor& x, const at::Tensor& noise, const at::Tensor& gradient) {
  const auto flat = x.flatten(1);
  const auto [highs, high_places] = flat.max(1, true);
  const auto [lows, low_places] = flat.min(1, true);
  const auto width = (highs - lows).to(at::kDouble);
  const auto along = (gradient.to(at::kDouble) * noise.to(x.device())).flatten(1).sum(1, true);
  const auto change = at::where(width > 0, along / width, at::zeros_like(along));
  return at::zeros_like(flat, at::kDouble).scatter_add(1, high_places, change).scatter_add(1, low_places, -change).reshape_as(x);
}

}  // namespace

const OptionTable<NoiseOptions>& NoiseOptions::options() {
  static const auto table =
      OptionTable<NoiseOptions>()
          .integer("samples", &NoiseOptions::samples, {1, 100000}, "noisy copies of the input")
          .number("sigma", &NoiseOptions::sigma, {0, 1e6}, "standard deviation of the noise",
                  "Smilkov 2017: 0.1 to 0.2 of the range")
          .choice<Unit>("sigma-unit", &NoiseOptions::unit,
                        {{"legal", Unit::legal}, {"sample", Unit::sample}, {"absolute", Unit::absolute}},
                        "what sigma is a multiple of: the width of the legal range, the sample's own range, or pixel units")
          .flag("clip", &NoiseOptions::clip, "clip noisy copies to the legal range")
          .text("inner", &NoiseOptions::inner, "the explainer that is averaged, a spec in parentheses")
          .text("target", &NoiseOptions::target, "the explained class", "", "predicted|label|second|INT");
  return table;
}

NoiseAverage::NoiseAverage(NoiseOptions options) : options_(std::move(options)), inner_(explainers().make(options_.inner)) {
  if (parse_spec(options_.inner).find("target"))
    throw_usage("inner", "takes no target of its own", "give target= to the outer explainer");
  if (inner_->traits().access == Access::none) throw_usage("inner", "'" + options_.inner + "' does not look at the network");
}

Traits NoiseAverage::traits() const {
  Traits traits = inner_->traits();
  traits.randomised = true;
  traits.points *= options_.samples;
  traits.keeps_ledger = false;  // an average of walks is none
  return traits;
}

void NoiseAverage::fit(const Network& network, const Dataset& data, const Context& context) {
  inner_->fit(network, data, context);
}

NoiseAverage::Copies NoiseAverage::noisy_copies(const Samples& samples, const PointChunk& chunk, const Context& context) const {
  Copies out;
  const auto x = rows_of_points(samples.inputs, chunk);
  const auto elements = static_cast<size_t>(x[0].numel());
  auto noise = at::empty(x.sizes(), at::kDouble);
  std::vector<double> scales;
  for (int64_t i = 0; i < chunk.size(); ++i) {
    double scale = options_.sigma;
    if (options_.unit == NoiseOptions::Unit::legal) scale *= context.range.width();
    if (options_.unit == NoiseOptions::Unit::sample) scale *= (x[i].max() - x[i].min()).item<double>();
    scales.push_back(scale);
    RandomStream(context.seed, "smooth-grad", samples.ids[chunk.rows[i]])
        .normals(static_cast<uint32_t>(chunk.indices[i]), elements, noise.data_ptr<double>() + static_cast<size_t>(i) * elements);
  }
  noise.mul_(column_of(scales, noise));
  auto copies = x + noise.to(x.device(), x.scalar_type());
  if (options_.clip) {
    const double low = *std::min_element(context.range.low.begin(), context.range.low.end());
    const double high = *std::max_element(context.range.high.begin(), context.range.high.end());
    out.inside = at::logical_and(copies > low, copies < high).to(x.scalar_type());
    copies = copies.clamp(low, high);
  }
  out.samples = samples_at_points(samples, chunk, options_.samples, copies);
  out.noise = std::move(noise);
  return out;
}

NoiseAverage::Moments NoiseAverage::moments_of(const Network& network, const Samples& samples, const Context& context) const {
  Context quiet = context;
  quiet.figures = false;
  // Deviations from the first draw's map instead of from the mean: numbers of the same size, and one pass.
  at::Tensor first, sums, squares;
  for (const auto& chunk : chunks_of_points(network, samples, options_.samples, {}, context)) {
    auto maps = inner_->explain(network, noisy_copies(samples, chunk, context).samples, quiet).maps.to(at::kDouble);
    const std::vector<double> ones(static_cast<size_t>(chunk.size()), 1);
    if (!sums.defined()) {
      // The inner maps' shape: one channel where these have one.
      std::vector<int64_t> shape = maps.sizes().vec();
      shape[0] = samples.size();
      first = at::zeros(shape, maps.options());
      sums = at::zeros_like(first);
      if (needs_squares()) squares = at::zeros_like(first);
    }
    if (squares.defined()) {
      for (int64_t i = 0; i < chunk.size(); ++i) {
        if (chunk.indices[i] == 0) first[chunk.rows[i]].copy_(maps[i]);
      }
      maps = maps - rows_of_points(first, chunk);
      add_to_rows(squares, chunk, maps * maps, ones);
    }
    add_to_rows(sums, chunk, maps, ones);
  }
  const auto m = static_cast<double>(options_.samples);
  Moments out;
  out.mean = first + sums / m;
  if (squares.defined()) out.variance = (squares / m - (sums / m).square()).clamp_min(0);
  return out;
}

Explanation NoiseAverage::explain(const Network& network, const Samples& samples, const Context& context) const {
  const at::NoGradGuard no_graph;
  Explanation out;
  out.maps = map_of(moments_of(network, samples, context)).to(samples.inputs.scalar_type());
  return out;
}

at::Tensor NoiseAverage::pull_back(const Network& network, const Samples& samples, const at::Tensor& cotangent,
                                   const PointSubset& subset, const Context& context) const {
  const at::NoGradGuard no_graph;
  Context quiet = context;
  quiet.figures = false;
  auto out = at::zeros_like(samples.inputs, at::kDouble);
  const at::Tensor mean = slope_needs_mean() ? moments_of(network, samples, context).mean : at::Tensor();
  for (const auto& chunk : chunks_of_points(network, samples, options_.samples, subset, context)) {
    const auto copies = noisy_copies(samples, chunk, context);
    const auto share = rows_of_points(cotangent, chunk) *
                       column_of(chunk.scales, cotangent).div_(static_cast<double>(options_.samples)).to(cotangent.scalar_type());
    const auto mean_at_points = mean.defined() ? rows_of_points(mean, chunk) : mean;
    // A loss whose derivative in r_j is cotangent * dR/dr_j: the inner explainer then needs one run for both.
    const MapLoss loss = [&](const at::Tensor& maps, const std::vector<int64_t>& rows) {
      const auto index = at::tensor(rows, at::kLong).to(maps.device());
      const auto mean_here = mean_at_points.defined() ? mean_at_points.index_select(0, index) : mean_at_points;
      return (maps * share.index_select(0, index) * slope_of(maps.detach(), mean_here)).flatten(1).sum(1);
    };
    auto gradient = inner_->value_and_gradient(network, copies.samples, loss, {}, quiet).gradient;
    if (copies.inside.defined()) gradient = gradient * copies.inside;
    const std::vector<double> ones(static_cast<size_t>(chunk.size()), 1);
    add_to_rows(out, chunk, gradient, ones);
    if (options_.unit == NoiseOptions::Unit::sample) {
      add_to_rows(out, chunk, through_range(rows_of_points(samples.inputs, chunk), copies.noise, gradient), ones);
    }
  }
  return out.to(samples.inputs.scalar_type());
}

}  // namespace faultline
