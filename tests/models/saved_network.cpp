#include "saved_network.h"

#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <functional>

#include "models/model.h"
#include "models/torchscript_export.h"
#include "models/transforms.h"
#include "support/shared.h"

namespace faultline::testing {

namespace {

using Function = std::function<at::Tensor(const at::Tensor&)>;

/// The file's function on rows of as many as the network takes.
at::Tensor in_blocks(const Network& network, const Function& function, const at::Tensor& x) {
  const int64_t frozen = network.graph().frozen_batch;
  if (frozen == 0) return function(x);
  std::vector<at::Tensor> rows;
  for (int64_t start = 0; start + frozen <= x.size(0); start += frozen) rows.push_back(function(x.narrow(0, start, frozen)));
  return at::cat(rows);
}

/// A fixed combination of all logits, by the input.
at::Tensor gradient(const Network& network, const Function& function, const at::Tensor& rows) {
  const at::Tensor x = rows.detach().clone().requires_grad_();
  const at::Tensor y = in_blocks(network, function, x);
  return torch::autograd::grad({(y * at::sin(at::arange(y.numel(), y.options()) + 1).reshape(y.sizes())).sum()}, {x})[0];
}

double gap(const at::Tensor& found, const at::Tensor& wanted) {
  if (found.sizes() != wanted.sizes() || found.scalar_type() != wanted.scalar_type()) return INFINITY;
  if (wanted.numel() == 0) return 0;
  const double difference = (found - wanted).abs().max().item<double>();
  const double largest = wanted.abs().max().item<double>();
  // NaN must not pass for a small number; where everything is 0 so must be what was found.
  return difference == 0 ? 0 : std::isfinite(difference) && largest > 0 ? difference / largest : INFINITY;
}

struct Limits {
  double logits, gradient;
};

std::string compare(const Network& network, const Function& function, const at::Tensor& x, const Limits& limits,
                    const std::string& what) {
  std::vector<at::Tensor> batches{x};
  if (network.graph().frozen_batch == 0) batches.push_back(x.narrow(0, 0, 1));
  const Function own = [&](const at::Tensor& rows) { return network.logits(rows); };
  for (const at::Tensor& rows : batches) {
    const at::NoGradGuard no_graph;
    const double found = gap(in_blocks(network, function, rows), in_blocks(network, own, rows));
    if (!(found <= limits.logits))
      return what + ": logits of " + std::to_string(rows.size(0)) + " rows differ by " + std::to_string(found * 1e12) + "e-12";
  }
  const double found = gap(gradient(network, function, x), gradient(network, own, x));
  if (!(found <= limits.gradient)) return what + ": the gradient differs by " + std::to_string(found * 1e12) + "e-12";
  return "";
}

}  // namespace

Network read_back(const Network& network) {
  const TemporaryFolder folder;
  save_torchscript(network, folder.file("net.pt"));
  return to(Model::load(folder.file("net.pt")).network(network.graph().input_shape), network.dtype());
}

std::string fault_of_saved(const Network& network, const at::Tensor& rows, double libtorch_gradient) {
  const TemporaryFolder folder;
  const at::Tensor x = rows.to(network.dtype());
  // Sums in another order: a float64 carries 16 digits and a float32 seven, of which the largest number of a result keeps all.
  const bool is_wide = network.dtype() == at::kDouble;
  const Limits limits{is_wide ? 1e-12 : 1e-6, is_wide ? 1e-11 : 1e-5};
  save_torchscript(network, folder.file("first.pt"));
  const Model model = Model::load(folder.file("first.pt"));
  const Network first = to(model.network(network.graph().input_shape), network.dtype());
  if (first.graph().frozen_batch != network.graph().frozen_batch) return "read back: another batch is frozen";
  std::string fault = compare(
      network, [&](const at::Tensor& in) { return first.logits(in); }, x, limits, "read back");
  if (!fault.empty()) return fault;
  fault = compare(
      network, [&](const at::Tensor& in) { return model.run_original(in); }, x,
      {limits.logits, std::max(limits.gradient, libtorch_gradient)}, "run by LibTorch");
  if (!fault.empty()) return fault;
  save_torchscript(first, folder.file("second.pt"));
  const Network second = to(Model::load(folder.file("second.pt")).network(network.graph().input_shape), network.dtype());
  if (digest(second.graph(), second.parameters()) != digest(first.graph(), first.parameters()))
    return "saved a second time: another digest";
  for (size_t i = 0; i < first.graph().nodes.size(); ++i) {
    const Node &node = first.graph().nodes[i], &again = second.graph().nodes[i];
    if (node.parameter < 0 && node.name != again.name) return "saved a second time: " + node.name + " is called " + again.name;
    if (node.op != again.op) return "saved a second time: " + node.name + " is another operation";
  }
  return "";
}

std::string fault_of_saved_in_both(const Network& network, const at::Tensor& x, double libtorch_gradient) {
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    const std::string fault = fault_of_saved(to(network, dtype), x, libtorch_gradient);
    if (!fault.empty()) return std::string(c10::toString(dtype)) + ", " + fault;
  }
  return "";
}

}  // namespace faultline::testing
