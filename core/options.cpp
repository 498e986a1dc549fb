#include "core/options.h"

#include <cmath>

#include "core/nearest.h"

namespace faultline {

std::string Interval::text() const {
  const std::string from = std::isinf(low) ? "" : short_number(low);
  const std::string to = std::isinf(high) ? "" : short_number(high);
  return from.empty() && to.empty() ? "any number" : from + ".." + to;
}

void throw_unknown_option(const std::string& name, const std::string& key, const std::vector<std::string>& known) {
  throw_usage(name, "has no option '" + key + "'", suggestion(key, known));
}

void throw_missing_option(const std::string& name, const OptionFact& fact) {
  throw_usage(name, "needs " + fact.key + "=", "write " + name + ":" + fact.key + "=" + fact.allowed);
}

}  // namespace faultline
