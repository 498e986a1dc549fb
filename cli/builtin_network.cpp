#include "cli/builtin_network.h"

#include "data/dataset.h"
#include "models/small_nets.h"
#include "models/training.h"
#include "models/transforms.h"

namespace faultline {

Network builtin_network() {
  const auto training = open_dataset("glyphs:count=1500,seed=1", {});
  std::vector<at::Tensor> inputs;
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < training->size(); ++i) {
    inputs.push_back(training->load(i).input);
    labels.push_back(*training->info(i).label);
  }
  TrainingOptions options;
  const auto shape = inputs[0].sizes();
  return train(to(small_cnn(shape[0], shape[1], shape[2], 10, options.seed), at::kFloat), at::stack(inputs),
               at::tensor(labels, at::kLong), options)
      .network;
}

}  // namespace faultline
