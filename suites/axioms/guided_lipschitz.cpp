#include "suites/axioms/guided_lipschitz.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "attacks/projection.h"
#include "attacks/surrogate.h"
#include "core/random.h"
#include "explainers/legal_bounds.h"
#include "explainers/output_options.h"
#include "models/rows.h"
#include "suites/axioms/stability_search.h"
#include "suites/facts.h"

namespace faultline {
namespace {

const char* const kPurpose = "axioms/guided-lipschitz";
constexpr double kAboveRounding = 10;
constexpr double kNearer = 0.5;
// Sharpness of the surrogates over the stages, times the scale of pre-activations. Kinks that are rounded more widely than x' is
// away say nothing of which of them is crossed. Measured on resnet20: 50 is best at the radius, 5000 at a thousandth of it.
constexpr double kWidest = 50, kSharpest = 5000;
constexpr int64_t kStages = 4;
constexpr uint32_t kScaleInputs = 8;

at::Tensor lengths_of(const at::Tensor& v) { return v.to(at::kDouble).flatten(1).norm(2, 1); }

/// Rows of length 1; those of length 0 stay.
at::Tensor unit(const at::Tensor& v) {
  const at::Tensor lengths = lengths_of(v);
  return v / per_row(at::where(lengths > 0, lengths, at::ones_like(lengths)), v);
}

/// Scale of the network's pre-activations at uniform random inputs of the legal range, so that it depends on no batch; none where
/// nothing has a kink.
std::optional<double> pre_activation_scale(const Network& network, const at::Tensor& like, const Context& context) {
  const RandomStream stream(context.seed, kPurpose, 0);
  std::vector<at::Tensor> shares;
  for (uint32_t draw = 0; draw < kScaleInputs; ++draw) {
    shares.push_back(
        at::tensor(stream.uniforms(draw, static_cast<size_t>(like[0].numel())), at::kDouble).reshape(like[0].sizes()));
  }
  const LegalBounds bounds = legal_bounds(context.range, like);
  const double scale =
      beta_candidates(network, bounds.low + (bounds.high - bounds.low) * at::stack(shares).to(like.options())).scale;
  return scale > 0 ? std::optional<double>(scale) : std::nullopt;
}

int64_t steps_nearer(const StabilityOptions& options) { return options.guided / 2; }

/// All samples take the same steps side by side, so that each costs the same.
class GuidedSearch {
 public:
  GuidedSearch(const StabilityOptions& options, const AxiomProblem& problem, const Network& counterpart)
      : options_(options), problem_(problem), context_(problem.context), x_(problem.samples.inputs) {
    context_.passes = &passes_;
    context_.figures = false;
    const Explanation clean = problem.explainer.explain(problem.network, problem.samples, context_);
    maps_ = clean.maps.to(at::kDouble);
    classes_ = classes_of(clean, problem.samples);
    rounding_ = moved_by_rounding({problem.explainer, problem.network, problem.samples, context_}, counterpart, maps_);
    best_.resize(static_cast<size_t>(size()));
    const at::Tensor is_finite = maps_.flatten(1).isfinite().all(1);
    for (int64_t row = 0; row < size(); ++row) best_[static_cast<size_t>(row)].is_finite = is_finite[row].item<bool>();
    // The ball's corners.
    distances_ = at::full({size()}, options.radius * std::sqrt(static_cast<double>(x_[0].numel())), maps_.options());
    directions_ = at::stack(random_directions());
  }

  void follow_gradients() {
    const SurrogateOptions smoothing = SurrogateOptions{}.resolved(problem_.network, problem_.explainer);
    const bool is_smoothed = smoothing.kind == SurrogateOptions::Kind::softplus;
    const auto scale = is_smoothed ? pre_activation_scale(problem_.network, x_, context_) : std::nullopt;
    const auto stand_in = is_smoothed ? problem_.explainer.stand_in(problem_.network) : nullptr;
    const Explainer& explainer = stand_in ? *stand_in : problem_.explainer;
    const int64_t stages = std::min(kStages, options_.guided);
    at::Tensor v = directions_.clone(), factors = at::ones_like(distances_);
    for (int64_t stage = 0; stage < stages; ++stage) {
      const double sharpness = kWidest * std::pow(kSharpest / kWidest, static_cast<double>(stage) / (kStages - 1));
      const Network surrogate = scale ? smoothing.surrogate(problem_.network, sharpness / *scale) : problem_.network;
      const at::Tensor from = explainer.differentiated_maps(surrogate, problem_.samples, context_);
      const MapLoss moved = [&](const at::Tensor& maps, const std::vector<int64_t>& rows) {
        return (maps - from.index_select(0, index_of(rows, from))).flatten(1).square().sum(1);
      };
      const int64_t end = (stage + 1) * options_.guided / stages;
      for (int64_t step = stage * options_.guided / stages; step < end; ++step) {
        const at::Tensor distance = distances_ * factors;
        const Samples here = problem_.samples.with_inputs(inputs_at(v, distance));
        const at::Tensor gradient = explainer.value_and_gradient(surrogate, here, moved, {}, context_).gradient.to(at::kDouble);
        // A stationary point is left by the direction that led there.
        const at::Tensor next = unit(gradient.nan_to_num(0, 0, 0));
        v = at::where(per_row(lengths_of(next) > 0, next), next, v);
        factors = next_factors(factors, measure(v, distance));
      }
    }
  }

  void come_nearer() {
    at::Tensor factors = at::full_like(distances_, kNearer);
    for (int64_t step = 0; step < steps_nearer(options_); ++step) {
      factors = next_factors(factors, measure(directions_, distances_ * factors));
    }
  }

  std::vector<LipschitzFound> take() {
    if (PassCount* const passes = problem_.context.passes) {
      passes->forward += passes_.forward;
      passes->backward += passes_.backward;
      passes->double_backward += passes_.double_backward;
    }
    std::vector<LipschitzFound> out;
    for (Best& best : best_) {
      best.found.evaluations = (passes_.forward + passes_.double_backward) / size();
      if (!best.was_measured) best.found.reason = best.lost_label ? "label-lost" : "zero-denominator";
      if (!best.is_finite) best.found.reason = facts::health::kNonFiniteMap;
      out.push_back(std::move(best.found));
    }
    return out;
  }

 private:
  int64_t size() const { return problem_.samples.size(); }

  at::Tensor classes_of(const Explanation& explanation, const Samples& samples) {
    if (options_.label == StabilityOptions::Label::any) return at::zeros({size()}, at::kLong);
    const bool has_logits = explanation.logits.defined();
    return predicted_classes(has_logits ? explanation.logits : block_logits(problem_.network, points_of(samples), &passes_));
  }

  std::vector<at::Tensor> random_directions() const {
    std::vector<at::Tensor> out;
    for (int64_t row = 0; row < size(); ++row) {
      const RandomStream stream(context_.seed, kPurpose, problem_.samples.ids[static_cast<size_t>(row)]);
      const auto numbers = at::tensor(stream.normals(kScaleInputs, static_cast<size_t>(x_[row].numel())), at::kDouble);
      out.push_back((numbers / numbers.norm()).reshape(x_[row].sizes()).to(x_.device()));
    }
    return out;
  }

  /// Half the way to the sample after a success, less and less of it after failures.
  static at::Tensor next_factors(const at::Tensor& factors, const at::Tensor& moved) {
    return at::where(moved, at::full_like(factors, kNearer), factors.sqrt());
  }

  at::Tensor inputs_at(const at::Tensor& directions, const at::Tensor& distances) const {
    const at::Tensor moved = x_.to(at::kDouble) + directions * per_row(distances, directions);
    return project(moved.to(x_.scalar_type()), x_, {Norm::linf, options_.radius}, context_.range);
  }

  /// Keeps what is larger than all before; [N]: where to go on from there, or, before any x' of
  /// the sample's class was seen, to come nearer.
  at::Tensor measure(const at::Tensor& directions, const at::Tensor& distances) {
    const Samples near = problem_.samples.with_inputs(inputs_at(directions, distances));
    const Explanation there = problem_.explainer.explain(problem_.network, near, context_);
    const at::Tensor keeps = classes_of(there, near).eq(classes_);
    const at::Tensor changes = lengths_of(there.maps.to(at::kDouble) - maps_);
    const at::Tensor ways = lengths_of(near.inputs.to(at::kDouble) - x_.to(at::kDouble));
    at::Tensor grew = at::zeros({size()}, at::kBool), moves = grew.clone();
    for (int64_t row = 0; row < size(); ++row) {
      Best& best = best_[static_cast<size_t>(row)];
      const double change = changes[row].item<double>(), way = ways[row].item<double>(), rounding = rounding_[row].item<double>();
      if (!(way > 0)) continue;
      if (!keeps[row].item<bool>()) {
        best.lost_label = true;
        moves[row] = !best.was_measured;
        continue;
      }
      best.was_measured = true;
      best.is_finite = best.is_finite && std::isfinite(change);
      if (!(change > kAboveRounding * rounding) || !(change / way > best.found.value)) continue;
      best.found.value = change / way;
      best.found.rounding = rounding / way;
      best.found.distance = way;
      best.found.other = near.inputs[row].clone();
      grew[row] = moves[row] = true;
    }
    grew = grew.to(distances_.device());
    moves = moves.to(distances_.device());
    distances_ = at::where(moves, distances, distances_);
    directions_ = at::where(per_row(grew, directions_), directions, directions_);
    return moves;
  }

  struct Best {
    LipschitzFound found;
    bool was_measured = false, lost_label = false, is_finite = true;
  };

  const StabilityOptions& options_;
  const AxiomProblem& problem_;
  PassCount passes_;
  Context context_;
  at::Tensor x_, maps_, classes_, rounding_;
  at::Tensor directions_, distances_;  // of the best so far, before clipping
  std::vector<Best> best_;
};

}  // namespace

std::vector<LipschitzFound> guided_lipschitz(const StabilityOptions& options, const AxiomProblem& problem,
                                             const Network& counterpart) {
  if (!problem.explainer.traits().differentiable) {
    LipschitzFound none;
    none.reason = facts::kNotApplicable;
    return std::vector<LipschitzFound>(static_cast<size_t>(problem.samples.size()), none);
  }
  const at::NoGradGuard no_graph;
  GuidedSearch search(options, problem, counterpart);
  search.follow_gradients();
  search.come_nearer();
  return search.take();
}

double guided_lipschitz_cost(const StabilityOptions& options, const Traits& traits) {
  if (options.guided == 0 || !traits.differentiable) return 0;
  const auto points = static_cast<double>(traits.points), steps = static_cast<double>(options.guided);
  const double measured = 1 + steps + static_cast<double>(steps_nearer(options));
  const double clean = 1 + static_cast<double>(std::min(kStages, options.guided));
  // One run makes a map of one point and its derivative; else the map comes first.
  const double gradient = traits.points == 1 ? 2 : 3 * points;
  // Methods that make no logits on the way have their class looked up besides.
  return clean * points + steps * gradient + measured * (points + 1);
}

}  // namespace faultline
