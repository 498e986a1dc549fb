#include "cli/builtin_network.h"

#include "data/dataset.h"
#include "models/graph_builder.h"
#include "models/small_nets.h"
#include "models/training.h"
#include "models/transforms.h"

namespace faultline {

namespace {

struct Digits {
  at::Tensor inputs, labels;
};

Digits training_digits() {
  const auto training = open_dataset("glyphs:count=1500,seed=1", {});
  std::vector<at::Tensor> inputs;
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < training->size(); ++i) {
    inputs.push_back(training->load(i).input);
    labels.push_back(*training->info(i).label);
  }
  return {at::stack(inputs), at::tensor(labels, at::kLong)};
}

Network trained_on(const Digits& digits, const Network& start) {
  return train(to(start, at::kFloat), digits.inputs, digits.labels, TrainingOptions()).network;
}

constexpr int64_t kClasses = 10, kHidden = 32;

}  // namespace

Network builtin_network() {
  const Digits digits = training_digits();
  const auto shape = digits.inputs.sizes();
  return trained_on(digits, small_cnn(shape[1], shape[2], shape[3], kClasses, TrainingOptions().seed));
}

Network builtin_mlp() {
  const Digits digits = training_digits();
  const int64_t features = digits.inputs[0].numel();
  const Network layers = small_mlp({features, kHidden, kClasses}, TrainingOptions().seed);
  const auto& parameters = layers.parameters();  // fc1.weight, fc1.bias, fc2.weight, fc2.bias
  GraphBuilder g(digits.inputs[0].sizes().vec());
  const int flat = g.flatten("flatten", g.input(), features);
  const int hidden = g.node(Op::relu, "relu1", {g.linear("fc1", flat, parameters.at(0), parameters.at(1))});
  return trained_on(digits, g.finish(g.linear("fc2", hidden, parameters.at(2), parameters.at(3))));
}

}  // namespace faultline
