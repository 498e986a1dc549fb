#include "suites/fragility.h"

#include <gtest/gtest.h>

#include "suites/facts.h"
#include "suites/small_audit.h"
#include "support/shared.h"

namespace faultline {
namespace {

using testing::assault_of;
using testing::Ran;
using testing::run;
using testing::small_audit;

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
      EXPECT_LE(progress.done, progress.planned);
      if (++units == 9) stop.ask();
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

TEST(Runner, KeepsWhatWasDoneWhenAUnitFails) {
  const testing::TemporaryFolder folder;
  RunStore store = RunStore::create(folder.file("run"), {});
  const auto good = [] { return UnitResult{}; };
  const auto bad = []() -> UnitResult { throw Error(ErrorKind::input, "a sample", "is bad"); };
  EXPECT_THROW(run_units({{"a", 1, good}, {"b", 1, bad}, {"c", 1, good}}, store, {}), Error);
  EXPECT_TRUE(store.is_done("a"));
  EXPECT_FALSE(store.is_done("b"));
}

}  // namespace
}  // namespace faultline
