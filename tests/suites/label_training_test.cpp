#include "suites/label_training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "core/interruption.h"
#include "data/safetensors.h"
#include "models/graph_builder.h"
#include "suites/data_randomization_facts.h"
#include "suites/label_audit.h"
#include "support/gradcheck.h"
#include "support/held_dataset.h"
#include "support/shared.h"

namespace faultline {
namespace {

using testing::brief_training;
using ::testing::HasSubstr;
using testing::label_audit;

const char* const kCheckpoint = "data-randomization.safetensors";

LabelTraining training_of(const Audit& audit, RunStore& store, const LabelTrainingOptions& options = brief_training()) {
  return LabelTraining(audit, store, training_source(audit, "", "", 1000), options);
}

void expect_equal(const TrainedNetworks& a, const TrainedNetworks& b) {
  ASSERT_EQ(a.networks.size(), b.networks.size());
  for (size_t net = 0; net < a.networks.size(); ++net) {
    for (size_t i = 0; i < a.networks[net].parameters().size(); ++i) {
      EXPECT_TRUE(a.networks[net].parameters()[i].equal(b.networks[net].parameters()[i])) << a.trainees[net] << " " << i;
    }
  }
  ASSERT_EQ(a.history.size(), b.history.size());
  for (size_t epoch = 0; epoch < a.history.size(); ++epoch) {
    EXPECT_EQ(a.history[epoch].losses, b.history[epoch].losses) << epoch;
    EXPECT_EQ(a.history[epoch].accuracies, b.history[epoch].accuracies) << epoch;
  }
}

TEST(PermutedLabels, AreTheSameLabelsInAnotherOrder) {
  const at::Tensor labels = at::arange(200, at::kLong).remainder(10);
  const at::Tensor permuted = permuted_labels(labels, 1);
  EXPECT_TRUE(std::get<0>(permuted.sort()).equal(std::get<0>(labels.sort())));
  EXPECT_TRUE(permuted.equal(permuted_labels(labels, 1)));
  EXPECT_FALSE(permuted.equal(permuted_labels(labels, 2)));
  // About one in ten is right by chance: 20 of 200, standard deviation 4.3.
  EXPECT_NEAR(permuted.eq(labels).sum().item<double>(), 20, 5 * 4.3);
}

TEST(LabelTraining, EndsAfterTheFirstEpochInWhichEveryNetworkKnowsItsLabels) {
  const testing::TemporaryFolder folder;
  const Audit audit = label_audit();
  RunStore store = RunStore::create(folder.file("run"), {});
  LabelTraining training = training_of(audit, store);
  const TrainedNetworks& trained = training.result();
  ASSERT_TRUE(trained.has_converged) << trained.why_not;
  EXPECT_THAT(trained.trainees, ::testing::ElementsAre("true", "permuted"));
  for (size_t epoch = 0; epoch < trained.history.size(); ++epoch) {
    const auto& reached = trained.history[epoch].accuracies;
    EXPECT_EQ(std::min(reached[0], reached[1]) >= 0.8, epoch + 1 == trained.history.size()) << epoch;
  }
  const at::Tensor permuted = permuted_labels(trained.set.labels, 3);
  EXPECT_EQ(accuracy(trained.networks[0], trained.set.inputs, trained.set.labels), trained.history.back().accuracies[0]);
  EXPECT_EQ(accuracy(trained.networks[1], trained.set.inputs, permuted), trained.history.back().accuracies[1]);
  EXPECT_EQ(trained.labels_left, permuted.eq(trained.set.labels).to(at::kDouble).mean().item<double>());
  EXPECT_FALSE(training.epoch(static_cast<int64_t>(trained.history.size()) + 1)) << "there is no epoch after the last";
}

TEST(LabelTraining, IsBitEqualWhenItWasStoppedAndResumed) {
  const testing::TemporaryFolder folder;
  const Audit audit = label_audit();
  LabelTrainingOptions options = brief_training();
  options.has_other_seed = true;
  RunStore undisturbed = RunStore::create(folder.file("whole"), {});
  LabelTraining whole = training_of(audit, undisturbed, options);
  ASSERT_GT(whole.result().history.size(), 5u) << "a training too short to be stopped tells nothing";

  RunStore store = RunStore::create(folder.file("run"), {});
  {
    LabelTraining first = training_of(audit, store, options);
    ASSERT_TRUE(first.epoch(3));
    EXPECT_FALSE(std::filesystem::exists(store.path(kCheckpoint))) << "too early for one";
    StopRequest stop;
    stop.ask();
    const InterruptionScope stopped(&stop);
    EXPECT_THROW(first.epoch(4), Error);
    EXPECT_TRUE(std::filesystem::exists(store.path(kCheckpoint)));
  }
  LabelTraining second = training_of(audit, store, options);
  EXPECT_EQ(second.epoch(2)->losses, whole.result().history[1].losses) << "what was done is remembered";
  expect_equal(second.result(), whole.result());
  // The same after the end, from the file alone.
  LabelTraining third = training_of(audit, store, options);
  expect_equal(third.result(), whole.result());
}

TEST(LabelTraining, GoesOnFromAStoppedEpochInTheSameProcess) {
  const testing::TemporaryFolder folder;
  const Audit audit = label_audit();
  RunStore one = RunStore::create(folder.file("one"), {}), other = RunStore::create(folder.file("other"), {});
  LabelTraining whole = training_of(audit, one), stopped = training_of(audit, other);
  StopRequest stop;
  stop.ask();
  stopped.epoch(2);
  {
    const InterruptionScope scope(&stop);
    EXPECT_THROW(stopped.epoch(5), Error);
  }
  expect_equal(stopped.result(), whole.result());
}

TEST(LabelTraining, StartsBothNetworksAtTheSamePlaceOrEachAtItsOwn) {
  const testing::TemporaryFolder folder;
  const Audit audit = label_audit();
  LabelTrainingOptions options = brief_training();
  options.epochs = 1;
  options.learning_rate = 1e-9;  // so that what they started from is still there
  const auto distance = [&](LabelStart start, const char* name) {
    options.start = start;
    RunStore store = RunStore::create(folder.file(name), {});
    LabelTraining training = training_of(audit, store, options);
    const auto& networks = training.result().networks;
    return (networks[0].parameters()[0] - networks[1].parameters()[0]).abs().max().item<double>();
  };
  EXPECT_LT(distance(LabelStart::same, "same"), 1e-6);
  EXPECT_GT(distance(LabelStart::own, "own"), 0.1);
}

TEST(LabelTraining, ThatDoesNotGetThereSaysHowFarItGot) {
  const testing::TemporaryFolder folder;
  const Audit audit = label_audit();
  LabelTrainingOptions options = brief_training();
  options.epochs = 2;
  RunStore store = RunStore::create(folder.file("run"), {});
  LabelTraining training = training_of(audit, store, options);
  EXPECT_FALSE(training.result().has_converged);
  EXPECT_EQ(training.result().history.size(), 2u);
  EXPECT_THAT(training.result().why_not, HasSubstr("After 2 epochs the network of "));
  EXPECT_THAT(training.result().why_not, HasSubstr("80 % are asked for"));
}

TEST(LabelTraining, ThatDivergesSaysSoAndDoesNotThrow) {
  const testing::TemporaryFolder folder;
  const Audit audit = label_audit();
  LabelTrainingOptions options = brief_training();
  options.learning_rate = 1e30;
  RunStore store = RunStore::create(folder.file("run"), {});
  LabelTraining training = training_of(audit, store, options);
  EXPECT_FALSE(training.result().has_converged);
  EXPECT_THAT(training.result().why_not, HasSubstr("Training on true labels stopped in epoch 1: "));
  EXPECT_THAT(training.result().why_not, HasSubstr("the loss is not finite"));
  LabelTraining again = training_of(audit, store, options);
  EXPECT_EQ(again.result().why_not, training.result().why_not);
}

TEST(LabelTraining, LearnsWithBatchNormAndUpdatesItsStatistics) {
  const testing::TemporaryFolder folder;
  Audit audit = label_audit();
  GraphBuilder g({1, 28, 28});
  const int z = g.convolution("conv", g.input(), at::zeros({4, 1, 5, 5}, at::kDouble), {}, 2);
  const int n = g.batch_norm("bn", z, at::ones({4}, at::kDouble), at::zeros({4}, at::kDouble), at::zeros({4}, at::kDouble),
                             at::ones({4}, at::kDouble));
  const int flat = g.flatten("flat", g.node(Op::relu, "relu", {n}), 4 * 12 * 12);
  audit.network = g.finish(g.linear("fc", flat, at::zeros({10, 576}, at::kDouble), at::zeros({10}, at::kDouble)), at::kFloat);
  RunStore store = RunStore::create(folder.file("run"), {});
  LabelTraining training = training_of(audit, store);
  const TrainedNetworks& trained = training.result();
  ASSERT_TRUE(trained.has_converged) << trained.why_not;
  const auto& names = audit.network.graph().parameter_names;
  const auto running = static_cast<size_t>(
      std::find_if(names.begin(), names.end(), [](const auto& name) { return name.find("var") != std::string::npos; }) -
      names.begin());
  ASSERT_LT(running, names.size());
  for (const auto& network : trained.networks)
    EXPECT_GT((network.parameters()[running] - 1).abs().min().item<double>(), 1e-3) << "statistics move";
  EXPECT_FALSE(trained.networks[0].parameters()[running].equal(trained.networks[1].parameters()[running]));
}

class Checkpoint : public ::testing::Test {
 protected:
  Checkpoint() {
    LabelTrainingOptions options = brief_training();
    options.epochs = 2;
    LabelTraining training = training_of(audit_, store_, options);
    training.result();
  }
  /// What opening the folder again says.
  std::string complaint() {
    LabelTrainingOptions options = brief_training();
    options.epochs = 2;
    options.batch = batch_;
    try {
      LabelTraining training = training_of(audit_, store_, options);
      training.result();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::input);
      return error.what();
    }
    return "";
  }
  std::string path() const { return store_.path(kCheckpoint); }

  testing::TemporaryFolder folder_;
  Audit audit_ = label_audit();
  RunStore store_ = RunStore::create(folder_.file("run"), {});
  int64_t batch_ = 16;
};

TEST_F(Checkpoint, OfTheSameTrainingIsTaken) { EXPECT_EQ(complaint(), ""); }

TEST_F(Checkpoint, OfAnotherTrainingIsRefused) {
  batch_ = 8;
  EXPECT_THAT(complaint(), HasSubstr("is of another training"));
}

TEST_F(Checkpoint, WithAChangedNumberIsRefused) {
  TensorFile file = read_safetensors(path());
  file.tensors.begin()->second.flatten()[0] += 1;
  write_safetensors(path(), file);
  EXPECT_THAT(complaint(), HasSubstr("its digest differs"));
}

TEST_F(Checkpoint, ThatWasCutShortOrIsSomethingElseIsRefused) {
  std::filesystem::resize_file(path(), std::filesystem::file_size(path()) / 2);
  EXPECT_NE(complaint(), "");
  std::ofstream(path()) << "hello";
  EXPECT_NE(complaint(), "");
  write_safetensors(path(), {{{"0|parameter|0", at::ones({3})}}, {}});
  EXPECT_THAT(complaint(), HasSubstr("is no checkpoint of a training"));
}

/// Whoever writes a digest that fits still gets no array of another shape, type or content into the network.
TEST(CheckpointFile, IsHeldToTheNetworkItHasToFit) {
  const testing::TemporaryFolder folder;
  const auto state = [](const at::Tensor& values) { return TrainingState{1, {values}, {{values}, {values}, 4}}; };
  const std::vector<TrainingState> like{state(at::zeros({2, 2}))};
  const std::vector<EpochFigures> history{{{0.5}, {0.25}}};
  const auto complaint = [&](const TrainingCheckpoint& checkpoint) -> std::string {
    write_checkpoint(folder.file("c"), checkpoint, "print");
    try {
      read_checkpoint(folder.file("c"), like, "print");
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(complaint({{state(at::ones({2, 2}))}, history, ""}), "");
  EXPECT_THAT(complaint({{state(at::ones({4}))}, history, ""}), HasSubstr("does not hold this network's parameter 0"));
  EXPECT_THAT(complaint({{state(at::ones({2, 2}, at::kDouble))}, history, ""}), HasSubstr("does not hold"));
  EXPECT_THAT(complaint({{state(at::full({2, 2}, std::nan("")))}, history, ""}), HasSubstr("not finite"));
  EXPECT_THAT(complaint({{}, history, ""}), HasSubstr("does not hold"));
  EXPECT_THAT(complaint({{state(at::ones({2, 2})), state(at::ones({2, 2}))}, history, ""}), HasSubstr("which nothing reads"));
  EXPECT_THAT(complaint({{state(at::ones({2, 2}))}, {{{0.5, 1}, {0.25}}}, ""}), HasSubstr("damaged history"));
  const TrainingCheckpoint read = [&] {
    write_checkpoint(folder.file("c"), {{state(at::ones({2, 2}))}, history, "why"}, "print");
    return read_checkpoint(folder.file("c"), like, "print");
  }();
  EXPECT_EQ(read.failure, "why");
  EXPECT_EQ(read.states[0].adam.steps, 4);
  EXPECT_EQ(read.states[0].epochs, 1);
  EXPECT_EQ(read.history[0].accuracies, std::vector<double>{0.25});
}

TEST(TrainingSource, TakesLabelledSamplesThatAreNotAudited) {
  const Audit audit = label_audit(30);
  const TrainingSource all = training_source(audit, "", "", 1000);
  EXPECT_EQ(all.indices.size(), 30u);
  EXPECT_EQ(all.left_out.at("audited"), 18);
  for (const int64_t index : all.indices) EXPECT_GE(index, 18);
  EXPECT_EQ(training_source(audit, "", "", 20).indices.size(), 20u);
  std::map<int64_t, int> classes;
  for (const int64_t index : training_source(audit, "", "", 20).indices) ++classes[*audit.data->info(index).label];
  EXPECT_EQ(classes.size(), 10u) << "balanced";
}

TEST(TrainingSource, OfAnotherDataSetLeavesOutWhatIsAuditedAsWell) {
  const Audit audit = label_audit(30);
  const TrainingSource source = training_source(audit, "glyphs:count=40,seed=2", "", 1000);
  EXPECT_EQ(source.indices.size(), 40u);
  const TrainingSet set = load_training_set(audit, source);
  EXPECT_EQ(set.labels.size(0), 22);
  EXPECT_EQ(set.words(), "22 samples (left out: 18 equal to an audited one)");
}

TEST(TrainingSource, SaysWhyThereIsNothingToTrainOn) {
  Audit audit = label_audit(0);
  EXPECT_EQ(training_source(audit, "", "", 1000).reason, "too-few-samples");
  EXPECT_THAT(training_source(audit, "", "", 1000).why, HasSubstr("none is left to train on"));
  audit.data = std::make_shared<testing::HeldDataset>(at::zeros({40, 1, 28, 28}));
  EXPECT_EQ(training_source(audit, "", "", 1000).reason, "not-applicable");
  EXPECT_THAT(training_source(audit, "", "", 1000).why, HasSubstr("no labels"));
  audit = label_audit(4);
  EXPECT_EQ(training_source(audit, "", "", 1000).reason, "too-few-samples");
  EXPECT_THROW(training_source(audit, "", "labels.npy", 1000), Error);
  EXPECT_THROW(training_source(audit, "no-such-folder", "", 1000), Error);
}

}  // namespace
}  // namespace faultline
