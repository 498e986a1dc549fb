#pragma once
#include <cstdint>
#include <vector>

#include "models/adam.h"
#include "models/network.h"

namespace faultline {

/// Adam on the mean cross-entropy.
struct TrainingOptions {
  int64_t epochs = 6;  ///< of train()
  int64_t batch = 32;
  AdamOptions adam;
  uint64_t seed = 0;  ///< of the orders `train/order/EPOCH`
  /// Batch norm uses the statistics of the mini-batch and updates its running ones (Ioffe and Szegedy 2015; momentum 0.1 and the
  /// unbiased variance, as in PyTorch). Else it stays as it is in evaluation mode.
  bool batch_statistics = false;
};

struct TrainingResult {
  Network network;               ///< in the dtype and on the device of the network that was given; nothing of it is changed
  std::vector<double> losses;    ///< mean training loss of each epoch, measured while training
  double training_accuracy = 0;  ///< of the trained network on what it was trained on
};

/// All that a training goes on from.
struct TrainingState {
  int64_t epochs = 0;                  ///< done
  std::vector<at::Tensor> parameters;  ///< all of the network's, running statistics among them
  AdamMemory adam;                     ///< of the learned parameters, in their order
};

/// A network being trained, epoch by epoch. Every parameter with a role learns (is_learned() of models/fresh_parameters.h),
/// starting from the network's own values; the network that was given is not changed. Dropout is not there: networks are
/// imported in evaluation mode. Runs on one thread, so that two runs on one machine are bit-equal.
class Training {
 public:
  /// inputs: [N, input shape], labels: [N] int64. Throws usage where labels and inputs do not fit, or the file fixes its batch.
  Training(const Network& start, const at::Tensor& inputs, const at::Tensor& labels, const TrainingOptions& options);

  /// One pass over the data in mini-batches of a keyed random order. The last one may be smaller; with batch statistics one of a
  /// single sample joins the one before it. Returns the mean loss. Throws input where it is not finite; a training that has
  /// thrown goes on only from a state().
  double run_epoch();
  int64_t epochs() const { return epochs_; }

  /// A copy of the network as it is now.
  Network network() const;
  /// Of the network as it is now, in evaluation mode, on what it is trained on.
  double accuracy() const;

  /// Copies, to go on bit by bit from later.
  TrainingState state() const;
  /// Throws std::logic_error where it is of another network.
  void restore(const TrainingState& state);

 private:
  std::vector<int64_t> batch_ends() const;

  Network trained_;  ///< shares storage with parameters_, which change in place
  std::vector<at::Tensor> parameters_, learned_;
  at::Tensor inputs_, labels_;
  TrainingOptions options_;
  Adam adam_;
  int64_t epochs_ = 0;
};

/// options.epochs epochs.
TrainingResult train(const Network& network, const at::Tensor& inputs, const at::Tensor& labels, const TrainingOptions& options);

/// The share of rows whose arg-max (ties to the smallest index) is their label, in blocks. 0 < N.
double accuracy(const Network& network, const at::Tensor& inputs, const at::Tensor& labels);

/// logits [N, classes] of x [N, input shape] as a function of the network's parameters, every batch norm by the statistics of
/// this batch; their running statistics are updated in place. Throws usage where a batch norm sees one value a channel.
at::Tensor training_logits(const Network& network, const at::Tensor& x);

}  // namespace faultline
