#include "suites/run_store.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <limits>

#include "core/error.h"
#include "suites/facts.h"
#include "suites/run_database.h"
#include "support/shared.h"

namespace faultline {
namespace {

using testing::TemporaryFolder;

const Configuration kConfiguration{{"seed", "42"}, {"model.sha256", "ab"}, {"free.threads", "2"}};

Record measured(const std::string& sample, uint64_t id, double value) {
  return {"fragility", "gradient", "ghorbani-topk@8/255", "top-k", sample, id, value, "", {}};
}

/// The error that `work` throws; a test failure where it throws none.
template <class Work>
Error error_of(Work work) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(ErrorKind::interrupted, "", "");
}

TEST(RunStore, GivesBackEverythingThatWasWritten) {
  TemporaryFolder folder;
  const std::string run = folder.file("a/b/run");
  {
    auto store = RunStore::create(run, kConfiguration);
    Record skipped{"fragility", "gradient", "ghorbani-topk@8/255", "top-k", "b", 7, std::nullopt, "zero-map", {}};
    Record warned = measured("a", std::numeric_limits<uint64_t>::max(), 0.1);
    warned.warnings = {"still-improving", "ties"};
    store.commit_unit("u1", {skipped, warned}, {{"fragility", "gradient", "c", "ties", 0.5, 0.01, 0.25, "Use a smoother map."}},
                      {{"fragility", "gradient", "c", "a", 3, "maps/x.npy", "image"}}, {{"prepared", "value"}});
    store.set_fact(std::string("odd\0key", 7), "two\nlines");
    store.log("first\nline");
  }
  const auto store = RunStore::open_for_reading(run);
  EXPECT_EQ(store.configuration(), kConfiguration);
  EXPECT_EQ(store.facts(), (Facts{{"prepared", "value"}, {std::string("odd\0key", 7), "two\nlines"}}));
  EXPECT_EQ(store.fact("prepared"), "value");
  EXPECT_EQ(store.fact("never set", "otherwise"), "otherwise");
  EXPECT_EQ(store.units(), std::vector<std::string>{"u1"});
  const auto records = store.records();
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].sample_id, 7u);
  EXPECT_FALSE(records[0].value);
  EXPECT_EQ(records[0].reason, "zero-map");
  EXPECT_EQ(records[1].sample_id, std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(records[1].value, 0.1);
  EXPECT_EQ(records[1].warnings, (std::vector<std::string>{"still-improving", "ties"}));
  const auto health = store.health();
  ASSERT_EQ(health.size(), 1u);
  EXPECT_EQ(health[0].advice, "Use a smoother map.");
  EXPECT_EQ(health[0].share, 0.25);
  const auto pictures = store.pictures();
  ASSERT_EQ(pictures.size(), 1u);
  EXPECT_EQ(pictures[0].file, "maps/x.npy");
  EXPECT_EQ(pictures[0].part, "image");
  std::ifstream log(store.path("log.txt"));
  std::string line;
  std::getline(log, line);
  EXPECT_EQ(line, "first\\x0aline");
  EXPECT_TRUE(std::filesystem::is_directory(store.path("maps")));
}

RC_GTEST_PROP(RunStore, KeepsEveryFiniteDoubleExactly, (const std::vector<double>& values)) {
  TemporaryFolder folder;
  std::vector<Record> records;
  for (size_t i = 0; i < values.size(); ++i) records.push_back(measured("s", i, values[i]));
  records.push_back(measured("s", values.size(), std::numeric_limits<double>::denorm_min()));
  records.push_back(measured("s", values.size() + 1, -std::numeric_limits<double>::max()));
  RunStore::create(folder.file("r"), {}).commit_unit("u", records);
  const auto back = RunStore::open_for_reading(folder.file("r")).records();
  RC_ASSERT(back.size() == records.size());
  for (size_t i = 0; i < back.size(); ++i) RC_ASSERT(*back[i].value == *records[i].value);
}

TEST(RunStore, ReadsTheSameInWhateverOrderUnitsWereWritten) {
  TemporaryFolder folder;
  const std::vector<Record> first{measured("a", 1, 0.5), measured("b", 2, 0.25)}, second{measured("c", 0, 0.75)};
  auto one = RunStore::create(folder.file("one"), {});
  one.commit_unit("x", first);
  one.commit_unit("y", second);
  auto two = RunStore::create(folder.file("two"), {});
  two.commit_unit("y", second);
  two.commit_unit("x", first);
  ASSERT_EQ(one.records().size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(one.records()[i].sample_id, i);
    EXPECT_EQ(two.records()[i].sample_id, i);
  }
  EXPECT_EQ(one.units(), two.units());
}

TEST(RunStore, RefusesAnExistingRun) {
  TemporaryFolder folder;
  RunStore::create(folder.path(), kConfiguration);
  const auto error = error_of([&] { RunStore::create(folder.path(), kConfiguration); });
  EXPECT_EQ(error.kind(), ErrorKind::usage);
  EXPECT_NE(std::string(error.what()).find("exists"), std::string::npos);
  EXPECT_NE(std::string(error.what()).find("--resume"), std::string::npos);
}

TEST(RunStore, GoesOnWhereItStoppedAndTakesNewFreeKeys) {
  TemporaryFolder folder;
  RunStore::create(folder.path(), kConfiguration).commit_unit("u1", {measured("a", 0, 1)}, {}, {}, {{"beta", "12.5"}});
  Configuration now = kConfiguration;
  now["free.threads"] = "8";
  now["free.device"] = "cpu";
  auto store = RunStore::resume(folder.path(), now);
  EXPECT_TRUE(store.is_done("u1"));
  EXPECT_FALSE(store.is_done("u2"));
  EXPECT_EQ(store.fact("beta"), "12.5");
  EXPECT_EQ(store.configuration(), now);
  store.commit_unit("u2", {measured("b", 1, 0.5)});
  EXPECT_EQ(store.records().size(), 2u);
}

TEST(RunStore, NamesTheFirstKeyThatDiffersAndBothValues) {
  TemporaryFolder folder;
  RunStore::create(folder.path(), kConfiguration);
  const auto resumed_with = [&](Configuration other) { return error_of([&] { RunStore::resume(folder.path(), other); }); };
  const auto changed = resumed_with({{"seed", "43"}, {"model.sha256", "ab"}});
  EXPECT_EQ(changed.kind(), ErrorKind::usage);
  EXPECT_NE(std::string(changed.what()).find("seed is '42' in this run and '43' now"), std::string::npos) << changed.what();
  const auto gone = resumed_with({{"seed", "43"}});
  EXPECT_NE(std::string(gone.what()).find("model.sha256 is 'ab' in this run and not set now"), std::string::npos) << gone.what();
  const auto extra = resumed_with({{"seed", "42"}, {"model.sha256", "ab"}, {"dtype", "float64"}});
  EXPECT_NE(std::string(extra.what()).find("dtype is not set in this run and 'float64' now"), std::string::npos) << extra.what();
}

TEST(RunStore, HoldsWholeUnitsOnlyWhenTheWriterIsKilled) {
  TemporaryFolder folder;
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    auto store = RunStore::create(folder.file("run"), kConfiguration);
    store.commit_unit("u1", {measured("a", 0, 0.5), measured("b", 1, 0.25)});
    // Half a unit, written as commit_unit writes it, then gone as with kill -9: no destructor, no rollback.
    SQLite::Database raw(folder.file("run/run.sqlite"), SQLite::OPEN_READWRITE);
    raw.exec(
        "BEGIN; INSERT INTO units (key, digest) VALUES ('u2', ''); INSERT INTO records VALUES "
        "(2,'f','g','c','m','s',0,1.0,'','');");
    kill(getpid(), SIGKILL);
  }
  ASSERT_GT(child, 0);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(RunStore::open_for_reading(folder.file("run")).records().size(), 2u);
  auto store = RunStore::resume(folder.file("run"), kConfiguration);  // the lock died with its process
  EXPECT_EQ(store.units(), std::vector<std::string>{"u1"});
  store.commit_unit("u2", {measured("c", 2, 0.75)});
  EXPECT_EQ(store.records().size(), 3u);
}

TEST(RunStore, KeepsNothingOfAUnitThatFails) {
  TemporaryFolder folder;
  auto store = RunStore::create(folder.path(), {});
  store.commit_unit("u1", {measured("a", 0, 1)});
  EXPECT_THROW(store.commit_unit("u1", {measured("b", 1, 1)}), std::logic_error);
  EXPECT_THROW(store.commit_unit("u2", {measured("b", 1, 1), measured("c", 2, std::nan(""))}), std::logic_error);
  EXPECT_THROW(store.commit_unit("u2", {measured("c", 2, std::numeric_limits<double>::infinity())}), std::logic_error);
  Record neither = measured("d", 3, 1);
  neither.value.reset();
  EXPECT_THROW(store.commit_unit("u2", {neither}), std::logic_error);
  Record both = measured("e", 4, 1);
  both.reason = "zero-map";
  EXPECT_THROW(store.commit_unit("u2", {both}), std::logic_error);
  EXPECT_EQ(store.records().size(), 1u);
  EXPECT_FALSE(store.is_done("u2"));
}

TEST(RunStore, ReportsAFullDiskAndKeepsWhatWasWritten) {
  TemporaryFolder folder;
  auto store = RunStore::create(folder.path(), {});
  store.commit_unit("u1", {measured("a", 0, 1)});
  // A limit on the size of files makes write() fail as a full disk does.
  struct rlimit before {};
  getrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small { 200000, before.rlim_max };
  setrlimit(RLIMIT_FSIZE, &small);
  const auto error = error_of([&] { store.commit_unit("u2", std::vector<Record>(20000, measured("b", 1, 1))); });
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(error.kind(), ErrorKind::environment) << error.what();
  EXPECT_FALSE(store.is_done("u2"));
  EXPECT_EQ(store.records().size(), 1u);
  store.commit_unit("u2", {measured("c", 2, 1)});  // with space again, the store goes on
  EXPECT_EQ(store.records().size(), 2u);
}

TEST(RunStore, ReportsAFolderThatCannotBeMade) {
  TemporaryFolder folder;
  std::ofstream(folder.file("plain")) << "a file";
  const auto error = error_of([&] { RunStore::create(folder.file("plain/run"), {}); });
  EXPECT_EQ(error.kind(), ErrorKind::environment);
  EXPECT_NE(std::string(error.what()).find("plain/run"), std::string::npos);
}

TEST(RunStore, RefusesAFolderWithoutARun) {
  TemporaryFolder folder;
  EXPECT_EQ(error_of([&] { RunStore::open_for_reading(folder.path()); }).kind(), ErrorKind::input);
  EXPECT_EQ(error_of([&] { RunStore::open_for_reading(folder.file("absent")); }).kind(), ErrorKind::input);
  EXPECT_EQ(error_of([&] { RunStore::resume(folder.path(), {}); }).kind(), ErrorKind::input);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(RunStore, RefusesForeignAndDamagedFiles) {
  TemporaryFolder folder;
  const std::string file = folder.file("run.sqlite");
  const auto refused = [&](const std::string& word) {
    for (const bool resume : {false, true}) {
      const auto error =
          error_of([&] { resume ? RunStore::resume(folder.path(), {}) : RunStore::open_for_reading(folder.path()); });
      EXPECT_EQ(error.kind(), ErrorKind::input) << error.what();
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
    }
    std::filesystem::remove(file);
  };
  std::ofstream(file) << "no database at all, but long enough to look at: " << std::string(5000, 'x');
  refused("is not a run");
  std::ofstream(file) << "";
  refused("is not a run");
  SQLite::Database(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE other (x)");
  refused("is not a run");

  RunStore::create(folder.file("good"), kConfiguration);
  const std::string good = folder.file("good/run.sqlite");
  std::filesystem::copy_file(good, file);
  std::filesystem::resize_file(file, std::filesystem::file_size(good) / 2);
  refused("damaged");
  std::filesystem::copy_file(good, file);
  {
    std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(4096);
    out << std::string(8192, '\x7f');
  }
  refused("damaged");
  std::filesystem::copy_file(good, file);
  SQLite::Database(file, SQLite::OPEN_READWRITE).exec("PRAGMA user_version=99");
  refused("format 99");
}

TEST(RunStore, SaysWhoseFaultAnErrorOfSqliteIs) {
  const auto kind = [](int code) {
    return error_of([&] { throw_database_error("run.sqlite", SQLite::Exception("text", code)); }).kind();
  };
  for (const int code : {SQLITE_NOTADB, SQLITE_CORRUPT}) EXPECT_EQ(kind(code), ErrorKind::input) << code;
  for (const int code : {SQLITE_FULL, SQLITE_READONLY, SQLITE_PERM, SQLITE_CANTOPEN, SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR})
    EXPECT_EQ(kind(code), ErrorKind::environment) << code;
  const auto said = [](int code) {
    return std::string(error_of([&] { throw_database_error("run.sqlite", SQLite::Exception("text", code)); }).what());
  };
  EXPECT_NE(said(SQLITE_FULL).find("what was measured is kept"), std::string::npos);
  EXPECT_NE(said(SQLITE_BUSY).find("held by another process"), std::string::npos);
  EXPECT_NE(said(SQLITE_IOERR).find("text"), std::string::npos);
}

TEST(RunStore, RefusesASecondWriterAndLetsReadersIn) {
  TemporaryFolder folder;
  auto store = RunStore::create(folder.path(), {});
  store.commit_unit("u1", {measured("a", 0, 1)});
  const auto error = error_of([&] { RunStore::resume(folder.path(), {}); });
  EXPECT_EQ(error.kind(), ErrorKind::environment);
  EXPECT_NE(std::string(error.what()).find("another process"), std::string::npos);
  auto reader = RunStore::open_for_reading(folder.path());
  EXPECT_EQ(reader.records().size(), 1u);
  EXPECT_THROW(reader.set_fact("x", "y"), std::logic_error);
  store.commit_unit("u2", {measured("b", 1, 1)});
  EXPECT_EQ(reader.records().size(), 2u);
}

TEST(RunStore, IsOneFileWhenItIsClosed) {
  TemporaryFolder folder;
  RunStore::create(folder.path(), {}).commit_unit("u", {measured("a", 0, 1)});
  RunStore::open_for_reading(folder.path()).records();
  EXPECT_FALSE(std::filesystem::exists(folder.file("run.sqlite-wal")));
  EXPECT_FALSE(std::filesystem::exists(folder.file("run.sqlite.new")));
}

RC_GTEST_PROP(Facts, KeysReadBackToTheirParts, (const std::vector<std::string>& some)) {
  std::vector<std::string> parts = some;
  parts.push_back("a|b\\c");
  RC_ASSERT(facts::parts_of(facts::key(parts)) == parts);
}

}  // namespace
}  // namespace faultline
