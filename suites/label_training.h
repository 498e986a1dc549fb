#pragma once
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "suites/run_store.h"
#include "suites/training_checkpoint.h"
#include "suites/training_set.h"

namespace faultline {

/// Where the network of permuted labels starts: from the parameters that the one of true labels starts from, or from others.
enum class LabelStart { same, own };

struct LabelTrainingOptions {
  int64_t epochs = 100;  ///< at most
  int64_t batch = 50;
  double learning_rate = 1e-3;
  double accuracy = 0.95;  ///< on the training labels, that every trainee has to reach
  LabelStart start = LabelStart::same;
  bool has_other_seed = false;  ///< train a third network: true labels, another start
};

/// How the trainings ended.
struct TrainedNetworks {
  std::vector<std::string> trainees;  ///< kTrue, kPermuted, maybe kOtherSeed
  std::vector<Network> networks;      ///< one a trainee, after the last epoch
  std::vector<Network> untrained;     ///< two of different seeds; the first is where true labels began
  std::vector<EpochFigures> history;
  bool has_converged = false;
  std::string why_not;     ///< one sentence where it has not
  double labels_left = 0;  ///< share of the permuted labels that are the true ones
  TrainingSet set;
};

/// Trains the audit's architecture on true and on permuted labels: same order of the same samples, same number of
/// epochs, namely the first after which every one reaches the accuracy asked for (the permuted labels take longest). They go on
/// side by side, a thread each whatever the run has, epoch by epoch in step. Every few seconds, when the run is
/// stopped and at the end the checkpoint "data-randomization.safetensors" is written into the run folder, from which another
/// process goes on bit by bit. Labels are
/// permuted by the stream `train/labels`. Thread-safe: whoever comes first trains, the others wait.
class LabelTraining {
 public:
  LabelTraining(const Audit& audit, RunStore& store, TrainingSource source, const LabelTrainingOptions& options);
  ~LabelTraining();

  /// Sees to it that `epoch` epochs (1, 2, ...) are done. What was measured in that one, or nothing where training had ended.
  std::optional<EpochFigures> epoch(int64_t epoch);
  /// Trains to the end. The reference lives as long as this object.
  const TrainedNetworks& result();

 private:
  struct Trainee;
  void wait(std::unique_lock<std::timed_mutex>* lock) const;
  void set_up();
  void train_one_epoch();
  bool has_ended() const;
  bool has_converged() const;
  TrainingCheckpoint checkpoint() const;
  void go_on_from(const TrainingCheckpoint& checkpoint);
  void keep();

  const Audit& audit_;
  RunStore& store_;
  TrainingSource source_;
  LabelTrainingOptions options_;
  std::timed_mutex mutex_;
  std::vector<Trainee> trainees_;  ///< empty until they are needed
  std::string fingerprint_;
  std::vector<EpochFigures> history_;
  std::string failure_;
  std::chrono::steady_clock::time_point kept_at_ = std::chrono::steady_clock::now();
  TrainedNetworks result_;
};

/// The labels in the order of the stream `train/labels` of this seed.
at::Tensor permuted_labels(const at::Tensor& labels, uint64_t seed);

}  // namespace faultline
