#include "models/training.h"

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/interruption.h"
#include "core/random.h"
#include "models/blocks.h"
#include "models/fresh_parameters.h"

namespace faultline {

namespace {

/// Every floating point parameter by itself, so that steps in place leave the network that was given alone.
std::vector<at::Tensor> own_parameters(const Network& network) {
  std::vector<at::Tensor> own;
  const auto uses = parameter_uses(network);
  for (size_t i = 0; i < uses.size(); ++i) {
    // In the order that training has, which a network's weights need not have (network.cpp).
    own.push_back(network.parameters()[i].detach().clone(at::MemoryFormat::Contiguous));
    if (is_learned(uses[i].role)) own.back().requires_grad_();
  }
  return own;
}

std::vector<at::Tensor> those_that_learn(const std::vector<at::Tensor>& parameters) {
  std::vector<at::Tensor> learned;
  for (const auto& parameter : parameters) {
    if (parameter.requires_grad()) learned.push_back(parameter);
  }
  return learned;
}

bool has_batch_norm(const LayerGraph& graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) { return node.op == Op::batch_norm; });
}

void check(const Network& network, const at::Tensor& inputs, const at::Tensor& labels, const char* subject) {
  if (inputs.size(0) < 1 || labels.dim() != 1 || labels.size(0) != inputs.size(0)) {
    throw_usage(subject, "needs at least one input and one label for each",
                std::to_string(inputs.size(0)) + " inputs and " + std::to_string(labels.numel()) + " labels were given");
  }
  const int64_t low = labels.min().item<int64_t>(), high = labels.max().item<int64_t>();
  if (low < 0 || high >= network.classes()) {
    throw_usage(subject, "label " + std::to_string(low < 0 ? low : high) + " is not a class",
                "classes are 0.." + std::to_string(network.classes() - 1));
  }
}

}  // namespace

Training::Training(const Network& start, const at::Tensor& inputs, const at::Tensor& labels, const TrainingOptions& options)
    : parameters_(own_parameters(start)),
      learned_(those_that_learn(parameters_)),
      options_(options),
      adam_(learned_, options.adam) {
  check(start, inputs, labels, "training");
  if (options.batch < 1 || options.epochs < 0) throw_usage("training", "a batch below 1 or epochs below 0", "at least 1 and 0");
  if (start.graph().frozen_batch > 0) {
    throw_usage("training", "the network's file fixes its batch size at " + std::to_string(start.graph().frozen_batch),
                "a network with a free batch size");
  }
  trained_ = Network(start.shared_graph(), parameters_, start.dtype(), start.device());
  options_.batch_statistics = options.batch_statistics && has_batch_norm(start.graph());
  inputs_ = inputs.detach().to(start.device(), start.dtype());
  labels_ = labels.to(start.device(), at::kLong);
}

std::vector<int64_t> Training::batch_ends() const {
  const int64_t samples = inputs_.size(0);
  std::vector<int64_t> ends;
  for (int64_t end = options_.batch; end < samples; end += options_.batch) ends.push_back(end);
  // A single sample may be one value a channel, which has no variance.
  if (options_.batch_statistics && !ends.empty() && samples - ends.back() == 1) ends.pop_back();
  ends.push_back(samples);
  return ends;
}

double Training::run_epoch() {
  const OneThread one_thread;
  const at::AutoGradMode with_graph(true);
  const int64_t samples = inputs_.size(0);
  const auto order =
      RandomStream(options_.seed, "train/order/" + std::to_string(epochs_), 0).order(0, static_cast<size_t>(samples));
  const at::Tensor rows = at::tensor(order, at::TensorOptions().dtype(at::kLong)).to(inputs_.device());
  double loss_sum = 0;
  int64_t start = 0;
  for (const int64_t end : batch_ends()) {
    interruption_point();
    const at::Tensor chosen = rows.slice(0, start, end);
    const at::Tensor x = inputs_.index_select(0, chosen);
    const at::Tensor logits = options_.batch_statistics ? training_logits(trained_, x) : trained_.logits(x);
    const at::Tensor loss = -at::log_softmax(logits, 1).gather(1, labels_.index_select(0, chosen).unsqueeze(1)).mean();
    const double value = loss.item<double>();
    if (!std::isfinite(value)) {
      throw_input("training", "the loss is not finite in epoch " + std::to_string(epochs_), "a smaller learning rate may help");
    }
    loss_sum += value * static_cast<double>(end - start);
    adam_.step(torch::autograd::grad({loss}, learned_, {}, false, false, /*allow_unused=*/true));
    start = end;
  }
  ++epochs_;
  return loss_sum / static_cast<double>(samples);
}

Network Training::network() const {
  std::vector<at::Tensor> copies;
  for (const auto& parameter : parameters_) copies.push_back(parameter.detach().clone());
  return Network(trained_.shared_graph(), std::move(copies), trained_.dtype(), trained_.device());
}

double Training::accuracy() const {
  const OneThread one_thread;
  return faultline::accuracy(network(), inputs_, labels_);
}

TrainingState Training::state() const { return {epochs_, network().parameters(), adam_.memory()}; }

void Training::restore(const TrainingState& state) {
  const at::AutoGradMode no_graph(false);
  if (state.parameters.size() != parameters_.size()) throw std::logic_error("the state of another network");
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (state.parameters[i].sizes() != parameters_[i].sizes()) throw std::logic_error("the state of another network");
    parameters_[i].copy_(state.parameters[i]);
  }
  adam_.remember(state.adam);
  epochs_ = state.epochs;
}

TrainingResult train(const Network& network, const at::Tensor& inputs, const at::Tensor& labels, const TrainingOptions& options) {
  Training training(network, inputs, labels, options);
  TrainingResult result;
  for (int64_t epoch = 0; epoch < options.epochs; ++epoch) result.losses.push_back(training.run_epoch());
  result.network = training.network();
  result.training_accuracy = training.accuracy();
  return result;
}

double accuracy(const Network& network, const at::Tensor& inputs, const at::Tensor& labels) {
  check(network, inputs, labels, "accuracy");
  Points points;
  points.inputs = inputs;
  points.slots.resize(static_cast<size_t>(inputs.size(0)));
  std::iota(points.slots.begin(), points.slots.end(), 0);
  const at::Tensor predicted = block_logits(network, points).argmax(1);
  return predicted.eq(labels.to(predicted.device())).to(at::kDouble).mean().item<double>();
}

}  // namespace faultline
