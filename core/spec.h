#pragma once
#include <string>
#include <utility>
#include <vector>

namespace faultline {

/// A method and its options as the user wrote them: `name` or `name:key=value,key=value`. A value that is itself a spec
/// stands in parentheses: `smooth-grad:inner=(integrated-gradients:steps=20)`. Source: conventions 10.
struct Spec {
  std::string name;
  std::vector<std::pair<std::string, std::string>> entries;  ///< in the order written; keys are unique

  bool operator==(const Spec& other) const { return name == other.name && entries == other.entries; }
  /// The value of `key`, or nullptr.
  const std::string* find(const std::string& key) const;
  /// This spec with `key` set, replaced where it was there already.
  Spec with(const std::string& key, const std::string& value) const;
  Spec without(const std::string& key) const;
};

/// Throws usage on an empty name, a missing `=`, a repeated key, unbalanced parentheses, more than 16 of them inside each
/// other, or more than 64 KiB of text.
Spec parse_spec(const std::string& text);
/// Inverse of parse_spec: parse_spec(print(s)) == s.
std::string print(const Spec& spec);

}  // namespace faultline
