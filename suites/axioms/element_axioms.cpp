#include "suites/axioms/element_axioms.h"

#include <cmath>

#include "core/random.h"
#include "explainers/legal_bounds.h"
#include "models/variants.h"
#include "suites/axioms/trial_maps.h"

namespace faultline {
namespace {

constexpr int64_t kElements = 8;    // tried for sensitivity
constexpr double kFelt = 1e-6;      // of the change of the output (conventions 9)
constexpr double kNoChange = 1e-9;  // of the output: the change is rounding

/// The network's channels behind a layer that mixes C + 1 of them, and inputs with one channel more.
std::string no_channel_more(const Explainer& explainer) {
  const Traits traits = explainer.traits();
  if (traits.single_channel) return "its maps have one value a pixel";
  if (traits.needs_fitting) return "it is fitted to inputs of this shape";
  return "";
}

at::Tensor identity(const Network& network) { return at::eye(network.graph().input_shape.at(0), at::kDouble); }

/// Maps of the samples with one channel more, whose legal range is the first one's.
at::Tensor maps_with_channel(const AxiomProblem& problem, const Network& network, const at::Tensor& channel) {
  const at::Tensor& inputs = problem.samples.inputs;
  const Samples samples = problem.samples.with_inputs(at::cat({inputs, channel.to(inputs.options())}, 1));
  Context context = problem.context;
  for (auto* bound : {&context.range.low, &context.range.high}) {
    if (bound->size() > 1) bound->push_back(bound->front());
  }
  return maps_on({problem.explainer, network, samples, context}, network, samples);
}

}  // namespace

AxiomFacts Sensitivity::facts() const {
  return {"sensitivity",
          "f(x) != f(x') for x, x' that differ in element i implies R_i(x) != 0",
          "Sundararajan 2017, sensitivity (a)",
          "1",
          0,
          0,
          "felt means |R_i| > 1e-6 |f(x) - f(x')|",
          1,
          2};
}

std::vector<Trial> Sensitivity::try_on(const AxiomProblem& problem) const {
  const Samples& samples = problem.samples;
  const int64_t n = samples.size(), elements = samples.inputs[0].numel();
  const at::Tensor references = problem.explainer.references(samples, problem.context);
  const bool has_reference = references.defined();
  const at::Tensor base = (has_reference ? references[0].to(samples.inputs.options()) : samples.inputs).flatten(1);
  const at::Tensor given = samples.inputs.flatten(1);
  const LegalBounds bounds = legal_bounds(problem.context.range, samples.inputs);
  const at::Tensor lows = bounds.low.expand_as(samples.inputs).reshape({n, elements}),
                   highs = bounds.high.expand_as(samples.inputs).reshape({n, elements});
  const auto as_samples = [&](const at::Tensor& flat) { return samples.with_inputs(flat.reshape_as(samples.inputs)); };
  const at::Tensor f_base = outputs_on(problem, problem.network, as_samples(base));
  at::Tensor most = at::zeros({n}, at::kDouble), changed = base.clone();
  std::vector<int64_t> element(static_cast<size_t>(n), -1);
  std::vector<std::vector<int64_t>> order;
  for (const uint64_t id : samples.ids) {
    order.push_back(RandomStream(problem.context.seed, "axioms/sensitivity", id).order(0, static_cast<size_t>(elements)));
  }
  for (int64_t draw = 0; draw < std::min(kElements, elements); ++draw) {
    at::Tensor candidate = base.clone();
    for (int64_t row = 0; row < n; ++row) {
      const int64_t i = order[static_cast<size_t>(row)][static_cast<size_t>(draw)];
      const double own = given[row][i].item<double>(), low = lows[row][i].item<double>(), high = highs[row][i].item<double>();
      const double far = own - low > high - own ? low : high;
      // A reference that has the sample's value already takes the far end of the range.
      const double value = has_reference && own != base[row][i].item<double>() ? own : far;
      candidate[row][i] = value;
    }
    const at::Tensor change = (outputs_on(problem, problem.network, as_samples(candidate)) - f_base).abs();
    for (int64_t row = 0; row < n; ++row) {
      if (!(change[row].item<double>() > most[row].item<double>())) continue;
      most[row] = change[row];
      changed[row].copy_(candidate[row]);
      element[static_cast<size_t>(row)] = order[static_cast<size_t>(row)][static_cast<size_t>(draw)];
    }
  }
  const at::Tensor maps = maps_on(problem, problem.network, as_samples(has_reference ? changed : base));
  const int64_t values = maps[0].numel();
  std::vector<Trial> out;
  for (int64_t row = 0; row < n; ++row) {
    Trial trial;
    const int64_t i = element[static_cast<size_t>(row)];
    const double change = most[row].item<double>();
    if (i < 0 || !(change > kNoChange * std::abs(f_base[row].item<double>()))) {
      trial.reason = "output-unchanged";
    } else {
      trial.found = std::abs(maps[row].flatten()[i % values].item<double>());
      trial.wanted = kFelt * change;
      trial.gap = trial.found > trial.wanted ? 0 : 1;
      trial.at = place_text(samples.inputs[row], i);
    }
    out.push_back(std::move(trial));
  }
  return out;
}

AxiomFacts Dummy::facts() const {
  return {"dummy",
          "f does not depend on x_i implies R_i(x) = 0",
          "Sundararajan 2017, sensitivity (b)",
          "max |R|",
          1e-4,
          1e-8,
          "exact invariances (conventions 8)"};
}

std::string Dummy::does_not_apply(const Explainer& explainer, const Network&) const { return no_channel_more(explainer); }

std::vector<Trial> Dummy::try_on(const AxiomProblem& problem) const {
  const auto mixing =
      at::cat({identity(problem.network), at::zeros({problem.network.graph().input_shape[0], 1}, at::kDouble)}, 1);
  const Network network = with_input_mixing(problem.network, mixing);
  std::vector<at::Tensor> unread;
  const at::Tensor like = problem.samples.inputs.narrow(1, 0, 1);
  for (int64_t row = 0; row < problem.samples.size(); ++row) {
    const RandomStream stream(problem.context.seed, "axioms/dummy", problem.samples.ids[static_cast<size_t>(row)]);
    const auto u = at::tensor(stream.uniforms(0, static_cast<size_t>(like[row].numel())), at::kDouble).reshape(like[row].sizes());
    unread.push_back(problem.context.range.low[0] + (problem.context.range.high[0] - problem.context.range.low[0]) * u);
  }
  const auto maps = maps_with_channel(problem, network, at::stack(unread));
  const auto there = maps.narrow(1, maps.size(1) - 1, 1);
  std::vector<Trial> out = compared(there, at::zeros_like(there));
  const auto scales = largest_of(maps);
  for (size_t row = 0; row < out.size(); ++row) out[row].scale = scales[static_cast<int64_t>(row)].item<double>();
  return out;
}

AxiomFacts Symmetry::facts() const {
  return {"symmetry",
          "f treats x_i and x_j alike and x_i = x_j implies R_i(x) = R_j(x)",
          "Sundararajan 2017",
          "max |R|",
          1e-4,
          1e-8,
          "exact invariances (conventions 8)"};
}

std::string Symmetry::does_not_apply(const Explainer& explainer, const Network&) const { return no_channel_more(explainer); }

std::vector<Trial> Symmetry::try_on(const AxiomProblem& problem) const {
  at::Tensor mixing = identity(problem.network);
  mixing[0][0] = 0.5;
  mixing = at::cat({mixing, mixing.narrow(1, 0, 1)}, 1);
  const Network network = with_input_mixing(problem.network, mixing);
  const auto maps = maps_with_channel(problem, network, problem.samples.inputs.narrow(1, 0, 1));
  std::vector<Trial> out = compared(maps.narrow(1, maps.size(1) - 1, 1), maps.narrow(1, 0, 1));
  const auto scales = largest_of(maps);
  for (size_t row = 0; row < out.size(); ++row) out[row].scale = scales[static_cast<int64_t>(row)].item<double>();
  return out;
}

}  // namespace faultline
