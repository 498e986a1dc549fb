#include "explainers/noise_average.h"

#include "core/random.h"
#include "explainers/point_subset.h"

namespace faultline {
namespace {

std::vector<int64_t> range_of(int64_t begin, int64_t end) {
  std::vector<int64_t> out;
  for (int64_t i = begin; i < end; ++i) out.push_back(i);
  return out;
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
  return traits;
}

void NoiseAverage::fit(const Network& network, const Dataset& data, const Context& context) {
  inner_->fit(network, data, context);
}

void NoiseAverage::Moments::add(const at::Tensor& map) {
  const auto value = map.to(at::kDouble);
  if (count == 0) {
    mean = at::zeros_like(value);
    mean_of_squares = at::zeros_like(value);
    squared_deviations = at::zeros_like(value);
  }
  ++count;
  const auto before = value - mean;
  mean = mean + before / count;
  squared_deviations = squared_deviations + before * (value - mean);
  mean_of_squares = mean_of_squares + (value * value - mean_of_squares) / count;
}

Samples NoiseAverage::noisy_copies(const Samples& samples, int64_t row, const std::vector<int64_t>& draws, const Context& context,
                                   at::Tensor* inside) const {
  const auto x = samples.inputs[row];
  double scale = options_.sigma;
  if (options_.unit == NoiseOptions::Unit::legal) scale *= context.range.width();
  if (options_.unit == NoiseOptions::Unit::sample) scale *= (x.max() - x.min()).item<double>();
  const RandomStream stream(context.seed, "smooth-grad", samples.ids[row]);
  std::vector<at::Tensor> copies;
  for (const int64_t draw : draws) {
    const auto noise = stream.normals(static_cast<uint32_t>(draw), static_cast<size_t>(x.numel()));
    copies.push_back(x + (scale * at::tensor(noise, at::kDouble).reshape(x.sizes())).to(x.device(), x.scalar_type()));
  }
  Samples out;
  out.inputs = at::stack(copies);
  if (options_.clip) {
    const double low = *std::min_element(context.range.low.begin(), context.range.low.end());
    const double high = *std::max_element(context.range.high.begin(), context.range.high.end());
    *inside = at::logical_and(out.inputs > low, out.inputs < high).to(x.scalar_type());
    out.inputs = out.inputs.clamp(low, high);
  }
  const auto count = static_cast<int64_t>(draws.size());
  out.targets = samples.targets[row].expand({count}).contiguous();
  if (samples.runners_up.defined()) out.runners_up = samples.runners_up[row].expand({count}).contiguous();
  out.ids.assign(count, samples.ids[row]);
  out.slots = draws;
  out.names.assign(count, samples.names[row]);
  return out;
}

NoiseAverage::Moments NoiseAverage::moments_of(const Network& network, const Samples& samples, int64_t row,
                                               const Context& context) const {
  Moments moments;
  const int64_t chunk = points_per_chunk(samples.inputs[row].numel(), context);
  Context quiet = context;
  quiet.figures = false;
  at::Tensor inside;
  for (int64_t begin = 0; begin < options_.samples; begin += chunk) {
    const auto draws = range_of(begin, std::min(options_.samples, begin + chunk));
    const auto maps = inner_->explain(network, noisy_copies(samples, row, draws, context, &inside), quiet).maps;
    for (int64_t j = 0; j < maps.size(0); ++j) moments.add(maps[j]);
  }
  return moments;
}

Explanation NoiseAverage::explain(const Network& network, const Samples& samples, const Context& context) const {
  const at::NoGradGuard no_graph;
  std::vector<at::Tensor> maps;
  for (int64_t row = 0; row < samples.size(); ++row) {
    maps.push_back(map_of(moments_of(network, samples, row, context)).to(samples.inputs.scalar_type()));
  }
  return {at::stack(maps)};
}

at::Tensor NoiseAverage::pull_back(const Network& network, const Samples& samples, const at::Tensor& cotangent,
                                   const PointSubset& subset, const Context& context) const {
  const at::NoGradGuard no_graph;
  Context quiet = context;
  quiet.figures = false;
  auto out = at::zeros_like(samples.inputs, at::kDouble);
  for (int64_t row = 0; row < samples.size(); ++row) {
    const Moments moments = slope_needs_moments() ? moments_of(network, samples, row, context) : Moments{};
    const auto chosen = choose_points(options_.samples, subset, samples.ids[row]);
    const auto chunk = static_cast<size_t>(points_per_chunk(samples.inputs[row].numel(), context));
    for (size_t begin = 0; begin < chosen.size(); begin += chunk) {
      std::vector<int64_t> draws;
      std::vector<double> scales;
      for (size_t i = begin; i < std::min(chosen.size(), begin + chunk); ++i) {
        draws.push_back(chosen[i].index);
        scales.push_back(chosen[i].scale / static_cast<double>(options_.samples));
      }
      at::Tensor inside;
      const auto copies = noisy_copies(samples, row, draws, context, &inside);
      std::vector<int64_t> shape(cotangent.dim(), 1);
      shape[0] = static_cast<int64_t>(scales.size());
      const auto scale = at::tensor(scales, at::kDouble).reshape(shape).to(cotangent.device(), cotangent.scalar_type());
      // A loss whose derivative in r_j is cotangent * dR/dr_j: the inner explainer then needs one run for both.
      const MapLoss loss = [&](const at::Tensor& maps, const std::vector<int64_t>& rows) {
        const auto v = cotangent[row] * scale.index_select(0, at::tensor(rows, at::kLong).to(scale.device())) *
                       slope_of(maps.detach(), moments);
        return (maps * v).flatten(1).sum(1);
      };
      auto gradient = inner_->value_and_gradient(network, copies, loss, {}, quiet).gradient;
      if (inside.defined()) gradient = gradient * inside;
      out[row] += gradient.to(at::kDouble).sum(0);
    }
  }
  return out.to(samples.inputs.scalar_type());
}

}  // namespace faultline
