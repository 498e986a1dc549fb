#include "suites/axioms/kinks.h"

#include <limits>

#include "core/random.h"
#include "explainers/legal_bounds.h"
#include "explainers/output_options.h"
#include "models/blocks.h"

namespace faultline {
namespace {

bool is_double(const Network& network) { return network.dtype() == at::kDouble; }

/// Per sample: signs that point into the range, and random lengths in [0,1).
at::Tensor inward(const Network& network, const Samples& samples, const Context& context) {
  const LegalBounds bounds = legal_bounds(context.range, samples.inputs);
  const at::Tensor centre = (bounds.low + bounds.high) / 2;
  std::vector<at::Tensor> rows;
  for (const uint64_t id : samples.ids) {
    const auto u = RandomStream(context.seed, "axioms/off-kink", id).uniforms(0, static_cast<size_t>(samples.inputs[0].numel()));
    rows.push_back(at::tensor(u, at::kDouble).reshape(samples.inputs[0].sizes()));
  }
  const at::Tensor lengths = at::stack(rows).to(samples.inputs.options());
  return at::where(samples.inputs > centre, -lengths, lengths) * context.range.width();
}

/// Whether an activation's kink is nearer than rounding can tell: also where it stays there for every input nearby, as behind
/// units that are all dead, and the gradient does not show it.
bool is_on_kink(const Network& network, const at::Tensor& input, double eps) {
  const at::NoGradGuard no_graph;
  const Tape tape = network.run_with_tape(input);
  for (const Node& node : network.graph().nodes) {
    if (node.op != Op::relu && node.op != Op::leaky_relu && node.op != Op::prelu && node.op != Op::abs) continue;
    const at::Tensor z = tape.values[static_cast<size_t>(node.inputs[0])].abs();
    if ((z <= 10 * eps * z.max()).any().item<bool>()) return true;
  }
  return false;
}

std::vector<bool> at_kinks(const Network& network, const Samples& samples, const at::Tensor& directions, const Context& context) {
  const double eps =
      is_double(network) ? std::numeric_limits<double>::epsilon() : static_cast<double>(std::numeric_limits<float>::epsilon());
  const double step = 50 * eps, nearly = is_double(network) ? 1e-9 : 1e-3;
  const auto gradient = [&](const at::Tensor& inputs) {
    return input_gradient(network, points_of(samples.with_inputs(inputs)), Output::logit, context.passes)
        .to(at::kCPU, at::kDouble)
        .flatten(1);
  };
  const at::Tensor here = gradient(samples.inputs), there = gradient(samples.inputs + step * directions);
  const at::Tensor change = (here - there).abs().amax(1), scale = at::maximum(here.abs().amax(1), there.abs().amax(1));
  std::vector<bool> out;
  for (int64_t row = 0; row < samples.size(); ++row) {
    out.push_back(!(change[row].item<double>() <= nearly * scale[row].item<double>()) ||
                  is_on_kink(network, samples.inputs.narrow(0, row, 1), eps));
  }
  return out;
}

}  // namespace

OffKinks off_kinks(const Network& network, const Samples& samples, const Context& context) {
  const at::Tensor directions = inward(network, samples, context);
  OffKinks out{samples, at_kinks(network, samples, directions, context), {}};
  const double reach = is_double(network) ? 1e-6 : 1e-3;
  at::Tensor inputs = samples.inputs.clone();
  for (int64_t row = 0; row < samples.size(); ++row) {
    if (out.moved[static_cast<size_t>(row)]) inputs[row].add_(reach * directions[row]);
  }
  out.samples = samples.with_inputs(inputs);
  out.is_at_kink = at_kinks(network, out.samples, directions, context);
  return out;
}

}  // namespace faultline
