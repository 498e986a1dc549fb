#include "core/spec.h"

#include <algorithm>

#include "core/error.h"
#include "core/numbers.h"

namespace faultline {
namespace {

const char* const kForm = "write name or name:key=value,key=value";
constexpr size_t kLongest = size_t{64} * 1024;
constexpr int kDeepest = 16;  // methods inside methods; who makes them calls itself for each level

void check_balanced(const std::string& text) {
  int depth = 0;
  for (const char c : text) {
    if (c == '(' && ++depth > kDeepest)
      throw_usage(text.substr(0, 40) + "...", "has more than 16 parentheses inside each other", kForm);
    if (c == ')' && --depth < 0) break;
  }
  if (depth != 0) throw_usage(text, "parentheses do not match", kForm);
}

bool wrapped(const std::string& value) {
  if (value.size() < 2 || value.front() != '(' || value.back() != ')') return false;
  int depth = 0;
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '(') ++depth;
    if (value[i] == ')' && --depth == 0 && i + 1 < value.size()) return false;
  }
  return true;
}

}  // namespace

const std::string* Spec::find(const std::string& key) const {
  const auto it = std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.first == key; });
  return it == entries.end() ? nullptr : &it->second;
}

Spec Spec::with(const std::string& key, const std::string& value) const {
  Spec out = *this;
  for (auto& entry : out.entries) {
    if (entry.first == key) {
      entry.second = value;
      return out;
    }
  }
  out.entries.emplace_back(key, value);
  return out;
}

Spec Spec::without(const std::string& key) const {
  Spec out = *this;
  out.entries.erase(std::remove_if(out.entries.begin(), out.entries.end(), [&](const auto& e) { return e.first == key; }),
                    out.entries.end());
  return out;
}

Spec parse_spec(const std::string& text) {
  if (text.size() > kLongest) throw_usage(text.substr(0, 40) + "...", "a spec is longer than 64 KiB", kForm);
  check_balanced(text);
  Spec spec;
  const auto colon = text.find(':');
  spec.name = text.substr(0, colon);
  if (spec.name.empty() || spec.name.find_first_of("=,() \t") != std::string::npos) {
    throw_usage("'" + text + "'", "is not a method", kForm);
  }
  if (colon == std::string::npos) return spec;
  for (const auto& part : split(text.substr(colon + 1), ',')) {
    const auto equals = part.find('=');
    if (equals == std::string::npos || equals == 0) throw_usage(text, "'" + part + "' is not key=value", kForm);
    const std::string key = part.substr(0, equals);
    if (key.find_first_of("():") != std::string::npos) throw_usage(text, "'" + part + "' is not key=value", kForm);
    std::string value = part.substr(equals + 1);
    if (wrapped(value)) value = value.substr(1, value.size() - 2);
    if (spec.find(key)) throw_usage(text, "key '" + key + "' is given twice");
    spec.entries.emplace_back(key, value);
  }
  if (spec.entries.empty()) throw_usage(text, "nothing follows the colon", kForm);
  return spec;
}

std::string print(const Spec& spec) {
  std::string text = spec.name;
  char separator = ':';
  for (const auto& [key, value] : spec.entries) {
    const bool protect = value.find_first_of(",=():") != std::string::npos;
    text += separator + key + "=" + (protect ? "(" + value + ")" : value);
    separator = ',';
  }
  return text;
}

}  // namespace faultline
