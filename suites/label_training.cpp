#include "suites/label_training.h"

#include <algorithm>
#include <filesystem>
#include <future>

#include "core/error.h"
#include "core/interruption.h"
#include "core/numbers.h"
#include "core/random.h"
#include "core/sha256.h"
#include "models/fresh_parameters.h"
#include "suites/data_randomization_facts.h"

namespace faultline {
namespace {

constexpr std::chrono::seconds kBetweenCheckpoints{10};
const char* const kCheckpoint = "data-randomization.safetensors";

std::string hash_of(const at::Tensor& values) {
  const at::Tensor bytes = values.to(at::kCPU).contiguous();
  return Sha256().update(bytes.data_ptr(), static_cast<size_t>(bytes.nbytes())).hex();
}

}  // namespace

struct LabelTraining::Trainee {
  std::string name;
  at::Tensor labels;
  Training training;
};

at::Tensor permuted_labels(const at::Tensor& labels, uint64_t seed) {
  const auto order = RandomStream(seed, "train/labels", 0).order(0, static_cast<size_t>(labels.size(0)));
  return labels.index_select(0, at::tensor(order, at::kLong));
}

LabelTraining::LabelTraining(const Audit& audit, RunStore& store, TrainingSource source, const LabelTrainingOptions& options)
    : audit_(audit), store_(store), source_(std::move(source)), options_(options) {}

LabelTraining::~LabelTraining() = default;

/// A wait for another thread's epoch ends when the run is stopped.
void LabelTraining::wait(std::unique_lock<std::timed_mutex>* lock) const {
  constexpr std::chrono::milliseconds kPatience{100};
  while (!lock->try_lock_for(kPatience)) interruption_point();
}

/// Everything as it was before the first epoch, or as the checkpoint says.
void LabelTraining::set_up() {
  if (!trainees_.empty()) return;
  TrainedNetworks fresh;
  fresh.set = load_training_set(audit_, source_);
  for (const uint64_t replica : {0, 1}) fresh.untrained.push_back(fresh_parameters(audit_.network, audit_.context.seed, replica));
  const at::Tensor labels = fresh.set.labels, permuted = permuted_labels(labels, audit_.context.seed);
  fresh.labels_left = labels.eq(permuted).to(at::kDouble).mean().item<double>();

  TrainingOptions options;
  options.batch = options_.batch;
  options.adam.learning_rate = options_.learning_rate;
  options.seed = audit_.context.seed;
  options.batch_statistics = true;
  std::vector<Trainee> trainees;
  std::string told = "epochs " + std::to_string(options_.epochs) + " batch " + std::to_string(options_.batch) + " rate " +
                     exact_number(options_.learning_rate) + " accuracy " + exact_number(options_.accuracy) + " seed " +
                     std::to_string(audit_.context.seed) + " inputs " + hash_of(fresh.set.inputs);
  const auto add = [&](const char* name, const at::Tensor& of, const Network& start) {
    trainees.push_back({name, of, Training(start, fresh.set.inputs, of, options)});
    told += std::string(" ") + name + " " + hash_of(of) + " " + digest(start.graph(), start.parameters());
    fresh.trainees.push_back(name);
  };
  add(facts::kTrue, labels, fresh.untrained[0]);
  add(facts::kPermuted, permuted, fresh.untrained[options_.start == LabelStart::same ? 0 : 1]);
  if (options_.has_other_seed) add(facts::kOtherSeed, labels, fresh.untrained[1]);
  const std::string fingerprint = Sha256().update(told).hex();

  const std::string path = store_.path(kCheckpoint);
  std::optional<TrainingCheckpoint> kept;
  if (std::filesystem::exists(path)) {
    std::vector<TrainingState> like;
    for (const auto& trainee : trainees) like.push_back(trainee.training.state());
    kept = read_checkpoint(path, like, fingerprint);
  }
  fingerprint_ = fingerprint;
  result_ = std::move(fresh);
  trainees_ = std::move(trainees);
  if (kept) go_on_from(*kept);
}

bool LabelTraining::has_converged() const {
  if (history_.empty() || !failure_.empty()) return false;
  const auto& reached = history_.back().accuracies;
  return std::all_of(reached.begin(), reached.end(), [&](double accuracy) { return accuracy >= options_.accuracy; });
}

bool LabelTraining::has_ended() const {
  return has_converged() || !failure_.empty() || static_cast<int64_t>(history_.size()) >= options_.epochs;
}

TrainingCheckpoint LabelTraining::checkpoint() const {
  TrainingCheckpoint out;
  for (const auto& trainee : trainees_) out.states.push_back(trainee.training.state());
  out.history = history_;
  out.failure = failure_;
  return out;
}

void LabelTraining::go_on_from(const TrainingCheckpoint& checkpoint) {
  for (size_t i = 0; i < trainees_.size(); ++i) trainees_[i].training.restore(checkpoint.states[i]);
  history_ = checkpoint.history;
  failure_ = checkpoint.failure;
}

void LabelTraining::keep() {
  write_checkpoint(store_.path(kCheckpoint), checkpoint(), fingerprint_);
  kept_at_ = std::chrono::steady_clock::now();
}

void LabelTraining::train_one_epoch() {
  const TrainingCheckpoint before = checkpoint();
  const StopRequest* const stop = current_stop_request();
  std::vector<std::future<std::pair<double, double>>> running;
  for (auto& trainee : trainees_) {
    running.push_back(std::async(std::launch::async, [&trainee, stop] {
      const InterruptionScope interruptible(stop);
      const OneThread one_thread;
      const double loss = trainee.training.run_epoch();
      return std::make_pair(loss, trainee.training.accuracy());
    }));
  }
  for (auto& one : running) one.wait();
  EpochFigures figures;
  try {
    for (auto& one : running) {
      const auto [loss, accuracy] = one.get();
      figures.losses.push_back(loss);
      figures.accuracies.push_back(accuracy);
    }
    history_.push_back(std::move(figures));
  } catch (const std::exception& problem) {
    go_on_from(before);  // some are half way through
    const auto* error = dynamic_cast<const Error*>(&problem);
    if (!error || error->kind() != ErrorKind::input) {
      keep();
      throw;
    }
    const std::string& whose = trainees_[figures.losses.size()].name;
    failure_ =
        "Training on " + whose + " labels stopped in epoch " + std::to_string(history_.size() + 1) + ": " + error->what() + ".";
  }
  if (has_ended() || std::chrono::steady_clock::now() - kept_at_ >= kBetweenCheckpoints) keep();
  if (!audit_.context.passes) return;
  const auto samples = static_cast<int64_t>(trainees_.size()) * result_.set.labels.size(0);
  audit_.context.passes->forward += 2 * samples;  // once to learn, once to count what was learned
  audit_.context.passes->backward += samples;
}

std::optional<EpochFigures> LabelTraining::epoch(int64_t epoch) {
  std::unique_lock<std::timed_mutex> lock(mutex_, std::defer_lock);
  wait(&lock);
  set_up();
  while (static_cast<int64_t>(history_.size()) < epoch && !has_ended()) train_one_epoch();
  if (static_cast<int64_t>(history_.size()) < epoch) return std::nullopt;
  return history_[static_cast<size_t>(epoch - 1)];
}

const TrainedNetworks& LabelTraining::result() {
  std::unique_lock<std::timed_mutex> lock(mutex_, std::defer_lock);
  wait(&lock);
  set_up();
  while (!has_ended()) train_one_epoch();
  if (!result_.networks.empty()) return result_;
  for (const auto& trainee : trainees_) result_.networks.push_back(trainee.training.network());
  result_.history = history_;
  result_.has_converged = has_converged();
  if (!failure_.empty()) {
    result_.why_not = failure_;
  } else if (!result_.has_converged) {
    const auto& reached = history_.back().accuracies;
    const auto least = std::min_element(reached.begin(), reached.end());
    result_.why_not = "After " + std::to_string(history_.size()) + " epochs the network of " +
                      result_.trainees[static_cast<size_t>(least - reached.begin())] + " labels knows " +
                      short_number(std::round(*least * 1000) / 10) + " % of them, and " + short_number(options_.accuracy * 100) +
                      " % are asked for: give more epochs, fewer train-samples or another learning-rate.";
  }
  return result_;
}

}  // namespace faultline
