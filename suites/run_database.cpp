#include "suites/run_database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "core/error.h"
#include "suites/row_digest.h"

namespace faultline {
namespace {

constexpr int kApplicationId = 0x464c544e;  // "FLTN", tells a run from any other SQLite file
constexpr int kVersion = 2;
constexpr int kBusyMilliseconds = 10000;

const char* const kSchema = R"(
CREATE TABLE configuration (key TEXT PRIMARY KEY, value TEXT NOT NULL, digest TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL, digest TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE units (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, digest TEXT NOT NULL);
CREATE TABLE records (unit INTEGER NOT NULL REFERENCES units(id), suite TEXT NOT NULL, explainer TEXT NOT NULL,
  condition TEXT NOT NULL, metric TEXT NOT NULL, sample TEXT NOT NULL, sample_id INTEGER NOT NULL, value REAL,
  reason TEXT NOT NULL, warnings TEXT NOT NULL, CHECK ((value IS NULL) = (reason <> '')));
CREATE TABLE health (unit INTEGER NOT NULL REFERENCES units(id), suite TEXT NOT NULL, explainer TEXT NOT NULL,
  condition TEXT NOT NULL, id TEXT NOT NULL, value REAL, threshold REAL, share REAL, advice TEXT NOT NULL);
CREATE TABLE pictures (unit INTEGER NOT NULL REFERENCES units(id), suite TEXT NOT NULL, explainer TEXT NOT NULL,
  condition TEXT NOT NULL, sample TEXT NOT NULL, sample_id INTEGER NOT NULL, file TEXT NOT NULL, part TEXT NOT NULL);
)";

void remove_quietly(const std::string& file) {
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
}

/// SQLite's "file:" form with the characters escaped that it gives a meaning.
std::string immutable_uri(const std::string& file) {
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(file).string()) {
    if (c == '%' || c == '?' || c == '#') {
      uri += c == '%' ? "%25" : c == '?' ? "%3f" : "%23";
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

/// A run folder may come from anybody: no code in the schema (views and triggers would run with our queries), no value too large.
void restrain(SQLite::Database& database, const std::string& file) {
  constexpr int kLongestValue = 64 << 20;
  sqlite3_limit(database.getHandle(), SQLITE_LIMIT_LENGTH, kLongestValue);
  database.exec("PRAGMA trusted_schema=OFF");
  if (database.execAndGet("SELECT count(*) FROM sqlite_master WHERE type NOT IN ('table', 'index')").getInt() != 0)
    throw_input(file, "holds views or triggers", "name a folder that faultline audit has written");
}

/// The tables as the database describes them.
std::string schema_of(SQLite::Database& database) {
  std::string out;
  SQLite::Statement query(database, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name");
  while (query.executeStep()) out += query.getColumn(0).getString() + "\n";
  return out;
}

const std::string& schema_of_a_run() {
  static const std::string text = [] {
    SQLite::Database database(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec(kSchema);
    return schema_of(database);
  }();
  return text;
}

[[noreturn]] void throw_damaged(const std::string& file, const std::string& how) {
  throw_input(file, "is damaged (" + how + ")", "run the audit again or restore a copy");
}

void check_is_a_run(SQLite::Database& database, const std::string& file) {
  restrain(database, file);
  if (database.execAndGet("PRAGMA application_id").getInt() != kApplicationId) {
    throw_input(file, "is not a run of faultline", "name a folder that faultline audit has written");
  }
  const int version = database.execAndGet("PRAGMA user_version").getInt();
  if (version != kVersion) {
    throw_input(file, "has run format " + std::to_string(version), "this program reads format " + std::to_string(kVersion));
  }
  if (schema_of(database) != schema_of_a_run()) throw_damaged(file, "its tables are not those of a run");
  const std::string verdict = database.execAndGet("PRAGMA integrity_check(1)").getString();
  if (verdict != "ok") throw_damaged(file, verdict);
  check_digests(database, file);
}

std::unique_ptr<SQLite::Database> opened(const std::string& name, int flags, const std::string& file) {
  auto database = std::make_unique<SQLite::Database>(name, flags, kBusyMilliseconds);
  check_is_a_run(*database, file);
  return database;
}

}  // namespace

void throw_database_error(const std::string& file, const SQLite::Exception& error) {
  switch (error.getErrorCode()) {
    case SQLITE_NOTADB: throw_input(file, "is not a run of faultline", "name a folder that faultline audit has written");
    case SQLITE_CORRUPT:
    case SQLITE_ERROR:  // a statement that does not fit the tables
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH: throw_damaged(file, error.what());
    case SQLITE_FULL: throw_environment(file, "the disk is full", "free some space and add --resume; what was measured is kept");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      throw_environment(file, std::string("cannot be written (") + error.what() + ")", "name a folder you may write to");
    case SQLITE_BUSY:
    case SQLITE_LOCKED: throw_environment(file, "is held by another process", "wait for it to finish");
    default:
      throw_environment(file, std::string("cannot be used (") + error.what() + ")",
                        "check the disk and its quota, then add --resume; what was measured is kept");
  }
}

void put_values(SQLite::Database& database, const std::string& table, const std::map<std::string, std::string>& values) {
  SQLite::Statement insert(database, "INSERT OR REPLACE INTO " + table + " VALUES (?, ?, ?)");
  for (const auto& [key, value] : values) {
    insert.reset();
    insert.bind(1, key);
    insert.bind(2, value);
    insert.bind(3, value_digest(key, value));
    insert.exec();
  }
}

void make_run_database(const std::string& file, const Configuration& configuration) {
  const std::string aside = file + ".new";
  remove_quietly(aside);
  remove_quietly(aside + "-journal");
  try {
    {
      SQLite::Database database(aside, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyMilliseconds);
      SQLite::Transaction transaction(database);
      database.exec("PRAGMA application_id=" + std::to_string(kApplicationId));
      database.exec("PRAGMA user_version=" + std::to_string(kVersion));
      database.exec(kSchema);
      put_values(database, "configuration", configuration);
      transaction.commit();
    }
    std::filesystem::rename(aside, file);
  } catch (const SQLite::Exception& error) {
    remove_quietly(aside);
    throw_database_error(file, error);
  } catch (const std::filesystem::filesystem_error& error) {
    remove_quietly(aside);
    throw_environment(file, "cannot be written (" + error.code().message() + ")", "name a folder you may write to");
  }
}

std::unique_ptr<SQLite::Database> open_run_database(const std::string& file, bool for_writing) {
  try {
    if (for_writing) {
      auto database = opened(file, SQLite::OPEN_READWRITE, file);
      database->exec("PRAGMA journal_mode=WAL");
      database->exec("PRAGMA synchronous=NORMAL");
      return database;
    }
    // A reader that may write takes SQLite's side files away again when it closes; one that may not opens what is there. Without
    // a write-ahead log nobody is writing, and the bare file on read-only media is complete.
    for (const int flags : {SQLite::OPEN_READWRITE, SQLite::OPEN_READONLY}) {
      try {
        auto database = opened(file, flags, file);
        database->exec("PRAGMA query_only=1");
        return database;
      } catch (const SQLite::Exception& error) {
        const int code = error.getErrorCode();
        if (code != SQLITE_READONLY && code != SQLITE_CANTOPEN && code != SQLITE_PERM) throw;
      }
    }
    if (std::filesystem::exists(file + "-wal")) {
      throw_environment(file, "was not closed and lies where nothing may be written", "copy the folder to a writable place");
    }
    return opened(immutable_uri(file), SQLite::OPEN_READONLY | SQLite::OPEN_URI, file);
  } catch (const SQLite::Exception& error) {
    throw_database_error(file, error);
  }
}

FolderLock::FolderLock(const std::string& file) {
  descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw_environment(file, std::strerror(errno), "name a folder you may write to");
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) {
    // For the message below alone: a disk that refuses it does no harm.
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(descriptor_, 0) == 0 && ::pwrite(descriptor_, pid.data(), pid.size(), 0) < 0) errno = 0;
    return;
  }
  const int why = errno;
  char holder[24] = "";
  const ssize_t length = ::pread(descriptor_, holder, sizeof holder - 1, 0);
  ::close(descriptor_);
  if (why == EWOULDBLOCK) {
    const long pid = length > 0 ? std::atol(holder) : 0;
    throw_environment(
        file, "another process" + (pid > 0 ? " (" + std::to_string(pid) + ")" : std::string()) + " is writing to this run",
        "wait for it to finish, or name another folder");
  }
  throw_environment(file, std::string("cannot be locked (") + std::strerror(why) + ")", "use a disk that knows file locks");
}

FolderLock::~FolderLock() { ::close(descriptor_); }

}  // namespace faultline
