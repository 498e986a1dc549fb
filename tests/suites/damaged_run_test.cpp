// What a run folder may hold after a bad disk or a careless hand: reading it is a one-line input error or gives what was written.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/error.h"
#include "core/random.h"
#include "suites/run_store.h"
#include "support/shared.h"

namespace faultline {
namespace {

using testing::TemporaryFolder;

/// Everything a reader sees, as text.
std::string everything(const RunStore& store) {
  std::ostringstream out;
  out.precision(17);
  for (const auto& [key, value] : store.configuration()) out << key << '=' << value << '\n';
  for (const auto& [key, value] : store.facts()) out << key << '=' << value << '\n';
  for (const auto& unit : store.units()) out << unit << '\n';
  for (const auto& r : store.records()) {
    out << r.suite << '|' << r.explainer << '|' << r.condition << '|' << r.metric << '|' << r.sample << '|' << r.sample_id << '|'
        << r.value.value_or(-1) << '|' << r.reason << '\n';
  }
  for (const auto& h : store.health()) out << h.id << h.value << h.threshold << h.share << h.advice << '\n';
  for (const auto& p : store.pictures()) out << p.sample << p.file << p.part << '\n';
  return out.str();
}

class DamagedRun : public ::testing::Test {
 protected:
  DamagedRun() {
    auto store = RunStore::create(good_, configuration_);
    for (int unit = 0; unit < 12; ++unit) {
      std::vector<Record> records;
      for (uint64_t i = 0; i < 40; ++i) {
        records.push_back({"fragility",
                           "gradient",
                           "ghorbani-topk@8/255",
                           i % 2 ? "top-k" : "spearman",
                           "sample-" + std::to_string(unit) + "-" + std::to_string(i),
                           i,
                           0.125 * static_cast<double>(i) + 1.0 / 3,
                           "",
                           {"ties"}});
      }
      const std::string key = "unit " + std::to_string(unit);
      store.commit_unit(key, records, {{"fragility", "gradient", "c", "ties", 0.5, 0.01, 0.25, "Use a smoother map."}},
                        {{"fragility", "gradient", "c", "a", 3, "maps/x.npy", "image"}},
                        {{"trace " + key, std::string(200, '7')}});
    }
    text_ = everything(store);
  }

  std::string database() const { return run_ + "/run.sqlite"; }
  /// A fresh copy of the good run.
  void restore() {
    std::filesystem::remove_all(run_);
    std::filesystem::create_directories(run_ + "/maps");
    std::filesystem::copy_file(good_ + "/run.sqlite", database());
  }
  std::string bytes() const {
    std::ifstream in(good_ + "/run.sqlite", std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  }
  void put(const std::string& bytes) {
    restore();
    std::ofstream(database(), std::ios::binary | std::ios::trunc) << bytes;
  }
  /// "refused", "same" or what is wrong.
  std::string verdict(bool for_writing = false) {
    try {
      const std::string now = everything(for_writing ? RunStore::resume(run_, configuration_) : RunStore::open_for_reading(run_));
      return now == text_ ? "same" : "other content was read";
    } catch (const Error& error) {
      const std::string what = error.what();
      if (what.find('\n') != std::string::npos) return "more than a line: " + what;
      if (what.find("; ") == std::string::npos) return "no remedy: " + what;
      return error.kind() == ErrorKind::input ? "refused" : "another kind of error: " + what;
    } catch (const std::exception& error) {
      return std::string("another exception: ") + error.what();
    }
  }
  void edit(const std::string& sql) {
    restore();
    SQLite::Database(database(), SQLite::OPEN_READWRITE).exec(sql);
  }

  TemporaryFolder folder_;
  const std::string good_ = folder_.file("good"), run_ = folder_.file("run");
  const Configuration configuration_{{"seed", "42"}, {"model-sha256", "ab"}, {"free.threads", "2"}};
  std::string text_;
};

TEST_F(DamagedRun, IsRefusedOrReadsAsItWasWhicheverByteFlips) {
  const std::string good = bytes();
  const char* given = std::getenv("FAULTLINE_FLIPS");
  const size_t flips = given ? static_cast<size_t>(std::atoi(given)) : 300;
  const auto places = RandomStream(1, "test/flip", 0).uniforms(0, 2 * flips);
  size_t refused = 0;
  for (size_t i = 0; i < flips; ++i) {
    std::string damaged = good;
    // The header and the schema are a small part of the file and the most delicate: every third flip falls there.
    const size_t place = static_cast<size_t>(places[2 * i] * static_cast<double>(i % 3 == 0 ? 4096 : good.size()));
    damaged[place] = static_cast<char>(damaged[place] ^ (1 << static_cast<int>(places[2 * i + 1] * 8)));
    put(damaged);
    const std::string seen = verdict(i % 2 == 1);
    EXPECT_TRUE(seen == "refused" || seen == "same") << "byte " << place << ": " << seen;
    refused += seen == "refused";
  }
  EXPECT_GT(refused, flips / 3);
}

TEST_F(DamagedRun, IsRefusedWhereTheFileIsShort) {
  const std::string good = bytes();
  for (size_t length = 0; length < good.size(); length += length < 200 ? 20 : 997) {
    put(good.substr(0, length));
    EXPECT_EQ(verdict(), "refused") << length;
    put(good.substr(0, length));
    EXPECT_EQ(verdict(true), "refused") << length;
  }
  put(std::string(good.size(), '\0'));
  EXPECT_EQ(verdict(), "refused");
}

TEST_F(DamagedRun, IsRefusedWhereAValueWasChangedInOrder) {
  restore();
  ASSERT_EQ(verdict(), "same");
  const char* const changes[] = {"UPDATE records SET value = value + 1e-9 WHERE rowid = 77",
                                 "UPDATE records SET value = 1 WHERE rowid = 3",
                                 "UPDATE records SET value = 'much' WHERE rowid = 3",
                                 "UPDATE records SET value = x'00' WHERE rowid = 3",
                                 "UPDATE records SET sample_id = 'first' WHERE rowid = 3",
                                 "UPDATE records SET value = NULL, reason = 'zero-map' WHERE rowid = 3",
                                 "UPDATE records SET metric = 'top-j' WHERE rowid = 3",
                                 "UPDATE records SET unit = unit + 1 WHERE rowid = 3",
                                 "UPDATE records SET unit = 99 WHERE rowid = 3",
                                 "DELETE FROM records WHERE rowid = 3",
                                 "DELETE FROM records WHERE unit = 2",
                                 "DELETE FROM units WHERE id = 2",
                                 "INSERT INTO records SELECT * FROM records WHERE rowid = 3",
                                 "UPDATE units SET key = 'unit 77' WHERE id = 3",
                                 "UPDATE health SET share = 0 WHERE rowid = 2",
                                 "DELETE FROM pictures WHERE rowid = 2",
                                 "UPDATE facts SET value = '8' WHERE key = 'trace unit 3'",
                                 "UPDATE configuration SET value = '43' WHERE key = 'seed'",
                                 "DROP TABLE health",
                                 "ALTER TABLE records RENAME COLUMN value TO amount",
                                 "ALTER TABLE records ADD COLUMN more",
                                 "CREATE TABLE other (x)",
                                 "PRAGMA user_version = 1",
                                 "PRAGMA user_version = 99",
                                 "PRAGMA application_id = 7"};
  for (const std::string change : changes) {
    edit(change);
    EXPECT_EQ(verdict(), "refused") << change;
    edit(change);
    EXPECT_EQ(verdict(true), "refused") << change;
  }
}

TEST_F(DamagedRun, IsRefusedWhereTheFileIsSomethingElse) {
  put("a text file\nof two lines\n");
  EXPECT_EQ(verdict(), "refused");
  EXPECT_EQ(verdict(true), "refused");
  restore();
  std::filesystem::remove(database());
  SQLite::Database(database(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE records (value REAL)");
  EXPECT_EQ(verdict(), "refused");
  EXPECT_EQ(verdict(true), "refused");
  std::filesystem::remove(database());
  std::filesystem::create_directory(database());
  EXPECT_EQ(verdict(), "refused");
  EXPECT_EQ(verdict(true), "refused");
}

TEST_F(DamagedRun, ATornLogOfTheLastWritesLosesNoWholeUnitBeforeIt) {
  // A copy of a run that is being written: the log beside the database holds the last units.
  auto store = RunStore::create(folder_.file("live"), configuration_);
  const Record one{"fragility", "gradient", "c", "top-k", "a", 1, 0.5, "", {}};
  for (const char* unit : {"a", "b", "c"}) store.commit_unit(unit, {one});
  const std::string log = folder_.file("live/run.sqlite-wal");
  const auto size = std::filesystem::file_size(log);
  for (const auto length : {size, size - 5000, size / 2, size_t{100}, size_t{0}}) {
    std::filesystem::remove_all(run_);
    std::filesystem::create_directory(run_);
    std::filesystem::copy_file(folder_.file("live/run.sqlite"), database());
    std::filesystem::copy_file(log, database() + "-wal");
    std::filesystem::resize_file(database() + "-wal", length);
    const auto units = RunStore::open_for_reading(run_).units();
    const std::vector<std::string> all{"a", "b", "c"};
    ASSERT_LE(units.size(), 3u);
    EXPECT_TRUE(std::equal(units.begin(), units.end(), all.begin()));
    EXPECT_EQ(units.size() == 3, length == size);
  }
}

}  // namespace
}  // namespace faultline
