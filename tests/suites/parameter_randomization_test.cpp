#include "suites/parameter_randomization.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "core/random.h"
#include "metrics/similarity.h"
#include "models/small_nets.h"
#include "suites/facts.h"
#include "suites/map_complexity.h"
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

TEST(RandomisationStages, GoDownUpAndOneAtATime) {
  const Network network = small_mlp({5, 4, 3, 2}, 1);
  const auto stages = randomisation_stages(parameter_layers(network), ParameterRandomization::Order::all);
  std::vector<std::pair<std::string, std::vector<int64_t>>> found;
  for (const auto& stage : stages) found.emplace_back(stage.condition, stage.layers);
  const decltype(found) expected{{"cascading/001:fc3", {2}},   {"cascading/002:fc2", {2, 1}}, {"cascading/003:fc1", {2, 1, 0}},
                                 {"bottom-up/001:fc1", {0}},   {"bottom-up/002:fc2", {0, 1}}, {"bottom-up/003:fc3", {0, 1, 2}},
                                 {"independent/001:fc3", {2}}, {"independent/002:fc2", {1}},  {"independent/003:fc1", {0}}};
  EXPECT_EQ(found, expected);
}

/// The gradient's maps of class c, which is a row of W for a network of one layer.
at::Tensor row_of(const Network& network, int64_t c) { return network.parameters()[0][c].unsqueeze(0); }

TEST(ParameterRandomization, ComparesWithAnotherClassAndMeasuresTheRiseOfComplexity) {
  // Two classes: the other one is known. The maps of f = W x are rows of W.
  const testing::TemporaryFolder folder;
  const Audit audit = vector_audit(small_mlp({60, 2}, 1), 2, {"gradient"});
  const auto records =
      run(audit, folder.file("run"), 1, "parameter-randomization:order=cascading,repeats=1,null-networks=3").records;
  const auto spearman = [](const at::Tensor& a, const at::Tensor& b) {
    return similarity_metrics().make("spearman:reduce=sum")->compare(a, b).values[0];
  };
  EXPECT_NEAR(mean_of(records, "gradient", "random-logit", "spearman-signed"),
              spearman(row_of(audit.network, 0), row_of(audit.network, 1)), 1e-12);
  RandomisedNetworks networks(audit, ParameterRandomization::Options{});
  double rise = 0;
  const double before = map_complexity(row_of(audit.network, 0)[0]);
  for (int64_t draw = 0; draw < 3; ++draw) rise += (map_complexity(row_of(networks.get({0}, draw), 0)[0]) - before) / before / 3;
  EXPECT_NEAR(mean_of(records, "gradient", "efficient", "complexity-rise"), rise, 1e-12);
  EXPECT_NEAR(mean_of(records, "gradient", "null/0-2", "spearman-signed"),
              spearman(row_of(networks.get({0}, 0), 0), row_of(networks.get({0}, 2), 0)), 1e-12);
  EXPECT_NEAR(mean_of(records, "gradient", "cascading/001", "spearman-signed"),
              spearman(row_of(audit.network, 0), row_of(networks.get({0}, 0), 0)), 1e-12);
}

TEST(ParameterRandomization, ExplainsEachNetworksOwnClassWhereAsked) {
  const testing::TemporaryFolder folder;
  const Audit audit = vector_audit(small_mlp({60, 5}, 1), 6, {"gradient"});
  const auto records =
      run(audit, folder.file("run"), 1, "parameter-randomization:order=cascading,repeats=1,null-networks=2,class=own").records;
  RandomisedNetworks networks(audit, ParameterRandomization::Options{});
  const Network random = networks.get({0}, 0);
  int others = 0;
  for (int64_t i = 0; i < 6; ++i) {
    const at::Tensor x = audit.data->load(i).input.unsqueeze(0);
    const int64_t own = random.logits(x).argmax(1).item<int64_t>();
    others += own != 0;
    const double expected =
        similarity_metrics().make("spearman:reduce=sum")->compare(row_of(audit.network, 0), row_of(random, own)).values[0];
    for (const auto& r : records) {
      if (r.condition != "cascading/001:fc1" || r.metric != "spearman-signed" || r.sample != std::to_string(i)) continue;
      EXPECT_NEAR(*r.value, expected, 1e-12);
    }
  }
  EXPECT_GT(others, 0) << "no network had another class, so nothing was tried";
}

TEST(ParameterRandomization, AveragesMapsOverNoiseThatIsTheSameForBothNetworks) {
  const testing::TemporaryFolder folder;
  const Audit audit = vector_audit(small_mlp({12, 6, 3}, 1), 3, {"gradient-x-input"});
  const std::string spec = "parameter-randomization:order=cascading,repeats=1,null-networks=2";
  const auto plain = run(audit, folder.file("plain"), 1, spec).records;
  // Without noise the mean of three maps is the map.
  const auto still = run(audit, folder.file("still"), 1, spec + ",smooth=3,smooth-noise=0").records;
  const auto noisy = run(audit, folder.file("noisy"), 1, spec + ",smooth=3,smooth-noise=0.5").records;
  ASSERT_EQ(plain.size(), still.size());
  bool differs = false;
  for (size_t i = 0; i < plain.size(); ++i) {
    ASSERT_EQ(plain[i].value.has_value(), still[i].value.has_value());
    if (!plain[i].value) continue;
    EXPECT_NEAR(*plain[i].value, *still[i].value, 1e-9) << plain[i].condition << plain[i].metric;
    differs = differs || std::abs(*plain[i].value - *noisy[i].value) > 1e-3;
  }
  EXPECT_TRUE(differs);
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
