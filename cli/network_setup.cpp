#include "cli/network_setup.h"

#include <c10/util/Exception.h>

#include <numeric>

#include "cli/inputs.h"
#include "core/error.h"
#include "models/blocks.h"
#include "models/transforms.h"

namespace faultline {
namespace {

Points clean_points(const at::Tensor& inputs) {
  std::vector<int64_t> slots(inputs.size(0));
  std::iota(slots.begin(), slots.end(), 0);
  return {inputs, at::zeros({inputs.size(0)}, at::kLong), slots, at::Tensor()};
}

bool is_probability(const at::Tensor& logits) {
  if (logits.size(1) < 2) return false;
  const auto rows = logits.to(at::kDouble);
  return rows.min().item<double>() >= 0 && (rows.sum(1) - 1).abs().max().item<double>() <= 1e-5;
}

/// Compares two samples alone and together in float64, where rounding cannot be mistaken for dependence.
bool is_batch_dependent(const Network& network, const at::Tensor& inputs) {
  if (inputs.size(0) < 2 || network.graph().frozen_batch != 0) return false;
  const at::NoGradGuard no_graph;
  const Network exact = to(network, at::kDouble);
  const auto two = inputs.narrow(0, 0, 2).to(at::kDouble);
  const auto together = exact.logits(two);
  const auto alone = at::cat({exact.logits(two.narrow(0, 0, 1)), exact.logits(two.narrow(0, 1, 1))});
  return (together - alone).abs().max().item<double>() > 1e-9 * std::max(together.abs().max().item<double>(), 1e-30);
}

}  // namespace

Network prepared_network(const RunSettings& settings, const Model& model, const std::vector<int64_t>& shape) {
  Network network = model.network(shape);
  if (!settings.mean.empty()) {
    const auto channels = static_cast<int64_t>(settings.mean.size());
    if (channels != 1 && channels != shape[0]) {
      throw_input("--mean",
                  "has " + std::to_string(channels) + " numbers for inputs of " + std::to_string(shape[0]) + " channels",
                  "give one number, or one a channel");
    }
    // The file computes another function than this, which is still the one to be explained.
    network = with_normalisation(network, settings.mean, settings.std).with_origin({"", true});
  }
  if (network.dtype() != settings.dtype) network = to(network, settings.dtype);
  if (network.device() != settings.device) network = to(network, settings.device);
  return network;
}

std::pair<std::vector<int64_t>, std::string> shape_for(const Arguments& arguments, const Model& model) {
  if (arguments.has("input-shape")) return {parse_shape(arguments.text("input-shape"), "--input-shape"), "given"};
  if (arguments.has("data")) {
    const auto data = open_inputs(RunSettings{}, arguments.text("data"), false);
    return {first_usable_sample(*data, arguments.text("data")).input.sizes().vec(), "of the data"};
  }
  const auto shape = model.guess_input_shape();
  if (shape.empty())
    throw_input(model.path(), "stores no input shape and none of the usual ones works", "give --input-shape C,H,W");
  return {shape, "guessed"};
}

void try_one_sample(const Network& network, const at::Tensor& sample, const std::string& model) {
  const at::NoGradGuard no_graph;
  try {
    block_logits(network, clean_points(sample.to(network.device(), network.dtype()).unsqueeze(0)));
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    throw_input(model,
                "refuses an input of shape " + print_shape(sample.sizes().vec()) + " (" + text.substr(0, text.find('\n')) + ")",
                "give the shape it was made for with --input-shape");
  }
}

std::vector<std::string> network_notes(const Network& network, const at::Tensor& inputs) {
  auto notes = network.graph().notes;
  const auto few = inputs.narrow(0, 0, std::min<int64_t>(4, inputs.size(0)));
  const at::NoGradGuard no_graph;
  if (is_probability(block_logits(network, clean_points(few)))) {
    notes.push_back("output-is-probability: the rows of the output sum to 1, so maps explain a probability, not a logit");
  }
  if (is_batch_dependent(network, few)) {
    notes.push_back("batch-dependent-model: the output of a sample changes with the samples beside it, so maps mix samples");
  }
  return notes;
}

}  // namespace faultline
