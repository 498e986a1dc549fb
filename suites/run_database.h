#pragma once
#include <SQLiteCpp/SQLiteCpp.h>

#include <memory>
#include <string>

#include "suites/run_store.h"

namespace faultline {

/// The SQLite side of a run folder: making, opening and checking run.sqlite, and turning SQLite's failures into one-line errors.

/// Throws the Error that an SQLite failure means: input where the file is damaged or not a database, environment otherwise.
[[noreturn]] void throw_database_error(const std::string& file, const SQLite::Exception& error);

/// Makes `file` with an empty schema and this configuration: written aside and renamed, so that it exists whole or not at all.
void make_run_database(const std::string& file, const Configuration& configuration);

/// Writes values of `configuration` or `facts`, each with its digest; replaces those of the same key.
void put_values(SQLite::Database& database, const std::string& table, const std::map<std::string, std::string>& values);

/// Opens for writing (WAL, synchronous NORMAL) or for reading, and checks that it is a whole
/// run of this version that holds what was written.
std::unique_ptr<SQLite::Database> open_run_database(const std::string& file, bool for_writing);

/// An exclusive lock on a file, held while the object lives; freed by the system when the process dies.
class FolderLock {
 public:
  /// Throws environment where another holder lives (naming its process where the file says it) or the file cannot be made.
  explicit FolderLock(const std::string& file);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace faultline
