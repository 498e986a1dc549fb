#pragma once
#include <SQLiteCpp/SQLiteCpp.h>

#include <map>
#include <string>

namespace faultline {

/// What tells a stored number from one that was changed on the disk: SQLite checks the structure of its file, not the values in
/// it. Every unit carries a SHA-256 of its key and rows, every fact and configuration value one of itself.

/// The last row of the units and of each table of their rows, by the table's name.
using RowMarks = std::map<std::string, int64_t>;
RowMarks last_rows(SQLite::Database& database);

/// The digest, by unit id, of each unit behind `after` with its rows (all of them where a table has no mark). Throws input where
/// a row belongs to none.
std::map<int64_t, std::string> unit_digests(SQLite::Database& database, const RowMarks& after);

/// The digest of one value of `configuration` or `facts`.
std::string value_digest(const std::string& key, const std::string& value);

/// Compares everything in the database with its digest, in one read transaction. Throws input naming the first unit or key that
/// differs, and where rows belong to no unit. `file`: for the message.
void check_digests(SQLite::Database& database, const std::string& file);

}  // namespace faultline
