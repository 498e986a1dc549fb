// Audits of explainers that are somebody else's code: every sample has its record, whatever that code does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "data/npy.h"
#include "models/model.h"
#include "models/torchscript_export.h"
#include "models/transforms.h"
#include "suites/facts.h"
#include "suites/small_audit.h"
#include "support/map_module_file.h"
#include "support/shared.h"
#include "support/trained_network.h"

namespace faultline {
namespace {

using ::testing::HasSubstr;

std::string fake(const std::string& how, const std::string& options = "timeout=20") {
  return "external:command=('" FAULTLINE_FAKE_EXPLAINER "' " + how + ")," + options;
}

/// One explainer on the small audit's network, which is said to be a file's.
Audit audit_of(const std::string& explainer, int64_t batch = 64) {
  Audit audit = testing::small_audit(at::kFloat, batch);
  audit.network = audit.network.with_origin({"model.pt", true});
  audit.counterpart = audit.counterpart.with_origin({"model.pt", true});
  audit.subjects.clear();
  audit.subjects.push_back(testing::subject_of(explainer));
  audit.assaults = {testing::assault_of("ghorbani-topk:iterations=4"), testing::assault_of("random-sign:iterations=4")};
  audit.epsilons = {8.0 / 255};
  return audit;
}

/// The records of conditions that samples are in, as text, in an order that does not depend on threads.
std::multiset<std::string> texts_of(const testing::Ran& ran) {
  std::multiset<std::string> out;
  for (const auto& record : ran.records)
    out.insert(record.condition + "|" + record.metric + "|" + record.sample + "|" +
               (record.value ? exact_number(*record.value) : record.reason));
  return out;
}

TEST(ExternalAudit, NumbersDependNeitherOnThreadsNorOnBatches) {
  const testing::TemporaryFolder folder;
  const auto once = texts_of(testing::run(audit_of(fake("well"), 64), folder.file("a"), 1));
  EXPECT_GT(once.size(), 18u * 10);
  EXPECT_EQ(once, texts_of(testing::run(audit_of(fake("well"), 5), folder.file("b"), 2)));
  EXPECT_EQ(once, texts_of(testing::run(audit_of(fake("well", "timeout=20,block=1"), 64), folder.file("c"), 2)));
}

TEST(ExternalAudit, EverySampleHasARecordWhateverTheProgramDoes) {
  for (const std::string how : {"hangs", "dies", "garbage", "wrong-shape", "nan", "previous-number", "talkative"}) {
    const testing::TemporaryFolder folder;
    const auto ran = testing::run(audit_of(fake(how, "timeout=0.2,start=0.2")), folder.file("run"), 2);
    std::map<std::pair<std::string, std::string>, int> counts;
    std::map<std::string, int> reasons;
    for (const auto& record : ran.records) {
      if (record.metric == "top-k") ++counts[{record.condition, record.metric}];
      if (record.metric == "top-k") ++reasons[record.reason];
    }
    ASSERT_EQ(counts.size(), 3u) << how << ": two conditions and the rounding floor";
    for (const auto& [key, count] : counts) EXPECT_EQ(count, 18) << how << " " << key.first;
    EXPECT_GE(reasons["not-applicable"], 18) << how << ": ghorbani-topk needs a gradient";
    if (how == "talkative") {
      EXPECT_EQ(reasons["explainer-failed"], 0);
    } else if (how == "nan") {
      EXPECT_GT(reasons["non-finite-map"], 0);
    } else {
      EXPECT_EQ(reasons["explainer-failed"], 36) << how;
    }
  }
}

/// What was spent on a sample without a map says nothing of it: no prediction that is kept, no warning.
TEST(ExternalAudit, ASampleWithoutAMapHasNoFiguresOfEffort) {
  const testing::TemporaryFolder folder;
  Audit audit = audit_of(fake("dies-when-moved " + folder.file("marker"), "timeout=5"));
  audit.samples.resize(8);
  audit.assaults = {testing::assault_of("random-sign:iterations=4,mode=resample")};
  const auto ran = testing::run(audit, folder.file("run"), 1);
  int kept = 0;
  for (const auto& record : ran.records) {
    if (record.metric != facts::quantity::kKept || record.condition == facts::kRounding) continue;
    EXPECT_EQ(record.reason, "explainer-failed") << record.condition;
    ++kept;
  }
  EXPECT_EQ(kept, 8);
  for (const auto& warning : ran.health) ADD_FAILURE() << warning.condition << ": " << warning.id;
}

TEST(ExternalAudit, TheReasonInWordsIsAFactOfTheSample) {
  const testing::TemporaryFolder folder;
  const Audit audit = audit_of(fake("dies", "timeout=5"));
  testing::run(audit, folder.file("run"), 1);
  const RunStore store = RunStore::open_for_reading(folder.file("run"));
  int said = 0;
  for (const auto& [key, value] : store.facts()) {
    if (facts::parts_of(key)[0] != facts::kFailure) continue;
    EXPECT_THAT(value, HasSubstr("out of luck"));
    ++said;
  }
  EXPECT_EQ(said, 36);
}

/// The small CNN as a file with a module that differentiates it.
struct Scripted {
  testing::TemporaryFolder folder;
  Audit audit;
  Scripted() {
    const std::string file = folder.file("net.pt"), maps = folder.file("gradient.pt");
    save_torchscript(testing::trained_cnn(), file);
    testing::save_map_module(maps, testing::kGradientCode, file);
    audit = audit_of("torchscript:file=" + maps);
    auto explainer = explainers().make("torchscript:file=" + maps);
    explainer->probe(audit.network, load_samples(audit, audit.subjects[0], {0, 1, 2, 3}), audit.context);
    audit.subjects[0].explainer = std::move(explainer);
  }
  std::map<std::string, int> reasons(const std::string& suite) {
    std::map<std::string, int> out;
    for (const auto& record : testing::run(audit, folder.file(suite.substr(0, 9)), 1, suite).records)
      if (record.explainer == audit.subjects[0].label) ++out[record.value ? "" : record.reason];
    return out;
  }
};

TEST(TorchscriptAudit, GradientAttacksFollowItsDifferences) {
  Scripted scripted;
  auto reasons = scripted.reasons("fragility");
  EXPECT_GT(reasons[""], 0);
  EXPECT_EQ(reasons["not-applicable"], 0);
}

TEST(TorchscriptAudit, SuitesThatChangeTheNetworkDoNotApply) {
  Scripted scripted;
  for (const std::string suite : {"parameter-randomization", "shift", "curvature"}) {
    auto reasons = scripted.reasons(suite);
    EXPECT_GT(reasons["not-applicable"], 0) << suite;
    for (const auto& [reason, count] : reasons)
      EXPECT_TRUE(reason == "not-applicable" || reason.empty()) << suite << " " << reason;
  }
}

TEST(PrecomputedAudit, AttacksDoNotApply) {
  const testing::TemporaryFolder folder;
  Audit audit = audit_of("random");
  const Samples all = load_samples(audit, audit.subjects[0], {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17});
  write_npy(folder.file("maps.npy"), all.inputs);
  auto explainer = explainers().make("precomputed:maps=" + folder.file("maps.npy"));
  explainer->meet(all);
  audit.subjects[0].explainer = std::move(explainer);
  audit.subjects[0].is_control = false;
  const auto ran = testing::run(audit, folder.file("run"), 2);
  EXPECT_EQ(ran.records.size(), 2u * 2 * 18) << "two attacks, two metrics";
  for (const auto& record : ran.records) EXPECT_EQ(record.reason, "not-applicable");
  for (const auto& record :
       testing::run(audit, folder.file("axioms"), 1, "axioms:axioms=positivity|conservativity,data=4").records) {
    if (record.metric != "is-refuted") continue;
    EXPECT_TRUE(record.value || !record.reason.empty());
  }
}

}  // namespace
}  // namespace faultline
