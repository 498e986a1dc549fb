#include "suites/run_store.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "core/error.h"
#include "core/joined.h"
#include "core/write_file.h"
#include "suites/row_digest.h"
#include "suites/run_database.h"

namespace faultline {
namespace {

const char* const kDatabase = "run.sqlite";

std::string file_in(const std::string& folder, const std::string& name) {
  return (std::filesystem::path(folder) / name).string();
}

bool is_free(const std::string& key) { return key.rfind("free.", 0) == 0; }

/// SQLite's integers are signed; ids use all 64 bits.
int64_t as_signed(uint64_t id) {
  int64_t out;
  std::memcpy(&out, &id, sizeof out);
  return out;
}
uint64_t as_unsigned(int64_t id) {
  uint64_t out;
  std::memcpy(&out, &id, sizeof out);
  return out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    out.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return out;
}

void check(const Record& record) {
  const bool measured = record.value.has_value();
  if (measured == record.reason.empty() && (!measured || std::isfinite(*record.value))) return;
  throw std::logic_error("a record needs either a finite value or a reason: " + record.explainer + " " + record.condition + " " +
                         record.metric + " " + record.sample);
}

void refuse_other_configuration(const std::string& file, const Configuration& stored, const Configuration& wanted) {
  Configuration all = stored;
  all.insert(wanted.begin(), wanted.end());
  const auto shown = [](const Configuration& from, const std::string& key) {
    const auto found = from.find(key);
    return found == from.end() ? std::string("not set") : "'" + found->second + "'";
  };
  for (const auto& [key, value] : all) {
    if (is_free(key) || shown(stored, key) == shown(wanted, key)) continue;
    throw_usage(file, key + " is " + shown(stored, key) + " in this run and " + shown(wanted, key) + " now",
                "go on with the same configuration, or name another folder");
  }
}

template <class Row>
auto sort_key(const Row& r) {
  return std::tie(r.suite, r.explainer, r.condition);
}

}  // namespace

struct RunStore::Impl {
  std::string folder;
  std::unique_ptr<FolderLock> lock;  // outlives the database
  std::unique_ptr<SQLite::Database> database;
  mutable std::mutex mutex;

  std::string file() const { return file_in(folder, kDatabase); }

  /// Runs `work` alone and turns what SQLite throws into an Error.
  template <class Work>
  auto guarded(Work work) const {
    const std::lock_guard<std::mutex> held(mutex);
    try {
      return work(*database);
    } catch (const SQLite::Exception& error) {
      throw_database_error(file(), error);
    }
  }

  /// Runs `work` as one transaction.
  template <class Work>
  void write(Work work) {
    if (!lock) throw std::logic_error("this run was opened for reading");
    guarded([&](SQLite::Database& db) {
      SQLite::Transaction transaction(db);
      work(db);
      transaction.commit();
    });
  }

  std::map<std::string, std::string> pairs(const std::string& table) const {
    return guarded([&](SQLite::Database& db) {
      std::map<std::string, std::string> out;
      SQLite::Statement query(db, "SELECT key, value FROM " + table);
      while (query.executeStep()) out[query.getColumn(0).getString()] = query.getColumn(1).getString();
      return out;
    });
  }
};

RunStore::RunStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RunStore::RunStore(RunStore&&) noexcept = default;
RunStore& RunStore::operator=(RunStore&&) noexcept = default;
RunStore::~RunStore() = default;

bool RunStore::exists(const std::string& folder) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(file_in(folder, kDatabase), ignored);
}

RunStore RunStore::create(const std::string& folder, const Configuration& configuration) {
  if (exists(folder)) throw_usage(folder, "the run exists", "add --resume to go on with it, or name another folder");
  std::error_code failed;
  std::filesystem::create_directories(file_in(folder, "maps"), failed);
  if (failed) throw_environment(folder, "the folder cannot be made (" + failed.message() + ")", "name a folder you may write to");
  auto impl = std::make_unique<Impl>();
  impl->folder = folder;
  impl->lock = std::make_unique<FolderLock>(file_in(folder, "lock"));
  if (exists(folder)) throw_usage(folder, "the run exists", "add --resume to go on with it, or name another folder");
  make_run_database(impl->file(), configuration);
  impl->database = open_run_database(impl->file(), true);
  return RunStore(std::move(impl));
}

void RunStore::discard() {
  const std::string file = impl_->file(), folder = impl_->folder;
  impl_->database.reset();
  std::error_code ignored;  // what cannot be removed is said by the next run that wants the folder
  for (const std::string& made : {file, file + "-wal", file + "-shm", file_in(folder, "log.txt"), file_in(folder, "maps")}) {
    std::filesystem::remove(made, ignored);  // a folder only where nothing lies in it
  }
  impl_->lock.reset();
  std::filesystem::remove(file_in(folder, "lock"), ignored);
}

RunStore RunStore::resume(const std::string& folder, const Configuration& configuration) {
  if (!exists(folder)) throw_input(folder, "holds no run to go on with", "leave --resume out to begin one");
  auto impl = std::make_unique<Impl>();
  impl->folder = folder;
  impl->lock = std::make_unique<FolderLock>(file_in(folder, "lock"));
  for (const char* part : {"", "maps"}) remove_leftovers(file_in(folder, part));
  impl->database = open_run_database(impl->file(), true);
  refuse_other_configuration(folder, impl->pairs("configuration"), configuration);
  impl->write([&](SQLite::Database& db) {
    db.exec("DELETE FROM configuration WHERE key LIKE 'free.%'");
    Configuration free;
    for (const auto& [key, value] : configuration) {
      if (is_free(key)) free[key] = value;
    }
    put_values(db, "configuration", free);
  });
  return RunStore(std::move(impl));
}

RunStore RunStore::open_for_reading(const std::string& folder) {
  if (!exists(folder)) throw_input(folder, "holds no run.sqlite", "name a folder that faultline audit has written");
  auto impl = std::make_unique<Impl>();
  impl->folder = folder;
  impl->database = open_run_database(impl->file(), false);
  return RunStore(std::move(impl));
}

const std::string& RunStore::folder() const { return impl_->folder; }
std::string RunStore::path(const std::string& relative) const { return file_in(impl_->folder, relative); }

bool RunStore::is_done(const std::string& unit) const {
  return impl_->guarded([&](SQLite::Database& db) {
    SQLite::Statement query(db, "SELECT 1 FROM units WHERE key = ?");
    query.bind(1, unit);
    return query.executeStep();
  });
}

void RunStore::commit_unit(const std::string& unit, const std::vector<Record>& records, const std::vector<HealthRecord>& health,
                           const std::vector<PictureRecord>& pictures, const Facts& facts) {
  for (const auto& record : records) check(record);
  if (is_done(unit)) throw std::logic_error("the unit '" + unit + "' is done already");
  impl_->write([&](SQLite::Database& db) {
    const RowMarks before = last_rows(db);
    SQLite::Statement done(db, "INSERT INTO units (key, digest) VALUES (?, '')");
    done.bind(1, unit);
    done.exec();
    const int64_t id = db.getLastInsertRowid();
    // One call binds what all three tables begin with.
    const auto begin = [&](SQLite::Statement& insert, const auto& row) {
      insert.reset();
      insert.clearBindings();
      insert.bind(1, id);
      insert.bind(2, row.suite);
      insert.bind(3, row.explainer);
      insert.bind(4, row.condition);
    };
    SQLite::Statement record_row(db, "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (const auto& r : records) {
      begin(record_row, r);
      record_row.bind(5, r.metric);
      record_row.bind(6, r.sample);
      record_row.bind(7, as_signed(r.sample_id));
      if (r.value) record_row.bind(8, *r.value);
      record_row.bind(9, r.reason);
      record_row.bind(10, joined(r.warnings, "\n"));
      record_row.exec();
    }
    SQLite::Statement health_row(db, "INSERT INTO health VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (const auto& h : health) {
      begin(health_row, h);
      health_row.bind(5, h.id);
      health_row.bind(6, h.value);
      health_row.bind(7, h.threshold);
      health_row.bind(8, h.share);
      health_row.bind(9, h.advice);
      health_row.exec();
    }
    SQLite::Statement picture_row(db, "INSERT INTO pictures VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    for (const auto& p : pictures) {
      begin(picture_row, p);
      picture_row.bind(5, p.sample);
      picture_row.bind(6, as_signed(p.sample_id));
      picture_row.bind(7, p.file);
      picture_row.bind(8, p.part);
      picture_row.exec();
    }
    put_values(db, "facts", facts);
    SQLite::Statement seal(db, "UPDATE units SET digest = ? WHERE id = ?");
    seal.bind(1, unit_digests(db, before).at(id));
    seal.bind(2, id);
    seal.exec();
  });
}

void RunStore::set_fact(const std::string& key, const std::string& text) { set_facts({{key, text}}); }

void RunStore::set_facts(const Facts& facts) {
  impl_->write([&](SQLite::Database& db) { put_values(db, "facts", facts); });
}

void RunStore::log(const std::string& line) {
  const std::lock_guard<std::mutex> held(impl_->mutex);
  std::ofstream out(path("log.txt"), std::ios::app);
  out << one_line(line) << '\n';
  if (!out.flush()) throw_environment(path("log.txt"), "cannot be written", "free some space; what was measured is kept");
}

Configuration RunStore::configuration() const { return impl_->pairs("configuration"); }
Facts RunStore::facts() const { return impl_->pairs("facts"); }

std::string RunStore::fact(const std::string& key, const std::string& otherwise) const {
  return impl_->guarded([&](SQLite::Database& db) {
    SQLite::Statement query(db, "SELECT value FROM facts WHERE key = ?");
    query.bind(1, key);
    return query.executeStep() ? query.getColumn(0).getString() : otherwise;
  });
}

std::vector<std::string> RunStore::units() const {
  return impl_->guarded([&](SQLite::Database& db) {
    std::vector<std::string> out;
    SQLite::Statement query(db, "SELECT key FROM units ORDER BY key");
    while (query.executeStep()) out.push_back(query.getColumn(0).getString());
    return out;
  });
}

std::vector<Record> RunStore::records() const {
  auto out = impl_->guarded([&](SQLite::Database& db) {
    std::vector<Record> rows;
    SQLite::Statement query(db,
                            "SELECT suite, explainer, condition, metric, sample, sample_id, value, reason, warnings FROM records "
                            "ORDER BY unit, rowid");
    while (query.executeStep()) {
      Record r{query.getColumn(0).getString(),
               query.getColumn(1).getString(),
               query.getColumn(2).getString(),
               query.getColumn(3).getString(),
               query.getColumn(4).getString(),
               as_unsigned(query.getColumn(5).getInt64()),
               std::nullopt,
               query.getColumn(7).getString(),
               lines_of(query.getColumn(8).getString())};
      if (!query.getColumn(6).isNull()) r.value = query.getColumn(6).getDouble();
      rows.push_back(std::move(r));
    }
    return rows;
  });
  std::stable_sort(out.begin(), out.end(), [](const Record& a, const Record& b) {
    return std::tuple_cat(sort_key(a), std::tie(a.metric, a.sample_id, a.sample)) <
           std::tuple_cat(sort_key(b), std::tie(b.metric, b.sample_id, b.sample));
  });
  return out;
}

std::vector<HealthRecord> RunStore::health() const {
  auto out = impl_->guarded([&](SQLite::Database& db) {
    std::vector<HealthRecord> rows;
    SQLite::Statement query(
        db, "SELECT suite, explainer, condition, id, value, threshold, share, advice FROM health ORDER BY unit, rowid");
    // A measurement that is not a number is NULL in SQLite, and comes back as one.
    const auto number = [&](int column) {
      return query.getColumn(column).isNull() ? std::nan("") : query.getColumn(column).getDouble();
    };
    while (query.executeStep()) {
      rows.push_back({query.getColumn(0).getString(), query.getColumn(1).getString(), query.getColumn(2).getString(),
                      query.getColumn(3).getString(), number(4), number(5), number(6), query.getColumn(7).getString()});
    }
    return rows;
  });
  std::stable_sort(out.begin(), out.end(), [](const HealthRecord& a, const HealthRecord& b) {
    return std::tuple_cat(sort_key(a), std::tie(a.id)) < std::tuple_cat(sort_key(b), std::tie(b.id));
  });
  return out;
}

std::vector<PictureRecord> RunStore::pictures() const {
  auto out = impl_->guarded([&](SQLite::Database& db) {
    std::vector<PictureRecord> rows;
    SQLite::Statement query(
        db, "SELECT suite, explainer, condition, sample, sample_id, file, part FROM pictures ORDER BY unit, rowid");
    while (query.executeStep()) {
      rows.push_back({query.getColumn(0).getString(), query.getColumn(1).getString(), query.getColumn(2).getString(),
                      query.getColumn(3).getString(), as_unsigned(query.getColumn(4).getInt64()), query.getColumn(5).getString(),
                      query.getColumn(6).getString()});
    }
    return rows;
  });
  std::stable_sort(out.begin(), out.end(), [](const PictureRecord& a, const PictureRecord& b) {
    return std::tuple_cat(sort_key(a), std::tie(a.sample_id, a.sample, a.part)) <
           std::tuple_cat(sort_key(b), std::tie(b.sample_id, b.sample, b.part));
  });
  return out;
}

}  // namespace faultline
