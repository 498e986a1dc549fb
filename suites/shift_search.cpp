#include "suites/shift_search.h"

#include <cmath>

#include "core/interruption.h"
#include "core/random.h"
#include "explainers/output_options.h"
#include "models/adam.h"
#include "models/shifted.h"

namespace faultline {
namespace {

constexpr double kLeastSlope = 1e-3;  // attacks sheet 7.5: tau
constexpr double kStill = 1e-8;       // relative change of a map that does not move (7.2)
constexpr double kAffine = 1e-5;      // relative to what the shift changes; stabilisers bend a map by about 1e-6
constexpr int64_t kPoints = 10;       // of path methods while searching

/// The picture shared out over a map's channels, in the map's shape.
at::Tensor over_channels(const at::Tensor& picture, const at::Tensor& map) {
  return (picture / static_cast<double>(map.size(1))).expand_as(map).contiguous();
}

class Search {
 public:
  Search(const Network& network, const Explainer& explainer, const Samples& sample, const at::Tensor& picture,
         const ShiftSearch& search, const Context& context)
      : network_(network), explainer_(explainer), sample_(sample), picture_(picture), search_(search), context_(context) {
    context_.figures = false;
  }

  at::Tensor map_at(const at::Tensor& m) const { return explained(explainer_, m); }

  FoundShift run() {
    FoundShift out;
    out.before = explainer_.explain(network_, sample_, context_).maps;
    if (!out.before.isfinite().all().item<bool>()) return without("the map has values that are no numbers");
    if (out.before.sizes() != sample_.inputs.sizes()) return without("the map has not the input's shape");
    // Two probes: the same everywhere tells the slopes, random signs whether the slopes are all there is to tell.
    const double step = 0.1 * context_.range.width();
    const at::Tensor plain = at::full_like(sample_.inputs, step);
    const auto signs = RandomStream(context_.seed, "suite/shift", sample_.ids[0]).signs(0, static_cast<size_t>(plain.numel()));
    const at::Tensor mixed = step * at::tensor(signs, at::kDouble).reshape(plain.sizes()).to(plain.device());
    const at::Tensor by_plain = map_at(plain) - out.before, by_mixed = map_at(mixed) - out.before;
    const double size = out.before.norm().item<double>();
    const double moved = std::max(by_plain.norm().item<double>(), by_mixed.norm().item<double>());
    if (!std::isfinite(moved)) return without("the shifted map has values that are no numbers");
    if (moved <= kStill * size) return without("the map does not move with the shift");
    const at::Tensor slope = by_plain / step;
    out.is_closed_form = (by_mixed - slope * mixed).norm().item<double>() <= kAffine * moved;
    const at::Tensor target = over_channels(picture_, out.before);
    if ((slope.abs() > 0).any().item<bool>()) {
      out.m = closed_form_shift(out.before, slope, target, best_scale(out.before, slope, target, search_.bound), search_.bound);
    }
    if (!out.is_closed_form) {
      if (!explainer_.traits().differentiable && !out.m.defined()) return without("the map has no derivative to follow");
      if (!out.m.defined()) out.m = at::zeros_like(sample_.inputs);
      if (explainer_.traits().differentiable) out.m = descended(out.m);
    }
    out.after = map_at(out.m);
    if (!out.after.isfinite().all().item<bool>()) return without("the shifted map has values that are no numbers");
    out.logit_change =
        (network_.logits(sample_.inputs) - second(out.m).logits(sample_.inputs + out.m)).abs().max().item<double>();
    return out;
  }

 private:
  FoundShift without(const std::string& why) const {
    FoundShift out;
    out.why_not = why;
    return out;
  }

  Network second(const at::Tensor& m) const { return shifted(network_, m, Compensation::first_linear); }

  at::Tensor explained(const Explainer& explainer, const at::Tensor& m) const {
    return explainer.explain(second(m), sample_.with_inputs(sample_.inputs + m), context_).maps;
  }

  /// The best iterate of Adam.
  at::Tensor descended(const at::Tensor& start) const {
    std::unique_ptr<Explainer> rougher;
    if (explainer_.traits().points > kPoints) rougher = explainer_.with_points(kPoints);
    const Explainer& explainer = rougher ? *rougher : explainer_;
    const MapLoss loss = [&](const at::Tensor& maps, const std::vector<int64_t>&) { return 1 - picture_pearson(maps, picture_); };
    at::Tensor m = start.clone(), best = start;
    double least = std::numeric_limits<double>::infinity();
    AdamOptions options;
    options.learning_rate = search_.step;
    Adam adam({m}, options);
    for (int64_t i = 0; i < search_.iterations; ++i) {
      interruption_point();
      const auto here =
          explainer.value_and_gradient(second(m), sample_.with_inputs(sample_.inputs + m), loss, PointSubset{}, context_);
      const double value = here.loss.item<double>();
      if (value < least) {
        least = value;
        best = m.clone();
      }
      if (!here.gradient.isfinite().all().item<bool>()) break;
      adam.step({here.gradient.to(m.scalar_type())});
      m.clamp_(-search_.bound, search_.bound);
    }
    return best;
  }

  const Network& network_;
  const Explainer& explainer_;
  const Samples& sample_;
  const at::Tensor& picture_;
  const ShiftSearch& search_;
  Context context_;
};

}  // namespace

at::Tensor picture_pearson(const at::Tensor& maps, const at::Tensor& picture) {
  const at::Tensor magnitudes = maps.abs().sum(1).flatten(1), wanted = picture.flatten().unsqueeze(0).to(maps.device());
  const at::Tensor a = magnitudes - magnitudes.mean(1, true), b = wanted - wanted.mean(1, true);
  return (a * b).sum(1) / (a.square().sum(1).clamp_min(1e-60).sqrt() * b.norm(2, 1).clamp_min(1e-30));
}

at::Tensor closed_form_shift(const at::Tensor& map, const at::Tensor& slope, const at::Tensor& picture, double scale,
                             double bound) {
  const at::Tensor is_steep = slope.abs() >= kLeastSlope * slope.abs().max();
  const at::Tensor divisor = at::where(is_steep, slope, at::ones_like(slope));
  const auto shift_to = [&](const at::Tensor& value) {
    const at::Tensor m = at::where(is_steep, (value - map) / divisor, at::zeros_like(slope));
    return std::isfinite(bound) ? m.clamp(-bound, bound) : m;
  };
  const at::Tensor wanted = scale * picture, up = shift_to(wanted);
  if (!std::isfinite(bound)) return up;
  // Magnitudes are what is seen: where the bound keeps the map from the picture, its negative may be nearer.
  const at::Tensor down = shift_to(-wanted);
  const auto miss = [&](const at::Tensor& m) { return ((map + slope * m).abs() - wanted).abs(); };
  return at::where(miss(down) < miss(up), down, up);
}

double best_scale(const at::Tensor& map, const at::Tensor& slope, const at::Tensor& picture, double bound) {
  const at::Tensor flat = picture.sum(1)[0];
  struct Try {
    double pearson, size;
  };
  const auto tried = [&](double scale) -> Try {
    const at::Tensor m = closed_form_shift(map, slope, picture, scale, bound);
    return {picture_pearson(map + slope * m, flat).item<double>(), m.norm().item<double>()};
  };
  const double unit =
      (slope.abs().max() * (std::isfinite(bound) ? bound : 1) / picture.abs().max().clamp_min(1e-30)).item<double>();
  constexpr int kSteps = 4, kLow = -15 * kSteps, kHigh = 2 * kSteps;
  constexpr double kEqual = 1e-4;  // of Pearson's correlation
  double best = unit;
  Try at_best{-2, 0};
  const auto consider = [&](double scale) {
    const Try here = tried(scale);
    const bool is_better = here.pearson > at_best.pearson + kEqual;
    if (!is_better && (here.pearson < at_best.pearson - kEqual || here.size >= at_best.size)) return;
    best = scale;
    at_best = here;
  };
  for (int i = kLow; i <= kHigh; ++i) consider(unit * std::exp2(static_cast<double>(i) / kSteps));
  const double around = best;
  for (int i = -8; i <= 8; ++i) consider(around * std::exp2(static_cast<double>(i) / (8 * kSteps)));
  return best;
}

FoundShift search_shift(const Network& network, const Explainer& explainer, const Samples& sample, const at::Tensor& picture,
                        const ShiftSearch& search, const Context& context) {
  return Search(network, explainer, sample, picture, search, context).run();
}

}  // namespace faultline
