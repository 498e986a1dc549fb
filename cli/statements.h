#pragma once
#include <map>
#include <string>

namespace faultline {

/// Section [report] of a configuration file: what whoever answers for a run states, by facts::statement_fields().
using Statements = std::map<std::string, std::string>;

/// Takes one option of a configuration file where it is a line of that section ("report.FIELD"); false where it is not. Throws
/// usage where the field is unknown or given twice. path: of the file, for messages.
bool take_statement(const std::string& path, const std::string& key, const std::string& value, Statements* statements);

}  // namespace faultline
