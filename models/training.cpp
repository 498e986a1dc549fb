#include "models/training.h"

#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/interruption.h"
#include "core/random.h"
#include "models/blocks.h"

namespace faultline {

namespace {

/// Places of the parameters that gradient steps change: trained, floating point, and not the running statistics of a batch norm.
std::vector<size_t> learned_places(const Network& network) {
  const LayerGraph& graph = network.graph();
  std::vector<bool> learned = graph.is_trained;
  for (const Node& node : graph.nodes) {
    if (node.op != Op::batch_norm) continue;
    for (const size_t statistic : {3, 4}) {
      const Node& source = graph.nodes[static_cast<size_t>(node.inputs[statistic])];
      if (source.parameter >= 0) learned[static_cast<size_t>(source.parameter)] = false;
    }
  }
  std::vector<size_t> places;
  for (size_t i = 0; i < learned.size(); ++i) {
    if (learned[i] && at::isFloatingType(network.parameters()[i].scalar_type())) places.push_back(i);
  }
  return places;
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

TrainingResult train(const Network& network, const at::Tensor& inputs, const at::Tensor& labels, const TrainingOptions& options) {
  check(network, inputs, labels, "training");
  if (options.batch < 1 || options.epochs < 0) throw_usage("training", "a batch below 1 or epochs below 0", "at least 1 and 0");
  if (network.graph().frozen_batch > 0) {
    throw_usage("training", "the network's file fixes its batch size at " + std::to_string(network.graph().frozen_batch),
                "a network with a free batch size");
  }
  const OneThread one_thread;
  const at::AutoGradMode with_graph(true);
  const at::Tensor x = inputs.detach().to(network.device(), network.dtype());
  const at::Tensor y = labels.to(network.device(), at::kLong);

  std::vector<at::Tensor> parameters = network.parameters();
  std::vector<at::Tensor> learned;
  for (const size_t place : learned_places(network)) {
    parameters[place] = parameters[place].detach().clone().requires_grad_();
    learned.push_back(parameters[place]);
  }
  const Network trained(network.shared_graph(), parameters, network.dtype(), network.device());
  Adam adam(learned, options.adam);

  TrainingResult result;
  const int64_t samples = x.size(0);
  for (int64_t epoch = 0; epoch < options.epochs; ++epoch) {
    const auto order =
        RandomStream(options.seed, "train/order/" + std::to_string(epoch), 0).order(0, static_cast<size_t>(samples));
    const at::Tensor rows = at::tensor(order, at::TensorOptions().dtype(at::kLong)).to(network.device());
    double loss_sum = 0;
    for (int64_t start = 0; start < samples; start += options.batch) {
      interruption_point();
      const int64_t size = std::min(options.batch, samples - start);
      const at::Tensor chosen = rows.narrow(0, start, size);
      const at::Tensor log_odds = at::log_softmax(trained.logits(x.index_select(0, chosen)), 1);
      const at::Tensor loss = -log_odds.gather(1, y.index_select(0, chosen).unsqueeze(1)).mean();
      const double value = loss.item<double>();
      if (!std::isfinite(value)) {
        throw_input("training", "the loss is not finite in epoch " + std::to_string(epoch), "a smaller learning rate may help");
      }
      loss_sum += value * static_cast<double>(size);
      adam.step(torch::autograd::grad({loss}, learned, {}, false, false, /*allow_unused=*/true));
    }
    result.losses.push_back(loss_sum / static_cast<double>(samples));
  }
  for (auto& parameter : parameters) parameter = parameter.detach();
  result.network = Network(network.shared_graph(), parameters, network.dtype(), network.device());
  result.training_accuracy = accuracy(result.network, x, y);
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
