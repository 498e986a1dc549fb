#include "suites/axioms/function_axioms.h"

#include <cmath>
#include <limits>

#include "core/random.h"
#include "explainers/output_options.h"
#include "models/shifted.h"
#include "models/variants.h"
#include "suites/axioms/kinks.h"
#include "suites/axioms/trial_maps.h"

namespace faultline {
namespace {

const char* const kAtKink = "at-kink";
const char* const kInvariance = "exact invariances (conventions 8)";

std::string not_a_logit(const Explainer& explainer) {
  return explainer.output() == Output::logit ? "" : "it explains no logit, but a function of several";
}

double premise_tolerance(at::ScalarType dtype) { return dtype == at::kDouble ? 1e-12 : 1e-5; }

/// [N]: largest difference of logits, on the scale of the largest logit.
at::Tensor difference_of(const at::Tensor& found, const at::Tensor& wanted) {
  const auto a = found.to(at::kCPU, at::kDouble), b = wanted.to(at::kCPU, at::kDouble);
  return (a - b).abs().amax(1) / b.abs().amax(1).clamp_min(std::numeric_limits<double>::min());
}

at::Tensor logits_of(const AxiomProblem& problem, const Network& network, const Samples& samples) {
  return block_logits(network, points_of(samples), problem.context.passes);
}

at::Tensor cyclic(int64_t classes) { return at::eye(classes, at::kDouble).roll(-1, 0); }

}  // namespace

AxiomFacts Linearity::facts() const {
  return {"linearity", "R[a f + b g] = a R[f] + b R[g]", "Sundararajan 2017", "max |R|", 1e-4, 1e-8, kInvariance, 1, 3};
}

std::string Linearity::does_not_apply(const Explainer& explainer, const Network& network) const {
  if (network.classes() < 2) return "the network has one output";
  return not_a_logit(explainer);
}

std::vector<Trial> Linearity::try_on(const AxiomProblem& problem) const {
  const int64_t classes = problem.network.classes();
  const auto u = RandomStream(problem.context.seed, "axioms/linearity", 0).uniforms(0, 2);
  const double a = 4 * u[0] - 2, b = 4 * u[1] - 2;
  // Output t of the three networks: f_t, f_{t+1} and a f_t + b f_{t+1}.
  const auto first = at::eye(classes, at::kDouble), second = cyclic(classes);
  const auto maps = [&](const at::Tensor& mixing) {
    return maps_on(problem, with_output_mixing(problem.network, mixing), problem.samples);
  };
  const auto found = maps(a * first + b * second), of_f = maps(first), of_g = maps(second);
  std::vector<Trial> out = compared(found, a * of_f + b * of_g);
  const auto scales = at::maximum(largest_of(of_f), largest_of(of_g));
  for (size_t row = 0; row < out.size(); ++row) out[row].scale = scales[static_cast<int64_t>(row)].item<double>();
  return out;
}

AxiomFacts ImplementationInvariance::facts() const {
  return {"implementation-invariance",
          "f = g implies R[f] = R[g]",
          "Sundararajan 2017",
          "max |R|",
          1e-4,
          1e-8,
          kInvariance,
          1,
          7,
          true};
}

std::vector<Trial> ImplementationInvariance::try_on(const AxiomProblem& problem) const {
  const OffKinks places = off_kinks(problem.network, problem.samples, problem.context);
  const Samples& samples = places.samples;
  const auto maps = maps_on(problem, problem.network, samples);
  const auto logits = logits_of(problem, problem.network, samples);
  std::vector<Trial> worst(static_cast<size_t>(samples.size()));
  for (size_t row = 0; row < worst.size(); ++row) worst[row].reason = places.is_at_kink[row] ? kAtKink : "no-variant";
  for (const auto& variant : variants_of(problem.network)) {
    const auto differs = difference_of(logits_of(problem, variant.network, samples), logits);
    const auto trials = compared(maps_on(problem, variant.network, samples), maps);
    for (size_t row = 0; row < worst.size(); ++row) {
      if (places.is_at_kink[row]) continue;
      if (!(differs[static_cast<int64_t>(row)].item<double>() <= premise_tolerance(problem.network.dtype()))) continue;
      if (worst[row].reason.empty() && !(trials[row].violation() > worst[row].violation())) continue;
      worst[row] = trials[row];
      worst[row].at += "; " + variant.name;
    }
  }
  return worst;
}

AxiomFacts ShiftInvariance::facts() const {
  return {"shift-invariance",
          "f2(x + m) = f1(x) for all x implies R2(x + m) = R1(x)",
          "Kindermans 2017",
          "max |R|",
          1e-4,
          1e-8,
          kInvariance,
          1,
          3,
          true};
}

std::string ShiftInvariance::does_not_apply(const Explainer&, const Network& network) const {
  return cannot_shift(network, Compensation::first_linear);
}

std::vector<Trial> ShiftInvariance::try_on(const AxiomProblem& problem) const {
  const OffKinks places = off_kinks(problem.network, problem.samples, problem.context);
  const Samples& samples = places.samples;
  const std::vector<int64_t>& shape = problem.network.graph().input_shape;
  const auto u = RandomStream(problem.context.seed, "axioms/shift", 0).uniforms(0, static_cast<size_t>(shape.at(0)));
  std::vector<int64_t> of_channels(shape.size() + 1, 1);
  of_channels[1] = shape[0];
  const auto m = ((at::tensor(u, at::kDouble) * 2 - 1) * problem.context.range.width()).reshape(of_channels);
  const Network network = shifted(problem.network, m, Compensation::first_linear);
  const Samples moved = samples.with_inputs(samples.inputs + m.to(samples.inputs.options()));
  const auto differs = difference_of(logits_of(problem, network, moved), logits_of(problem, problem.network, samples));
  std::vector<Trial> out = compared(maps_on(problem, network, moved), maps_on(problem, problem.network, samples));
  for (size_t i = 0; i < out.size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    const bool is_one_function = differs[row].item<double>() <= premise_tolerance(problem.network.dtype());
    const char* const why_not = places.is_at_kink[i] ? kAtKink : is_one_function ? "" : "premise-failed";
    if (*why_not) {
      out[i] = {};
      out[i].reason = why_not;
    }
  }
  return out;
}

AxiomFacts Scaling::facts() const {
  return {"scale", "R[c f] = c R[f] for c > 0", "conventions 9", "max |R|", 1e-4, 1e-8, kInvariance, 1, 4};
}

std::string Scaling::does_not_apply(const Explainer& explainer, const Network&) const { return not_a_logit(explainer); }

std::vector<Trial> Scaling::try_on(const AxiomProblem& problem) const {
  const auto identity = at::eye(problem.network.classes(), at::kDouble);
  const auto maps = [&](double c) {
    return maps_on(problem, with_output_mixing(problem.network, c * identity), problem.samples);
  };
  const auto of_f = maps(1);
  std::vector<Trial> worst;
  for (const double c : {0.5, 2.0, 10.0}) {
    std::vector<Trial> trials = compared(maps(c), c * of_f);
    for (size_t row = 0; row < trials.size(); ++row) {
      trials[row].at += "; c = " + std::to_string(c);
      if (row >= worst.size()) {
        worst.push_back(trials[row]);
      } else if (trials[row].violation() > worst[row].violation()) {
        worst[row] = trials[row];
      }
    }
  }
  return worst;
}

}  // namespace faultline
