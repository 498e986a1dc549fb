#include "suites/parameter_randomization.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "core/random.h"
#include "models/small_nets.h"
#include "suites/facts.h"
#include "suites/map_similarities.h"
#include "suites/randomised_networks.h"
#include "suites/small_audit.h"
#include "support/held_dataset.h"
#include "support/shared.h"

namespace faultline {
namespace {

using testing::run;
using testing::subject_of;

/// `rows` samples of a network on vectors, with these explainers.
Audit vector_audit(const Network& network, int64_t rows, const std::vector<std::string>& explainers) {
  Audit audit;
  audit.network = network;
  audit.counterpart = network;
  const int64_t features = network.graph().input_shape[0];
  const auto values = RandomStream(1, "test/inputs", 0).normals(0, static_cast<size_t>(rows * features));
  audit.data = std::make_shared<testing::HeldDataset>(at::tensor(values, at::kDouble).reshape({rows, features}));
  for (int64_t i = 0; i < rows; ++i) {
    PlannedSample sample;
    sample.index = sample.slot = i;
    sample.info = audit.data->info(i);
    audit.samples.push_back(sample);
  }
  for (const auto& explainer : explainers) audit.subjects.push_back(subject_of(explainer));
  return audit;
}

/// The mean over samples of a metric in the conditions whose names begin so.
double mean_of(const std::vector<Record>& records, const std::string& explainer, const std::string& condition,
               const std::string& metric) {
  double sum = 0, count = 0;
  for (const auto& r : records) {
    if (r.explainer != explainer || r.condition.rfind(condition, 0) != 0 || r.metric != metric || r.sample.empty() || !r.value)
      continue;
    sum += *r.value;
    ++count;
  }
  return sum / count;
}

void expect_equal(const std::vector<Record>& a, const std::vector<Record>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].condition + a[i].metric + a[i].sample, b[i].condition + b[i].metric + b[i].sample);
    EXPECT_EQ(a[i].value, b[i].value) << a[i].condition << " " << a[i].metric;
    EXPECT_EQ(a[i].reason, b[i].reason);
  }
}

TEST(ParameterRandomization, AllOrdersAreOneOnASingleLinearLayer) {
  const testing::TemporaryFolder folder;
  const auto records = run(vector_audit(small_mlp({40, 3}, 1), 6, {"gradient"}), folder.file("run"), 1,
                           "parameter-randomization:repeats=3,null-networks=3")
                           .records;
  for (const std::string metric : {"spearman-abs", "spearman-signed"}) {
    const double cascading = mean_of(records, "gradient", "cascading/001:fc1", metric);
    EXPECT_LT(std::abs(cascading), 0.6);
    EXPECT_EQ(cascading, mean_of(records, "gradient", "bottom-up/001:fc1", metric));
    EXPECT_EQ(cascading, mean_of(records, "gradient", "independent/001:fc1", metric));
  }
}

TEST(ParameterRandomization, GradientOfALinearNetworkIsARandomRowAfterwards) {
  // f = W x: the map is row c, whatever x; its Spearman correlation with a fresh row has mean 0, sd 1/sqrt(d - 1).
  const testing::TemporaryFolder folder;
  constexpr int kDraws = 60, kSize = 101;
  const auto records = run(vector_audit(small_mlp({kSize, 2}, 1), 1, {"gradient"}), folder.file("run"), 1,
                           "parameter-randomization:order=cascading,null-networks=2,repeats=" + std::to_string(kDraws))
                           .records;
  const double sd = 1 / std::sqrt(kSize - 1.0);
  EXPECT_NEAR(mean_of(records, "gradient", "cascading/", "spearman-signed"), 0, 4 * sd / std::sqrt(double{kDraws}));
  for (const auto& r : records) {
    if (r.metric != "repeat-sd:spearman-signed") continue;
    EXPECT_NEAR(*r.value, sd, 4 * sd / std::sqrt(2.0 * kDraws));
  }
}

TEST(ParameterRandomization, WhatIgnoresTheNetworkStaysAndWhatFollowsItGoes) {
  const testing::TemporaryFolder folder;
  Audit audit = testing::small_audit(at::kFloat, 64);
  audit.subjects = {subject_of("edge"), subject_of("gradient")};
  const auto ran = run(audit, folder.file("run"), 2, "parameter-randomization:repeats=2,null-networks=3,pictures=1");
  for (const auto& r : ran.records) {
    if (r.explainer != "edge" || r.sample.empty() || r.condition.find(':') == std::string::npos) continue;
    ASSERT_TRUE(r.value) << r.condition << r.reason;
    EXPECT_NEAR(*r.value, 1, 1e-12) << r.condition << r.metric;
  }
  const double first = mean_of(ran.records, "gradient", "cascading/001", "spearman-abs");
  const double last = mean_of(ran.records, "gradient", "cascading/004", "spearman-abs");
  const double null = mean_of(ran.records, "gradient", "null/", "spearman-abs");
  EXPECT_LT(last, first);
  EXPECT_NEAR(last, null, 0.15);
  // One sample: the input, the original map and four stages of each explainer.
  EXPECT_EQ(ran.pictures.size(), 2u * 6u);
}

TEST(ParameterRandomization, GivesTheSameNumbersForAnyBatchAndThreadCountAndGoesOnWhereItWasStopped) {
  const testing::TemporaryFolder folder;
  const std::string spec = "parameter-randomization:repeats=2,null-networks=2,order=cascading,smooth=2";
  const auto audit_of = [](int64_t batch) {
    Audit audit = testing::small_audit(at::kFloat, batch);
    audit.subjects = {subject_of("gradient"), subject_of("smooth-grad:samples=3")};
    audit.samples.resize(6);
    return audit;
  };
  const auto whole = run(audit_of(64), folder.file("whole"), 1, spec).records;
  expect_equal(run(audit_of(64), folder.file("two"), 2, spec).records, whole);
  expect_equal(run(audit_of(4), folder.file("four"), 2, spec).records, whole);

  const Audit audit = audit_of(64);
  const auto suite = suites().make(spec);
  {
    RunStore store = RunStore::create(folder.file("part"), {});
    auto units = suite->plan(audit, store);
    units.resize(3);
    run_units(units, store, {});
  }
  RunStore store = RunStore::resume(folder.file("part"), {});
  run_units(suite->plan(audit, store), store, {});
  suite->finish(audit, store);
  expect_equal(store.records(), whole);
  for (const auto& file : std::filesystem::directory_iterator(store.path("maps"))) {
    EXPECT_EQ(file.path().filename().string().rfind("randomised-", 0), 0u) << "only pictures are kept: " << file.path();
  }
}

TEST(ParameterRandomization, AnExplainerThatRefusesIsNotApplicableWithItsReason) {
  const testing::TemporaryFolder folder;
  Audit audit = vector_audit(small_mlp({9, 4, 3}, 1), 3, {"grad-cam", "gradient"});
  const auto ran = run(audit, folder.file("run"), 1, "parameter-randomization:repeats=1,null-networks=2,order=cascading");
  int refused = 0;
  for (const auto& r : ran.records) {
    if (r.explainer != "grad-cam") continue;
    EXPECT_EQ(r.reason, "not-applicable");
    ++refused;
  }
  EXPECT_EQ(refused, 3 * 3);  // the reference and two stages, three samples each
  const RunStore store = RunStore::open_for_reading(folder.file("run"));
  EXPECT_NE(store.fact(facts::condition("grad-cam", "reference", "not-applicable")), "");
}

TEST(MapSimilarities, MagnitudesAgreeWhereTheInputIsZeroWhateverTheNetwork) {
  // The planted false alarm of the sheet, 8.2: gradient-x-input of two independent rows on an input with 80 % zeros.
  constexpr size_t kSize = 784;
  const auto row = [&](uint64_t id) { return at::tensor(RandomStream(1, "row", id).normals(0, kSize), at::kDouble); };
  const at::Tensor u = at::tensor(RandomStream(1, "input", 0).uniforms(0, kSize), at::kDouble);
  const at::Tensor x = at::where(u < 0.8, at::zeros_like(u), u).reshape({1, 1, 28, 28});
  const auto maps = [&](uint64_t id) { return row(id).reshape(x.sizes()) * x; };
  std::map<std::string, double> found;
  for (const auto& [name, values] : map_similarities(maps(1), maps(2), x)) found[name] = values.values[0];
  EXPECT_NEAR(zero_share(x), 0.8, 0.05);
  EXPECT_GT(found["spearman-abs"], 0.98);
  EXPECT_LT(std::abs(found["spearman-signed"]), 0.15);
  EXPECT_LT(std::abs(found["spearman-abs-nonzero"]), 0.35);
  // A map and its negative.
  const at::Tensor map = at::tensor({3.0, -2.0, 1.0, -0.5}, at::kDouble).reshape({1, 4});
  for (const auto& [name, values] : map_similarities(map, -map, {})) found[name] = values.values[0];
  EXPECT_DOUBLE_EQ(found["spearman-abs"], 1);
  EXPECT_DOUBLE_EQ(found["spearman-signed"], -1);
  // Constant maps have a reason.
  for (const auto& [name, values] : map_similarities(map, at::ones_like(map), {})) EXPECT_EQ(values.reasons[0], "constant-map");
}

TEST(MapComplexity, IsTheEntropyOfTheHistogram) {
  const auto entropy = [](std::vector<double> values) { return map_complexity(at::tensor(values, at::kDouble), 2); };
  EXPECT_NEAR(entropy({0, 0, 0, 1}), 0.5623351446, 1e-10);
  EXPECT_NEAR(entropy({0, 0.4, 0.6, 1}), 0.6931471806, 1e-10);
  EXPECT_NEAR((entropy({0, 0.4, 0.6, 1}) - entropy({0, 0, 0, 1})) / entropy({0, 0, 0, 1}), 0.2326229, 1e-7);
  EXPECT_EQ(entropy({2, 2, 2}), 0);
  EXPECT_TRUE(std::isnan(entropy({1, std::nan("")})));
}

TEST(RandomisedNetworks, KeepOneDrawPerLayerAcrossStages) {
  const Audit audit = vector_audit(small_mlp({5, 4, 3, 2}, 1), 3, {"gradient"});
  RandomisedNetworks networks(audit, ParameterRandomization::Options{});
  const Network top = networks.get({2}, 0), two = networks.get({2, 1}, 0), other = networks.get({2}, 1);
  EXPECT_TRUE(top.parameters()[4].equal(two.parameters()[4]));
  EXPECT_TRUE(top.parameters()[2].equal(audit.network.parameters()[2]));
  EXPECT_FALSE(two.parameters()[2].equal(audit.network.parameters()[2]));
  EXPECT_FALSE(top.parameters()[4].equal(other.parameters()[4]));
}

}  // namespace
}  // namespace faultline
