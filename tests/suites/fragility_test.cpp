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

TEST(Runner, CountsProgressFromWhatWasDoneBeforeToExactlyOne) {
  const testing::TemporaryFolder folder;
  RunStore store = RunStore::create(folder.file("run"), {});
  const auto work = [] { return UnitResult{}; };
  std::vector<Unit> units;
  for (int i = 0; i < 30; ++i) units.push_back({std::to_string(i), 0.1 * (i % 7 + 1), work, 1.0 / (i % 3 + 1)});
  for (const int done : {3, 8}) store.commit_unit(units[done].key, {});
  std::vector<Progress> seen;
  RunnerOptions options;
  options.threads = 2;
  options.progress = [&](const Progress& progress) { seen.push_back(progress); };
  run_units(units, store, options);
  ASSERT_EQ(seen.size(), 29u);
  const double before = units[3].cost * units[3].seconds_per_evaluation + units[8].cost * units[8].seconds_per_evaluation;
  const double all = work_of(units).seconds;
  EXPECT_DOUBLE_EQ(seen.front().share, before / all);
  EXPECT_NEAR(seen.front().seconds_left, (all - before) / 2, 0.3);  // the last unit may run alone
  EXPECT_EQ(expected_seconds(units, store, 2), 0);
  for (size_t i = 1; i < seen.size(); ++i) EXPECT_GT(seen[i].share, seen[i - 1].share);
  EXPECT_EQ(seen.back().share, 1);
  EXPECT_EQ(seen.back().seconds_left, 0);
}

TEST(Runner, ExpectsTheTimeOfTheUnitThatRunsAlone) {
  const testing::TemporaryFolder folder;
  const RunStore store = RunStore::create(folder.file("run"), {});
  const auto work = [] { return UnitResult{}; };
  EXPECT_DOUBLE_EQ(expected_seconds({{"a", 10, work, 0.5}, {"b", 1, work, 1}, {"c", 1, work, 1}}, store, 2), 5);
  EXPECT_DOUBLE_EQ(expected_seconds({{"a", 2, work, 1}, {"b", 2, work, 1}, {"c", 2, work, 1}}, store, 1), 6);
}

TEST(Runner, GivesUpUnitsThatOutlastTheGrace) {
  const testing::TemporaryFolder folder;
  RunStore store = RunStore::create(folder.file("run"), {});
  StopRequest stop;
  RunnerOptions options;
  options.stop = &stop;
  options.grace = {};
  int begun = 0;
  const auto endless = [&]() -> UnitResult {
    ++begun;
    stop.ask();
    for (;;) interruption_point();
  };
  try {
    run_units({{"a", 1, [] { return UnitResult{}; }}, {"b", 1, endless}, {"c", 1, endless}}, store, options);
    FAIL() << "was not stopped";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::interrupted);
  }
  EXPECT_EQ(begun, 1);
  EXPECT_EQ(store.units(), std::vector<std::string>{"a"});
}

TEST(Runner, LetsUnitsEndWithinTheGrace) {
  const testing::TemporaryFolder folder;
  RunStore store = RunStore::create(folder.file("run"), {});
  StopRequest stop;
  RunnerOptions options;
  options.stop = &stop;
  options.grace = std::chrono::hours(1);
  const auto soon = [&] {
    stop.ask();
    interruption_point();
    return UnitResult{};
  };
  EXPECT_THROW(run_units({{"a", 1, soon}, {"b", 1, soon}}, store, options), Error);
  EXPECT_EQ(store.units(), std::vector<std::string>{"a"});
}

TEST(Runner, KeepsWhatWasDoneWhenAUnitFails) {
  const testing::TemporaryFolder folder;
  RunStore store = RunStore::create(folder.file("run"), {});
  const auto good = [] { return UnitResult{}; };
  const auto bad = []() -> UnitResult { throw Error(ErrorKind::input, "a sample", "is bad"); };
  EXPECT_THROW(run_units({{"a", 1, good}, {"b", 1, bad}, {"c", 1, good}}, store, {}), Error);
  EXPECT_TRUE(store.is_done("a"));
  EXPECT_FALSE(store.is_done("b"));
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
