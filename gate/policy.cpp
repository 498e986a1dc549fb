#include "gate/policy.h"

#include <fstream>
#include <set>

#include "core/error.h"
#include "core/nearest.h"
#include "core/numbers.h"

namespace faultline {
namespace {

const std::vector<std::string> kKeys{"margin", "least-margin",  "max-inconclusive", "require",
                                     "gate",   "allow-missing", "allow-different"};

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r"), end = text.find_last_not_of(" \t\r");
  return begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
}

double share_of(const std::string& key, const std::string& value) {
  const double share = parse_number(value, key);
  if (!(share >= 0 && share <= 1)) throw_usage(key, value + " is not a share", "write a number from 0 to 1, or 5%");
  return share;
}

void take(const std::string& key, const std::string& value, Policy* out) {
  if (key == "margin") {
    out->margin = share_of(key, value);
  } else if (key == "least-margin") {
    out->least_margin = parse_number(value, key);
    if (!(out->least_margin >= 0)) throw_usage(key, value + " is below 0", "write a number from 0 up");
  } else if (key == "max-inconclusive") {
    out->max_inconclusive = share_of(key, value);
  } else if (key == "require") {
    out->requirements.push_back(parse_requirement(value));
  } else if (key == "gate") {
    out->gates.push_back(parse_gate(value));
  } else if (key == "allow-missing") {
    out->allow_missing.push_back(value);
  } else if (key == "allow-different") {
    out->allow_different.push_back(value);
  } else {
    throw_usage(key, "is no key of a policy", suggestion(key, kKeys));
  }
}

}  // namespace

Policy read_policy(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw_input(path, "cannot be read", "name a policy file: lines of key = value");
  Policy out;
  std::set<std::string> seen;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    const std::string where = path + ":" + std::to_string(number);
    // A comment begins a line or stands behind a blank, so that layer#2 is a name.
    for (size_t hash = line.find('#'); hash != std::string::npos; hash = line.find('#', hash + 1)) {
      if (hash == 0 || line[hash - 1] == ' ' || line[hash - 1] == '\t') line.resize(hash);
    }
    const std::string text = trimmed(line);
    if (text.empty()) continue;
    const size_t equals = text.find('=');
    if (equals == std::string::npos) throw_input(where, "'" + one_line(text) + "' has no =", "write key = value");
    const std::string key = trimmed(text.substr(0, equals)), value = trimmed(text.substr(equals + 1));
    const bool repeats = key == "require" || key == "gate" || key.rfind("allow-", 0) == 0;
    if (!repeats && !seen.insert(key).second) throw_input(where, key + " is given twice", "keep one");
    if (value.empty()) throw_input(where, key + " has no value", "write " + key + " = value");
    try {
      take(key, value, &out);
    } catch (const Error& error) {
      throw_input(where, error.what());
    }
  }
  return out;
}

}  // namespace faultline
