#include "suites/runner.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>

#include "core/error.h"
#include "suites/run_store.h"
#include "support/shared.h"

namespace faultline {
namespace {

/// Units that need the same thing, which is made by `make`.
Unit needing(const std::string& key, const std::function<void()>& make, const std::function<void()>& work) {
  return {key,
          1,
          [work] {
            work();
            return UnitResult{};
          },
          1,
          "thing",
          make};
}

/// What a run that does not come to its end says of it.
std::optional<ErrorKind> failure_of(const std::vector<Unit>& units, RunStore& store, const RunnerOptions& options) {
  try {
    run_units(units, store, options);
  } catch (const Error& error) {
    return error.kind();
  }
  return std::nullopt;
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
  const std::vector<Unit> units{{"a", 1, [] { return UnitResult{}; }}, {"b", 1, endless}, {"c", 1, endless}};
  EXPECT_EQ(failure_of(units, store, options), ErrorKind::interrupted);
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
  EXPECT_EQ(failure_of({{"a", 1, soon}, {"b", 1, soon}}, store, options), ErrorKind::interrupted);
  EXPECT_EQ(store.units(), std::vector<std::string>{"a"});
}

TEST(Runner, KeepsWhatWasDoneWhenAUnitFails) {
  const testing::TemporaryFolder folder;
  RunStore store = RunStore::create(folder.file("run"), {});
  const auto good = [] { return UnitResult{}; };
  const auto bad = []() -> UnitResult { throw Error(ErrorKind::input, "a sample", "is bad"); };
  EXPECT_EQ(failure_of({{"a", 1, good}, {"b", 1, bad}, {"c", 1, good}}, store, {}), ErrorKind::input);
  EXPECT_TRUE(store.is_done("a"));
  EXPECT_FALSE(store.is_done("b"));
}

TEST(Runner, GoesOnWithOtherUnitsWhileOneThreadMakesWhatSeveralNeed) {
  const testing::TemporaryFolder folder;
  RunStore store = RunStore::create(folder.file("run"), {});
  std::promise<void> other_began;
  std::atomic<int> made{0}, early{0};
  const auto make = [&] {
    EXPECT_EQ(other_began.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready)
        << "the second thread waits for this one";
    ++made;
  };
  const auto work = [&] { early += made == 0; };
  std::vector<Unit> units{needing("a", make, work), needing("b", make, work), needing("c", make, work)};
  units.push_back({"d", 1, [&] {
                     other_began.set_value();
                     return UnitResult{};
                   }});
  RunnerOptions options;
  options.threads = 2;
  run_units(units, store, options);
  EXPECT_EQ(made, 1) << "once";
  EXPECT_EQ(early, 0) << "a unit began before what it needs was there";
  EXPECT_EQ(store.units().size(), 4u);
}

TEST(Runner, EndsWhereWhatSeveralNeedCannotBeMade) {
  const testing::TemporaryFolder folder;
  RunStore store = RunStore::create(folder.file("run"), {});
  const auto make = [] { throw Error(ErrorKind::input, "a network", "is bad"); };
  int begun = 0;
  const auto work = [&] { ++begun; };
  RunnerOptions options;
  options.threads = 2;
  EXPECT_EQ(failure_of({needing("a", make, work), needing("b", make, work)}, store, options), ErrorKind::input);
  EXPECT_EQ(begun, 0);
}

TEST(Runner, StopsAThreadThatHasNothingElseToDoWhileAnotherMakes) {
  const testing::TemporaryFolder folder;
  RunStore store = RunStore::create(folder.file("run"), {});
  StopRequest stop;
  RunnerOptions options;
  options.stop = &stop;
  options.threads = 2;
  options.grace = {};
  const auto endless = [&] {
    stop.ask();
    for (;;) interruption_point();
  };
  const auto work = [] { FAIL() << "begun without what it needs"; };
  EXPECT_EQ(failure_of({needing("a", endless, work), needing("b", endless, work)}, store, options), ErrorKind::interrupted);
  EXPECT_TRUE(store.units().empty());
}

}  // namespace
}  // namespace faultline
