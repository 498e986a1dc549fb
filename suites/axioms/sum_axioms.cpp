#include "suites/axioms/sum_axioms.h"

#include <cmath>

#include "core/random.h"
#include "explainers/legal_bounds.h"
#include "explainers/output_options.h"
#include "explainers/relevance/ledger.h"
#include "models/blocks.h"
#include "suites/axioms/trial_maps.h"

namespace faultline {
namespace {

const char* const kSumScale = "max(|explained|, 0.001 sum |R|)";
constexpr double kOfMagnitude = 1e-3;  // conventions 8
const char* const kWalkScale = "max(|explained|, 0.1 most |relevance| at a node, 0.1 sum |R|)";
/// Rounding of a walk grows with the relevance that is under way. Where a start adds up to nothing (a contrast of classes), or
/// all of it is lost (a black input), a thousandth of the map's would be below float32's last digit.
constexpr double kOfRelevance = 0.1;
const char* const kDifferenceScale = "max(|difference|, 0.01 largest |logit|, 0.01 sum |R|)";
/// Logits that nearly cancel, of two inputs or of two classes, leave their own rounding in the difference.
constexpr double kOfParts = 0.01;
constexpr int kHalvings = 200;  // until the two ends are neighbours
constexpr int64_t kRefinement = 8, kRefinements = 2;
constexpr double kFall = 4;
constexpr int64_t kNumbers = 4;
constexpr int64_t kOtherInputs = 8;

std::vector<Trial> sums_compared(const at::Tensor& found, const at::Tensor& wanted, const at::Tensor& scales) {
  std::vector<Trial> out;
  for (int64_t row = 0; row < found.size(0); ++row) {
    Trial trial;
    trial.found = found[row].item<double>();
    trial.wanted = wanted[row].item<double>();
    trial.gap = std::abs(trial.found - trial.wanted);
    trial.scale = scales[row].item<double>();
    // A map of zeros and an output of zero: nothing to share out, and nothing shared out.
    if (trial.scale == 0) trial.scale = 1;
    out.push_back(std::move(trial));
  }
  return out;
}

at::Tensor sums_of(const at::Tensor& maps) { return maps.flatten(1).sum(1); }
at::Tensor magnitudes_of(const at::Tensor& maps) { return maps.abs().flatten(1).sum(1); }
/// The scale of conventions 8.
at::Tensor scales_of(const at::Tensor& maps, const at::Tensor& explained) {
  return at::maximum(explained.abs(), kOfMagnitude * magnitudes_of(maps));
}

/// What a method with a ledger explained, found and lost; its start need not be the output (deep Taylor takes max(f, 0)).
struct Booked {
  at::Tensor maps, explained, leaks, most;  ///< most: the largest sum of magnitudes that arrived at a node
};

Booked booked_by(const AxiomProblem& problem) {
  Context context = problem.context;
  context.figures = false;
  context.ledger = true;
  const auto explanation = problem.explainer.explain(problem.network, problem.samples, context);
  const auto on_cpu = [](const at::Tensor& values) { return values.to(at::kCPU, at::kDouble); };
  const Ledger& ledger = *explanation.ledger;
  at::Tensor most = at::zeros_like(ledger.explained);
  for (int node = 0; node < ledger.nodes(); ++node) most = at::maximum(most, ledger.of(node, LedgerColumn::magnitude));
  return {on_cpu(explanation.maps), on_cpu(ledger.explained), on_cpu(ledger.leaks()), on_cpu(most)};
}

std::vector<Trial> sums_against_references(const AxiomProblem& problem) {
  const Samples& samples = problem.samples;
  const auto maps = maps_on(problem, problem.network, samples);
  const auto references = problem.explainer.references(samples, problem.context);
  at::Tensor at_references = at::zeros({samples.size()}, at::kDouble);
  for (int64_t i = 0; i < references.size(0); ++i) {
    at_references += outputs_on(problem, problem.network, samples.with_inputs(references[i].to(samples.inputs.options())));
  }
  const auto logits = block_logits(problem.network, points_of(samples), problem.context.passes).to(at::kCPU, at::kDouble);
  const auto difference = outputs_on(problem, problem.network, samples) - at_references / static_cast<double>(references.size(0));
  const auto parts = at::maximum(logits.abs().amax(1), magnitudes_of(maps));
  return sums_compared(sums_of(maps), difference, at::maximum(difference.abs(), kOfParts * parts));
}

/// Means of the gap with as many path points as the method takes and with a few more, for the rows that failed. The gradient of a
/// ReLU network jumps along the path: what a sum is off by changes with every point, and is next to nothing at times.
std::vector<double> usual_gaps(const AxiomProblem& problem, const std::vector<Trial>& trials,
                               const std::vector<int64_t>& failed) {
  std::vector<double> out(trials.size());
  for (const int64_t row : failed) out[static_cast<size_t>(row)] = trials[static_cast<size_t>(row)].gap;
  const Samples samples = problem.samples.select(failed);
  double count = 1;
  for (int64_t more = 1; more < kNumbers; ++more) {
    const auto other = problem.explainer.with_points(problem.explainer.traits().points + more);
    if (!other) break;
    const auto others = sums_against_references({*other, problem.network, samples, problem.context});
    for (size_t i = 0; i < failed.size(); ++i) out[static_cast<size_t>(failed[i])] += others[i].gap;
    ++count;
  }
  for (double& gap : out) gap /= count;
  return out;
}

/// Where sum R - f + mean f(references) grows in magnitude. References count as fixed.
at::Tensor sum_uphill(const AxiomProblem& smooth, const at::Tensor& gaps) {
  if (!smooth.explainer.traits().differentiable) return {};
  const Samples& samples = smooth.samples;
  Context context = smooth.context;
  context.figures = false;
  const auto maps = smooth.explainer.differentiated_maps(smooth.network, samples, context);
  const auto of_sum = smooth.explainer.pull_back(smooth.network, samples, at::ones_like(maps), {}, context);
  const auto of_output = input_gradient(smooth.network, points_of(samples), smooth.explainer.output(), context.passes);
  std::vector<int64_t> a_row(static_cast<size_t>(of_sum.dim()), 1);
  a_row[0] = samples.size();
  return (of_sum - of_output) * gaps.to(of_sum.options()).sign().reshape(a_row);
}

at::Tensor signed_gaps(const std::vector<Trial>& trials) {
  std::vector<double> gaps;
  for (const auto& trial : trials) gaps.push_back(trial.found - trial.wanted);
  return at::tensor(gaps, at::kDouble);
}

}  // namespace

AxiomFacts Conservativity::facts() const {
  return {"conservativity",
          "sum R(x) = f(x)",
          "Bach 2015; Montavon 2017",
          kSumScale,
          1e-4,
          1e-9,
          "rounding grows with the sum of magnitudes",
          1,
          1,
          false,
          true};
}

std::vector<Trial> Conservativity::try_on(const AxiomProblem& problem) const {
  if (problem.explainer.traits().keeps_ledger) {
    const Booked booked = booked_by(problem);
    return sums_compared(sums_of(booked.maps), booked.explained, scales_of(booked.maps, booked.explained));
  }
  const auto maps = maps_on(problem, problem.network, problem.samples);
  const auto outputs = outputs_on(problem, problem.network, problem.samples);
  return sums_compared(sums_of(maps), outputs, scales_of(maps, outputs));
}

at::Tensor Conservativity::uphill(const AxiomProblem& smooth) const {
  const auto maps = maps_on(smooth, smooth.network, smooth.samples);
  return sum_uphill(smooth, sums_of(maps) - outputs_on(smooth, smooth.network, smooth.samples));
}

AxiomFacts LedgerConservativity::facts() const {
  return {"conservativity-with-ledger",
          "sum R(x) + what the ledger says was lost = what was explained",
          "Montavon 2019, 10.2.1; conventions 8",
          kWalkScale,
          1e-5,
          1e-12,
          "every leak is booked from its own formula, so rounding alone is left",
          1,
          1,
          false,
          true};
}

std::string LedgerConservativity::does_not_apply(const Explainer& explainer, const Network&) const {
  return explainer.traits().keeps_ledger ? "" : "it keeps no ledger";
}

std::vector<Trial> LedgerConservativity::try_on(const AxiomProblem& problem) const {
  const Booked booked = booked_by(problem);
  const at::Tensor most = at::maximum(booked.most, magnitudes_of(booked.maps));
  return sums_compared(sums_of(booked.maps) + booked.leaks, booked.explained,
                       at::maximum(booked.explained.abs(), kOfRelevance * most));
}

AxiomFacts Positivity::facts() const {
  return {
      "positivity", "R_i(x) >= 0", "Montavon 2017", "max |R|", 1e-6, 1e-12, "what a sum of rounded shares may fall below zero"};
}

std::vector<Trial> Positivity::try_on(const AxiomProblem& problem) const {
  const auto maps = maps_on(problem, problem.network, problem.samples);
  std::vector<Trial> out = compared(at::minimum(maps, at::zeros_like(maps)), at::zeros_like(maps));
  const auto scales = largest_of(maps);
  const auto lowest = maps.flatten(1).amin(1);
  for (size_t row = 0; row < out.size(); ++row) {
    const auto i = static_cast<int64_t>(row);
    out[row].scale = scales[i].item<double>();
    out[row].slack = std::max(0.0, lowest[i].item<double>());
  }
  return out;
}

at::Tensor Positivity::uphill(const AxiomProblem& smooth) const {
  if (!smooth.explainer.traits().differentiable) return {};
  Context context = smooth.context;
  context.figures = false;
  const auto maps = smooth.explainer.differentiated_maps(smooth.network, smooth.samples, context);
  const auto lowest = maps.flatten(1).argmin(1, true);
  const auto cotangent = at::zeros_like(maps).flatten(1).scatter(1, lowest, -1).reshape_as(maps);
  return smooth.explainer.pull_back(smooth.network, smooth.samples, cotangent, {}, context);
}

AxiomFacts Consistency::facts() const {
  return {"consistency",
          "f(x) = 0 implies R(x) = 0",
          "Montavon 2017",
          "max |R| at the two inputs between which f is 0",
          1e-4,
          1e-9,
          "the zero of the output is found to rounding"};
}

std::vector<Trial> Consistency::try_on(const AxiomProblem& problem) const {
  const Samples& samples = problem.samples;
  const auto f = [&](const at::Tensor& inputs) { return outputs_on(problem, problem.network, samples.with_inputs(inputs)); };
  const auto here = f(samples.inputs);
  const LegalBounds bounds = legal_bounds(problem.context.range, samples.inputs);
  // The first of a few random inputs, and of black and white, whose output has the other sign.
  auto other = samples.inputs.clone();
  auto is_found = here.eq(0);
  for (int64_t draw = 0; draw < kOtherInputs; ++draw) {
    std::vector<at::Tensor> rows;
    for (int64_t row = 0; row < samples.size(); ++row) {
      if (draw < 2) {
        rows.push_back(at::full(samples.inputs[row].sizes(), draw, at::kDouble));
        continue;
      }
      const RandomStream stream(problem.context.seed, "axioms/consistency", samples.ids[static_cast<size_t>(row)]);
      const auto u = stream.uniforms(static_cast<uint32_t>(draw), static_cast<size_t>(samples.inputs[row].numel()));
      rows.push_back(at::tensor(u, at::kDouble).reshape(samples.inputs[row].sizes()));
    }
    const auto candidates = bounds.low + (bounds.high - bounds.low) * at::stack(rows).to(samples.inputs.options());
    const auto crosses = (f(candidates) * here).lt(0).logical_and(is_found.logical_not());
    for (int64_t row = 0; row < samples.size(); ++row) {
      if (crosses[row].item<bool>()) other[row].copy_(candidates[row]);
    }
    is_found = is_found.logical_or(crosses);
  }
  // x = here + t (other - here); f keeps the sample's sign at `low`, has lost it at `high`.
  auto low = at::zeros({samples.size()}, at::kDouble), high = at::ones({samples.size()}, at::kDouble);
  const auto between = [&](const at::Tensor& t) {
    std::vector<int64_t> shape(static_cast<size_t>(samples.inputs.dim()), 1);
    shape[0] = samples.size();
    const auto x = samples.inputs.to(at::kCPU, at::kDouble), y = other.to(at::kCPU, at::kDouble);
    return (x + t.reshape(shape) * (y - x)).to(samples.inputs.options());
  };
  for (int step = 0; step < kHalvings; ++step) {
    const auto middle = (low + high) / 2;
    const auto stays = (f(between(middle)) * here).gt(0);
    const auto next_low = at::where(stays, middle, low), next_high = at::where(stays, high, middle);
    if (next_low.equal(low) && next_high.equal(high)) break;
    low = next_low;
    high = next_high;
  }
  const auto at_zero = between(high);
  const auto outputs = f(at_zero);
  const auto maps = maps_on(problem, problem.network, samples.with_inputs(at_zero));
  std::vector<Trial> out = compared(maps, at::zeros_like(maps));
  // A method that explains the positive part alone has an all-zero map at one of the two ends.
  const auto scales = at::maximum(largest_of(maps_on(problem, problem.network, samples)),
                                  largest_of(maps_on(problem, problem.network, samples.with_inputs(other))));
  for (size_t i = 0; i < out.size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    if (!is_found[row].item<bool>()) out[i] = Trial{"no-zero-found", 0, 0, 0, 1, ""};
    out[i].scale = scales[row].item<double>();
    if (out[i].reason.empty()) out[i].at += ", where f = " + std::to_string(outputs[row].item<double>());
  }
  return out;
}

AxiomFacts Completeness::facts() const {
  return {"completeness",
          "sum R(x) = f(x) - mean of f over the reference inputs",
          "Sundararajan 2017",
          kDifferenceScale,
          1e-4,
          1e-9,
          "rounding grows with the sum of magnitudes; a method's claim may allow for its quadrature"};
}

std::string Completeness::does_not_apply(const Explainer& explainer, const Network& network) const {
  Samples one = samples_of_array(at::zeros(network.graph().input_shape, at::kDouble).unsqueeze(0));
  one.targets = at::zeros({1}, at::kLong);
  return explainer.references(one, Context{}).defined() ? "" : "it compares with no reference input";
}

std::vector<Trial> Completeness::try_on(const AxiomProblem& problem) const {
  std::vector<Trial> out = sums_against_references(problem);
  const auto claims = problem.explainer.claims(problem.network);
  const double tolerance = tolerance_of(facts(), claim_of(claims, facts().name), problem.network.dtype());
  std::vector<int64_t> failed;
  for (size_t row = 0; row < out.size(); ++row) {
    if (!(out[row].violation() <= tolerance)) failed.push_back(static_cast<int64_t>(row));
  }
  if (failed.empty()) return out;
  // A sum over path points leaves an error that falls with their number; a broken promise stays.
  const std::vector<double> usual = usual_gaps(problem, out, failed);
  int64_t points = problem.explainer.traits().points;
  for (int round = 0; round < kRefinements && !failed.empty(); ++round) {
    points *= kRefinement;
    const auto finer = problem.explainer.with_points(points);
    if (!finer) break;
    const Samples samples = problem.samples.select(failed);
    const auto trials = sums_against_references({*finer, problem.network, samples, problem.context});
    std::vector<int64_t> still;
    for (size_t i = 0; i < failed.size(); ++i) {
      Trial& trial = out[static_cast<size_t>(failed[i])];
      trial.vanishes = trials[i].violation() <= tolerance || trials[i].gap <= usual[static_cast<size_t>(failed[i])] / kFall;
      if (!trial.vanishes) still.push_back(failed[i]);
    }
    failed = still;
  }
  return out;
}

at::Tensor Completeness::uphill(const AxiomProblem& smooth) const {
  return sum_uphill(smooth, signed_gaps(sums_against_references(smooth)));
}

}  // namespace faultline
