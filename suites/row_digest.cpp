#include "suites/row_digest.h"

#include <sqlite3.h>

#include <limits>

#include "core/error.h"
#include "core/sha256.h"

namespace faultline {
namespace {

constexpr const char* kRemedy = "run the audit again or restore a copy";

/// Length first, so that neighbours cannot trade characters.
void add_text(Sha256* digest, const std::string& text) {
  const uint64_t size = text.size();
  digest->update(&size, sizeof size).update(text);
}

/// A value with its type: NULL, 1, 1.0 and '1' differ.
void add_value(Sha256* digest, const SQLite::Column& value) {
  const int type = value.getType();
  digest->update(&type, sizeof type);
  if (type == SQLITE_INTEGER) {
    const int64_t number = value.getInt64();
    digest->update(&number, sizeof number);
  } else if (type == SQLITE_FLOAT) {
    const double number = value.getDouble();
    digest->update(&number, sizeof number);
  } else if (type != SQLITE_NULL) {
    add_text(digest, value.getString());
  }
}

}  // namespace

RowMarks last_rows(SQLite::Database& database) {
  RowMarks out;
  for (const std::string table : {"units", "records", "health", "pictures"})
    out[table] = database.execAndGet("SELECT ifnull(max(rowid), 0) FROM " + table).getInt64();
  return out;
}

std::map<int64_t, std::string> unit_digests(SQLite::Database& database, const RowMarks& after) {
  const auto behind = [&](const std::string& columns, const std::string& table) {
    const auto mark = after.find(table);
    SQLite::Statement rows(database, "SELECT " + columns + " FROM " + table + " WHERE rowid > ? ORDER BY rowid");
    rows.bind(1, mark == after.end() ? std::numeric_limits<int64_t>::min() : mark->second);
    return rows;
  };
  std::map<int64_t, Sha256> open;
  SQLite::Statement units = behind("id, key", "units");
  while (units.executeStep()) add_text(&open[units.getColumn(0).getInt64()], units.getColumn(1).getString());
  for (const std::string table : {"records", "health", "pictures"}) {
    SQLite::Statement rows = behind("*", table);
    while (rows.executeStep()) {
      const auto unit = open.find(rows.getColumn(0).getInt64());
      if (unit == open.end()) throw_input(database.getFilename(), "is damaged: " + table + " of no unit", kRemedy);
      add_text(&unit->second, table);
      for (int column = 1; column < rows.getColumnCount(); ++column) add_value(&unit->second, rows.getColumn(column));
    }
  }
  std::map<int64_t, std::string> out;
  for (auto& [id, digest] : open) out[id] = digest.hex();
  return out;
}

std::string value_digest(const std::string& key, const std::string& value) {
  Sha256 digest;
  add_text(&digest, key);
  add_text(&digest, value);
  return digest.hex().substr(0, 16);
}

void check_digests(SQLite::Database& database, const std::string& file) {
  SQLite::Transaction one_moment(database);
  for (const std::string table : {"configuration", "facts"}) {
    SQLite::Statement rows(database, "SELECT key, value, digest FROM " + table);
    while (rows.executeStep()) {
      const std::string key = rows.getColumn(0).getString();
      if (rows.getColumn(2).getString() != value_digest(key, rows.getColumn(1).getString()))
        throw_input(file, "is damaged: '" + key + "' in " + table + " is not what was written", kRemedy);
    }
  }
  const auto found = unit_digests(database, {});
  SQLite::Statement units(database, "SELECT id, key, digest FROM units");
  while (units.executeStep()) {
    if (units.getColumn(2).getString() != found.at(units.getColumn(0).getInt64()))
      throw_input(file, "is damaged: the records of '" + units.getColumn(1).getString() + "' are not those that were measured",
                  kRemedy);
  }
}

}  // namespace faultline
