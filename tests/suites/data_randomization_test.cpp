#include "suites/data_randomization.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/npy.h"
#include "suites/label_audit.h"
#include "suites/map_comparison.h"
#include "suites/randomization_facts.h"
#include "suites/trained_audits.h"
#include "support/held_dataset.h"
#include "support/shared.h"

namespace faultline {
namespace {

using ::testing::HasSubstr;
using testing::label_audit;
using testing::Ran;
using testing::run;
using testing::subject_of;

const std::string kBrief = "data-randomization:batch=16,learning-rate=3e-3,accuracy=0.8";

Audit audit_of(const std::vector<std::string>& explainers) {
  Audit audit = label_audit();
  audit.subjects.clear();
  for (const auto& spec : explainers) audit.subjects.push_back(subject_of(spec));
  return audit;
}

std::vector<double> values(const Ran& ran, const std::string& explainer, const std::string& condition,
                           const std::string& metric) {
  std::vector<double> out;
  for (const auto& record : ran.records) {
    if (record.explainer == explainer && record.condition == condition && record.metric == metric && record.value)
      out.push_back(*record.value);
  }
  return out;
}

double mean(const std::vector<double>& values) {
  EXPECT_FALSE(values.empty());
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

TEST(DataRandomization, TellsAnExplainerThatIgnoresTheNetworkFromOneThatDoesNot) {
  const testing::TemporaryFolder folder;
  const Audit audit = audit_of({"edge", "gradient"});
  const Ran ran = run(audit, folder.file("run"), 1, kBrief + ",other-seed=1");
  for (const auto& by : map_comparisons()) {
    for (const char* condition : {facts::kTrueVsPermuted, facts::kUntrained, facts::kTrueVsOtherSeed}) {
      const auto edges = values(ran, "edge", condition, by.name), gradients = values(ran, "gradient", condition, by.name);
      ASSERT_EQ(edges.size(), 18u) << by.name;
      for (const double one : edges) EXPECT_NEAR(one, 1, 1e-12) << condition << " " << by.name;
      ASSERT_EQ(gradients.size(), 18u) << by.name;
      EXPECT_LT(mean(gradients), 0.75) << condition << " " << by.name;
    }
  }
  EXPECT_LT(std::abs(mean(values(ran, "gradient", facts::kTrueVsPermuted, facts::randomization::kSpearmanSigned))), 0.2);
  EXPECT_GE(mean(values(ran, "networks", facts::kTraining, facts::quantity::training_accuracy(facts::kTrue))), 0.8);
  EXPECT_EQ(values(ran, "networks", facts::kTraining, facts::quantity::kTrainingSamples), std::vector<double>{60});
  EXPECT_EQ(values(ran, "networks", facts::kTraining, facts::quantity::kTestSamples), std::vector<double>{18});
  EXPECT_EQ(values(ran, "networks", facts::kTraining, facts::quantity::kZeroShare).size(), 18u);
  EXPECT_EQ(values(ran, "networks", facts::kTraining, facts::quantity::test_accuracy(facts::kOtherSeed)).size(), 1u);
}

void expect_equal(const std::vector<Record>& a, const std::vector<Record>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].explainer + a[i].condition + a[i].metric + a[i].sample,
              b[i].explainer + b[i].condition + b[i].metric + b[i].sample);
    EXPECT_EQ(a[i].value, b[i].value) << a[i].explainer << " " << a[i].condition << " " << a[i].metric << " " << a[i].sample;
  }
}

TEST(DataRandomization, GivesTheSameBitsForAnyNumberOfThreadsAndAnyBatch) {
  const testing::TemporaryFolder folder;
  Audit audit = audit_of({"gradient", "integrated-gradients:steps=5"});
  const auto one = run(audit, folder.file("one"), 1, kBrief).records;
  expect_equal(run(audit, folder.file("two"), 2, kBrief).records, one);
  expect_equal(run(audit, folder.file("five"), 5, kBrief).records, one);
  audit.batch = 3;
  expect_equal(run(audit, folder.file("batch"), 2, kBrief).records, one);
}

TEST(DataRandomization, GivesTheSameBitsWhenUnitsAreDoneInAnyOrderAndByTwoProcesses) {
  const testing::TemporaryFolder folder;
  const Audit audit = audit_of({"gradient"});
  const auto whole = run(audit, folder.file("whole"), 1, kBrief).records;
  RunStore store = RunStore::create(folder.file("run"), {});
  const auto suite = suites().make(parse_spec(kBrief));
  {  // the last unit first, which trains; then it is as if the process were killed
    const auto units = suite->plan(audit, store);
    store.commit_unit(units.back().key, units.back().work().records);
  }
  auto units = suite->plan(audit, store);
  std::reverse(units.begin(), units.end());
  run_units(units, store, {});
  expect_equal(store.records(), whole);
}

TEST(DataRandomization, CutsManyEpochsIntoFewUnitsAndFindsTheSame) {
  const testing::TemporaryFolder folder;
  const Audit audit = audit_of({"gradient"});
  const std::string many = kBrief + ",epochs=250";
  RunStore store = RunStore::create(folder.file("plan"), {});
  EXPECT_LT(suites().make(parse_spec(many))->plan(audit, store).size(), 100u);
  expect_equal(run(audit, folder.file("many"), 1, many).records, run(audit, folder.file("few"), 1, kBrief).records);
}

TEST(DataRandomization, ThatDoesNotConvergeGivesNoVerdict) {
  const testing::TemporaryFolder folder;
  const Audit audit = audit_of({"gradient"});
  const Ran ran = run(audit, folder.file("run"), 1, "data-randomization:epochs=1");
  int skipped = 0;
  for (const auto& record : ran.records) {
    if (record.explainer == "gradient") {
      EXPECT_EQ(record.reason, "not-converged");
      EXPECT_FALSE(record.value);
      ++skipped;
    }
    if (record.metric == facts::quantity::kEpochs) {
      EXPECT_EQ(record.reason, "not-converged");
    }
  }
  EXPECT_EQ(skipped, static_cast<int>(18 * map_comparisons().size()));
  EXPECT_EQ(values(ran, "networks", facts::kTraining, facts::quantity::accuracy_after(facts::kPermuted, 1)).size(), 1u);
  EXPECT_TRUE(ran.pictures.empty());
  EXPECT_THAT(
      RunStore::open_for_reading(folder.file("run")).fact(facts::condition(facts::kNetworks, facts::kTraining, facts::kWhyNot)),
      HasSubstr("95 % are asked for"));
}

TEST(DataRandomization, WithoutLabelsDoesNotApply) {
  const testing::TemporaryFolder folder;
  Audit audit = audit_of({"gradient", "edge"});
  audit.data = std::make_shared<testing::HeldDataset>(at::zeros({40, 1, 28, 28}));
  const Ran ran = run(audit, folder.file("run"), 1, "data-randomization");
  EXPECT_EQ(ran.records.size(), 2 * 18 * map_comparisons().size());
  for (const auto& record : ran.records) EXPECT_EQ(record.reason, "not-applicable");
}

/// An explainer that learns has to learn anew on each network, or it would explain the audit's own.
TEST(DataRandomization, FitsExplainersToEachNetwork) {
  const testing::TemporaryFolder folder;
  Audit audit = audit_of({"pattern-net"});
  ASSERT_TRUE(audit.subjects[0].explainer->traits().needs_fitting);
  RunStore store = RunStore::create(folder.file("run"), {});
  LabelTraining training(audit, store, training_source(audit, "", "", 1000), testing::brief_training());
  TrainedAudits audits(audit, training);
  for (const char* of : {facts::kTrue, facts::kPermuted, TrainedAudits::kUntrainedFirst}) {
    const Audit& made = audits.get(of);
    const auto by_hand = explainers().make("pattern-net");
    by_hand->fit(made.network, *audit.data, audit.context);
    const Samples samples = load_samples(made, made.subjects[0], {0, 1, 2});
    const at::Tensor map = made.subjects[0].explainer->explain(made.network, samples, audit.context).maps;
    EXPECT_TRUE(map.equal(by_hand->explain(made.network, samples, audit.context).maps)) << of;
  }
  EXPECT_EQ(audits.get(facts::kTrue).subjects[0].label, "pattern-net");
}

TEST(DataRandomization, ExplainsTheClassThatTheNetworkOfTrueLabelsPredicts) {
  const testing::TemporaryFolder folder;
  Audit audit = audit_of({"gradient"});
  for (auto& sample : audit.samples) sample.predicted = 7;  // what the audited network said does not matter
  RunStore store = RunStore::create(folder.file("run"), {});
  LabelTraining training(audit, store, training_source(audit, "", "", 1000), testing::brief_training());
  TrainedAudits audits(audit, training);
  const Samples samples = load_samples(audits.get(facts::kTrue), audit.subjects[0], {0, 1, 2, 3, 4});
  const at::Tensor logits = audits.get(facts::kTrue).network.logits(samples.inputs);
  EXPECT_TRUE(samples.targets.equal(logits.argmax(1)));
  const Samples permuted = load_samples(audits.get(facts::kPermuted), audit.subjects[0], {0, 1, 2, 3, 4});
  EXPECT_TRUE(permuted.targets.equal(samples.targets)) << "the same class on every network";
}

TEST(DataRandomization, KeepsPicturesOfTheFirstSamples) {
  const testing::TemporaryFolder folder;
  const Ran ran = run(audit_of({"gradient"}), folder.file("run"), 1, kBrief + ",pictures=2");
  std::set<std::string> samples, parts;
  for (const auto& picture : ran.pictures) {
    samples.insert(picture.sample);
    parts.insert(picture.part);
    EXPECT_EQ(read_npy(folder.file("run/" + picture.file)).values.sizes(), (std::vector<int64_t>{1, 28, 28}));
  }
  EXPECT_EQ(samples.size(), 2u);
  EXPECT_THAT(parts, ::testing::UnorderedElementsAre("image", "map-true", "map-permuted", "map-untrained"));
  EXPECT_TRUE(run(audit_of({"gradient"}), folder.file("none"), 1, kBrief + ",pictures=0").pictures.empty());
}

TEST(DataRandomization, RunsOnlyWhenItIsNamed) {
  EXPECT_TRUE(suites().make(parse_spec("data-randomization"))->runs_only_when_named());
}

}  // namespace
}  // namespace faultline
