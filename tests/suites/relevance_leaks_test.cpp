#include "suites/relevance_leaks.h"

#include <gtest/gtest.h>

#include "explainers/relevance/ledger.h"
#include "models/transforms.h"
#include "suites/facts.h"
#include "suites/small_audit.h"
#include "support/shared.h"

namespace faultline {
namespace {

using testing::small_audit;
using testing::subject_of;

std::vector<int64_t> first(int64_t count) {
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < count; ++i) rows.push_back(i);
  return rows;
}

Explanation with_ledger(const Audit& audit, const Subject& subject, int64_t count) {
  Context context = audit.context;
  context.ledger = true;
  return subject.explainer->explain(audit.network, load_samples(audit, subject, first(count)), context);
}

double sum_of_leaks(const std::vector<Record>& records) {
  double sum = 0;
  for (const auto& record : records) {
    if (record.sample.empty()) sum += *record.value;
  }
  return sum;
}

double mean_of(const std::vector<Record>& records, const std::string& metric) {
  double sum = 0, count = 0;
  for (const auto& record : records) {
    if (record.metric != metric || !record.value) continue;
    sum += *record.value;
    ++count;
  }
  return sum / count;
}

TEST(RelevanceLeaks, AreWhatTheMapLacksOfTheOutput) {
  const Audit audit = small_audit(at::kDouble, 64);
  for (const std::string spec : {"lrp", "lrp:composite=epsilon-plus", "deep-taylor", "excitation-backprop"}) {
    const Subject subject = subject_of(spec);
    const auto records = leaks_unit(audit, subject, first(10)).records;
    const Explanation explanation = with_ledger(audit, subject, 10);
    const at::Tensor& explained = explanation.ledger->explained;
    const at::Tensor sums = explanation.maps.flatten(1).sum(1), magnitudes = explanation.maps.abs().flatten(1).sum(1);
    for (int64_t i = 0; i < 10; ++i) {
      const double of = explained[i].item<double>(), leaks = of - sums[i].item<double>();
      const double scale = std::max(std::abs(of), 1e-3 * magnitudes[i].item<double>());
      for (const auto& record : records) {
        if (record.sample_id != audit.samples[static_cast<size_t>(i)].info.id || record.sample.empty()) continue;
        const double expected = record.metric == facts::quantity::kRelevanceLeak ? leaks : magnitudes[i].item<double>();
        EXPECT_NEAR(*record.value, expected / scale, 1e-9) << spec << " " << record.metric << " " << i;
      }
    }
    EXPECT_NEAR(sum_of_leaks(records), mean_of(records, facts::quantity::kRelevanceLeak), 1e-9)
        << spec << ": the places add up to the whole";
  }
}

/// Zero biases leave nothing to leak but what stabilisers keep.
TEST(RelevanceLeaks, FindTheLayerThatLeaks) {
  Audit audit = small_audit(at::kDouble, 64);
  const Subject subject = subject_of("lrp:rule=zero");
  std::vector<at::Tensor> parameters = audit.network.parameters();
  const auto& names = audit.network.graph().parameter_names;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].find("bias") != std::string::npos)
      parameters[i] = at::full_like(parameters[i], names[i] == "fc1.bias" ? 0.3 : 0);
  }
  audit.network = with_parameters(audit.network, parameters);
  double at_layer = 0, elsewhere = 0;
  for (const auto& record : leaks_unit(audit, subject, first(8)).records) {
    if (!record.sample.empty()) continue;
    (record.metric == facts::quantity::leak("fc1", "linear", "bias") ? at_layer : elsewhere) += std::abs(*record.value);
  }
  EXPECT_GT(at_layer, 0.01);
  EXPECT_LT(elsewhere, 1e-9);
}

TEST(RelevanceLeaks, AreTheSameForAnyBatch) {
  const Subject subject = subject_of("lrp:composite=epsilon-plus");
  const auto whole = leaks_unit(small_audit(at::kFloat, 64), subject, first(10)).records;
  for (const int64_t batch : {1, 3}) {
    const auto parts = leaks_unit(small_audit(at::kFloat, batch), subject, first(10)).records;
    std::map<std::string, double> values;
    for (const auto& record : parts) values[record.metric + " " + record.sample] = *record.value;
    ASSERT_EQ(parts.size(), whole.size());
    for (const auto& record : whole) EXPECT_EQ(values.at(record.metric + " " + record.sample), *record.value) << record.metric;
  }
}

TEST(RelevanceLeaks, OfASampleWithNothingToExplainHaveAReason) {
  Audit audit = small_audit(at::kDouble, 64);
  const Subject subject = subject_of("deep-taylor");
  std::vector<at::Tensor> parameters = audit.network.parameters();
  parameters.back() = at::full_like(parameters.back(), -1e3);  // every logit is negative, so deep Taylor starts from 0
  audit.network = with_parameters(audit.network, parameters);
  for (const auto& record : leaks_unit(audit, subject, first(4)).records) {
    EXPECT_FALSE(record.sample.empty());
    EXPECT_EQ(record.reason, facts::health::kZeroMap);
  }
}

TEST(RelevanceLeaks, AreMeasuredOnceForExplainersThatKeepALedger) {
  const testing::TemporaryFolder folder;
  Audit audit = small_audit(at::kFloat, 64);
  audit.subjects = {subject_of("lrp"), subject_of("gradient")};
  audit.epsilons = {8.0 / 255};
  PassCount passes;
  audit.context.passes = &passes;
  RunStore store = RunStore::create(folder.file("run"), {});
  int units = 0;
  for (const auto& unit : suites().make("fragility")->plan(audit, store)) {
    if (unit.key.find("|" + std::string(facts::kLedger) + "|") == std::string::npos) continue;
    ++units;
    EXPECT_EQ(unit.key.rfind("fragility|lrp|", 0), 0u);
    const auto result = unit.work();
    EXPECT_EQ(static_cast<double>(passes.forward + passes.double_backward), unit.cost);
    std::set<std::string> samples;
    for (const auto& record : result.records) {
      if (!record.sample.empty()) samples.insert(record.sample);
    }
    EXPECT_EQ(samples.size(), static_cast<size_t>(kLedgerSamples)) << "of 18";
  }
  EXPECT_EQ(units, 1);
}

}  // namespace
}  // namespace faultline
