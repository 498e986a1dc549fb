#include "support/trained_network.h"

#include "data/dataset.h"
#include "models/blocks.h"
#include "models/small_nets.h"
#include "models/training.h"
#include "models/transforms.h"

namespace faultline::testing {

const Network& trained_cnn() {
  static const Network network = [] {
    const auto data = open_dataset("glyphs:count=800,seed=1", {});
    std::vector<at::Tensor> inputs;
    std::vector<int64_t> labels;
    for (int64_t i = 0; i < data->size(); ++i) {
      inputs.push_back(data->load(i).input);
      labels.push_back(*data->info(i).label);
    }
    TrainingOptions options;
    options.epochs = 5;
    const auto trained =
        train(to(small_cnn(1, 28, 28, 10, 0), at::kFloat), at::stack(inputs), at::tensor(labels, at::kLong), options);
    return to(trained.network, at::kDouble);
  }();
  return network;
}

Samples digits(const Network& network, int64_t n) {
  const auto data = open_dataset("glyphs:count=" + std::to_string(n) + ",seed=2", {});
  std::vector<at::Tensor> inputs, masks;
  for (int64_t i = 0; i < n; ++i) {
    const auto loaded = data->load(i);
    inputs.push_back(loaded.input);
    masks.push_back(loaded.mask);
  }
  Samples samples = samples_of_array(at::stack(inputs).to(network.dtype()));
  samples.masks = at::stack(masks);
  samples.targets = block_logits(network, {samples.inputs, at::Tensor(), samples.slots, at::Tensor()}).argmax(1);
  return samples;
}

}  // namespace faultline::testing
