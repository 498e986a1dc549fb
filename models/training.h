#pragma once
#include <cstdint>
#include <vector>

#include "models/adam.h"
#include "models/network.h"

namespace faultline {

/// Adam on the mean cross-entropy.
struct TrainingOptions {
  int64_t epochs = 6;
  int64_t batch = 32;
  AdamOptions adam;
  uint64_t seed = 0;  ///< of the orders `train/order/EPOCH`
};

struct TrainingResult {
  Network network;               ///< in the dtype and on the device of the network that was given; nothing of it is changed
  std::vector<double> losses;    ///< mean training loss of each epoch, measured while training
  double training_accuracy = 0;  ///< of the trained network on what it was trained on
};

/// Trains every parameter of the graph, starting from the network's own values; statistics of batch norm stay as they are.
/// inputs: [N, input shape], labels: [N] int64. Runs on one thread, so that two runs on one machine are bit-equal. Throws usage
/// where labels and inputs do not fit, input where the loss stops being finite.
TrainingResult train(const Network& network, const at::Tensor& inputs, const at::Tensor& labels, const TrainingOptions& options);

/// The share of rows whose arg-max (ties to the smallest index) is their label, in blocks. 0 < N.
double accuracy(const Network& network, const at::Tensor& inputs, const at::Tensor& labels);

}  // namespace faultline
