#include "suites/axiom_suite.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "core/error.h"
#include "data/npy.h"
#include "suites/axioms/counterexample.h"
#include "suites/small_audit.h"
#include "support/shared.h"

namespace faultline {
namespace {

namespace names = facts::axioms;
using testing::Ran;
using testing::run;
using testing::small_audit;
using testing::subject_of;

const char* const kShort = "axioms:data=4,cases=6,climbs=2,steps=4,shrink=60";

Audit axiom_audit(at::ScalarType dtype, const std::vector<std::string>& specs) {
  Audit audit = small_audit(dtype, 64);
  audit.samples.resize(6);
  audit.subjects.clear();
  for (const auto& spec : specs) audit.subjects.push_back(subject_of(spec));
  return audit;
}

std::optional<double> whole(const Ran& ran, const std::string& explainer, const std::string& condition, const char* metric) {
  for (const auto& record : ran.records) {
    if (record.explainer == explainer && record.condition == condition && record.metric == metric && record.sample.empty())
      return record.value;
  }
  return std::nullopt;
}

TEST(AxiomSuite, KeepsClaimsApartFromWhatNobodyClaimed) {
  const testing::TemporaryFolder folder;
  const Audit audit = axiom_audit(at::kDouble, {"gradient", "gradient-x-input", "random"});
  const Ran ran = run(audit, folder.file("run"), 2, kShort);
  for (const auto& subject : audit.subjects) {
    EXPECT_EQ(whole(ran, subject.label, names::kClaims, names::kRefutedClaims), 0) << subject.label;
    EXPECT_GT(*whole(ran, subject.label, names::kClaims, names::kClaimCount), 0) << subject.label;
  }
  EXPECT_EQ(whole(ran, "gradient", "dummy", names::kIsClaimed), 1);
  EXPECT_EQ(whole(ran, "gradient", "dummy", names::kIsRefuted), 0);
  // Four samples, seven edge cases, six random inputs, and two climbs of four steps.
  EXPECT_EQ(whole(ran, "gradient", "positivity", names::kIsClaimed), 0);
  EXPECT_EQ(whole(ran, "gradient", "positivity", names::kIsRefuted), 1);
  EXPECT_EQ(whole(ran, "gradient", "dummy", names::kCases), 4 + 7 + 6 + 2 * 4);
  EXPECT_EQ(whole(ran, "gradient-x-input", "shift-invariance", names::kIsRefuted), 1);
}

TEST(AxiomSuite, CountsARefutedClaimAndKeepsItsCase) {
  const testing::TemporaryFolder folder;
  Audit audit = axiom_audit(at::kDouble, {"gradient-x-input"});
  // gradient-x-input under the name and with the claims of another method.
  class Boastful final : public Explainer {
   public:
    Traits traits() const override { return inner_->traits(); }
    std::vector<Claim> claims(const Network&) const override { return {{"shift-invariance", 1e-8, "it boasts"}}; }
    Explanation explain(const Network& network, const Samples& samples, const Context& context) const override {
      return inner_->explain(network, samples, context);
    }

   private:
    std::shared_ptr<const Explainer> inner_ = explainers().make("gradient-x-input");
  };
  audit.subjects[0].explainer = std::make_shared<Boastful>();
  const Ran ran = run(audit, folder.file("run"), 1, std::string(kShort) + ",only=claimed");
  EXPECT_EQ(whole(ran, "gradient-x-input", names::kClaims, names::kClaimCount), 1);
  EXPECT_EQ(whole(ran, "gradient-x-input", names::kClaims, names::kRefutedClaims), 1);
  EXPECT_EQ(ran.pictures.size(), 5u);
  const RunStore store = RunStore::open_for_reading(folder.file("run"));
  const auto fact = [&](const char* field) {
    return store.fact(facts::condition("gradient-x-input", "shift-invariance", field));
  };
  EXPECT_EQ(fact(names::kVerdict), names::kRefuted);
  const Counterexample kept = read_counterexample(store.path(fact(names::kFolder)));
  EXPECT_EQ(kept.axiom, "shift-invariance");
  ASSERT_TRUE(kept.claim);
  EXPECT_EQ(kept.claim->reason, "it boasts");
  EXPECT_EQ(kept.arguments.at("explainer"), print(audit.subjects[0].spec));
  // What was found and what is asked for stand beside each other, and differ by the gap.
  std::map<std::string, at::Tensor> parts;
  for (const auto& picture : ran.pictures) parts[picture.part] = read_npy(store.path(picture.file)).values.to(at::kDouble);
  ASSERT_TRUE(parts.count(facts::part::kMapAfter) && parts.count(names::kMapWanted));
  const at::Tensor &found = parts[facts::part::kMapAfter], &wanted = parts[names::kMapWanted];
  const double gap = (found - wanted).abs().max().item<double>() / wanted.abs().max().item<double>();
  EXPECT_NEAR(gap, kept.trial.violation(), 1e-5 * gap);
}

TEST(AxiomSuite, SaysWhichLayerLosesRelevance) {
  const testing::TemporaryFolder folder;
  const Audit audit = axiom_audit(at::kDouble, {"lrp:rule=epsilon"});
  const Ran ran = run(audit, folder.file("run"), 1, std::string(kShort) + ",axioms=conservativity");
  EXPECT_EQ(whole(ran, "lrp:rule=epsilon", "conservativity", names::kIsRefuted), 1);
  const RunStore store = RunStore::open_for_reading(folder.file("run"));
  const std::string lost = store.fact(facts::condition("lrp:rule=epsilon", "conservativity", names::kLostAt));
  EXPECT_NE(lost.find("bias"), std::string::npos) << lost;
  double last = 0;
  int layers = 0;
  for (const auto& record : ran.records) {
    if (facts::parts_of(record.metric).front() != names::kLayerSum) continue;
    last = *record.value;
    ++layers;
  }
  EXPECT_GT(layers, 4);
  const Counterexample kept =
      read_counterexample(store.path(store.fact(facts::condition("lrp:rule=epsilon", "conservativity", names::kFolder))));
  EXPECT_NEAR(last, kept.trial.found / kept.trial.wanted, 1e-9) << "what is left at the input is the map's sum";
}

TEST(AxiomSuite, GivesEqualRecordsForAnyNumberOfThreads) {
  const testing::TemporaryFolder folder;
  const Audit audit = axiom_audit(at::kFloat, {"gradient", "smooth-grad:samples=4"});
  const Ran one = run(audit, folder.file("one"), 1, kShort), two = run(audit, folder.file("two"), 2, kShort);
  ASSERT_EQ(one.records.size(), two.records.size());
  for (size_t i = 0; i < one.records.size(); ++i) {
    EXPECT_EQ(one.records[i].metric, two.records[i].metric);
    EXPECT_EQ(one.records[i].value, two.records[i].value) << one.records[i].explainer << one.records[i].condition;
  }
}

TEST(AxiomSuite, RefusesWhatItCannotMean) {
  EXPECT_THROW(suites().make(parse_spec("axioms:axioms=positivty")), Error);
  EXPECT_THROW(suites().make(parse_spec("axioms:only=some")), Error);
}

}  // namespace
}  // namespace faultline
