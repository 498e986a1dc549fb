#include "cli/statements.h"

#include <algorithm>

#include "core/error.h"
#include "core/nearest.h"
#include "suites/statement_facts.h"

namespace faultline {

bool take_statement(const std::string& path, const std::string& key, const std::string& value, Statements* statements) {
  const std::string section = std::string(facts::kReport) + ".";
  if (key.compare(0, section.size(), section) != 0) return false;
  const std::string field = key.substr(section.size());
  const auto& known = facts::statement_fields();
  if (std::find(known.begin(), known.end(), field) == known.end())
    throw_usage(path + ": [report] " + field, "is not known", suggestion(field, known));
  if (!statements->emplace(field, value).second) throw_usage(path + ": [report] " + field, "is given more than once");
  return true;
}

}  // namespace faultline
