#include "suites/fragility.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/random.h"
#include "suites/facts.h"
#include "suites/small_audit.h"
#include "support/shared.h"

namespace faultline {
namespace {

using testing::assault_of;
using testing::Ran;
using testing::run;
using testing::small_audit;
using testing::subject_of;

void expect_equal(const std::vector<Record>& a, const std::vector<Record>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].condition + a[i].metric + a[i].sample, b[i].condition + b[i].metric + b[i].sample);
    EXPECT_EQ(a[i].value, b[i].value) << a[i].explainer << " " << a[i].condition << " " << a[i].metric << " " << a[i].sample;
    EXPECT_EQ(a[i].reason, b[i].reason);
  }
}

TEST(Fragility, GivesTheSameNumbersForAnyBatchAndThreadCount) {
  const testing::TemporaryFolder folder;
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    const std::string name = dtype == at::kFloat ? "f" : "d";
    const auto whole = run(small_audit(dtype, 64), folder.file(name + "64"), 1).records;
    expect_equal(run(small_audit(dtype, 1), folder.file(name + "1"), 2).records, whole);
    expect_equal(run(small_audit(dtype, 7), folder.file(name + "7"), 1).records, whole);
  }
}

TEST(Fragility, MeasuresEverySampleUnderEveryConditionOrSaysWhyNot) {
  const testing::TemporaryFolder folder;
  const Audit audit = small_audit(at::kFloat, 64);
  const Ran ran = run(audit, folder.file("run"), 2);
  std::map<std::string, int> measured, skipped;
  for (const auto& record : ran.records) {
    if (record.metric == "top-k") ++(record.value ? measured : skipped)[record.explainer + " " + record.condition];
  }
  for (const auto& condition : fragility_conditions(audit)) {
    EXPECT_EQ(measured["gradient " + condition.name], 18) << condition.name;
    const bool needs_gradient = condition.assault->attack->facts().needs_gradient;
    EXPECT_EQ((needs_gradient ? skipped : measured)["random " + condition.name], 18) << condition.name;
  }
  // The worst, median and best of the one explainer that the attack applies to, four arrays each.
  EXPECT_EQ(ran.pictures.size(), 3u * 4u);
  for (const auto& picture : ran.pictures) EXPECT_EQ(picture.explainer, "gradient");
}

TEST(Fragility, GoesOnWhereItWasStopped) {
  const testing::TemporaryFolder folder;
  const Audit audit = small_audit(at::kFloat, 64);
  const auto whole = run(audit, folder.file("whole"), 1).records;

  const auto suite = suites().make("fragility");
  StopRequest stop;
  {
    RunStore store = RunStore::create(folder.file("parts"), {});
    RunnerOptions options;
    options.stop = &stop;
    int units = 0;
    options.progress = [&](const Progress& progress) {
      EXPECT_LE(progress.share, 1);
      if (!progress.unit.empty() && ++units == 9) stop.ask();
    };
    try {
      run_units(suite->plan(audit, store), store, options);
      FAIL() << "was not stopped";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::interrupted);
    }
    EXPECT_EQ(store.units().size(), 9u);
  }
  RunStore store = RunStore::resume(folder.file("parts"), {});
  run_units(suite->plan(audit, store), store, {});
  suite->finish(audit, store);
  expect_equal(store.records(), whole);
}

TEST(Fragility, CostsAsManyPassesAsItSays) {
  const testing::TemporaryFolder folder;
  Audit audit = small_audit(at::kFloat, 64);
  audit.samples.resize(6);
  audit.epsilons = {8.0 / 255};
  audit.subjects = {subject_of("gradient"), subject_of("random"), subject_of("integrated-gradients:steps=6"),
                    subject_of("smooth-grad:samples=4")};
  const char* const attacks[] = {"ghorbani-topk:iterations=20,beta=20",
                                 "ghorbani-topk:iterations=20,beta=20,points=3",
                                 "ghorbani-topk:iterations=20,beta=20,steps=4,select-every=3",
                                 "ghorbani-mass-center:iterations=20",
                                 "nes:queries=40,pairs=3",
                                 "spsa:queries=40,pairs=3",
                                 "evolution:queries=40",
                                 "square-search:queries=40",
                                 "random-sign:iterations=20",
                                 "gaussian-noise"};
  const auto suite = suites().make("fragility");
  for (const std::string attack : attacks) {
    audit.assaults = {assault_of(attack)};
    for (const auto& subject : std::vector<Subject>(audit.subjects)) {
      PassCount passes;
      Audit one = audit;
      one.subjects = {subject};
      one.context.passes = &passes;
      if (!is_applicable(*one.assaults[0].attack, *subject.explainer)) continue;
      RunStore store = RunStore::create(folder.file(std::to_string(fnv1a64(attack + subject.label))), {});
      const auto units = suite->plan(one, store);
      run_units(units, store, {});
      const auto counted = static_cast<double>(passes.forward + passes.double_backward);
      EXPECT_NEAR(work_of(units).evaluations / counted, 1, 0.1) << subject.label << " " << attack << " " << counted;
    }
  }
}

/// The panels are about the attack that moved an explainer most, whichever was named first.
TEST(Fragility, ShowsTheStrongestAttackInPictures) {
  const testing::TemporaryFolder folder;
  Audit audit = testing::small_audit(at::kFloat, 8);
  audit.assaults.insert(audit.assaults.begin(), testing::assault_of("ghorbani-topk:iterations=1,step=1e-6"));
  audit.assaults.front().label = "idle";
  const auto ran = testing::run(audit, folder.path() + "/run", 1);
  ASSERT_FALSE(ran.pictures.empty());
  for (const auto& picture : ran.pictures) EXPECT_EQ(picture.condition.rfind("ghorbani-topk@", 0), 0u) << picture.condition;
}

}  // namespace
}  // namespace faultline
