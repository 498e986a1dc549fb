#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/numbers.h"
#include "core/spec.h"

namespace faultline {

/// What help, reference pages and the JSON schema say of one option. Everything is text, made from the declaration.
struct OptionFact {
  std::string key;
  std::string kind;      ///< integer, number, flag, choice, amount, text
  std::string unit;      ///< "" where there is none
  std::string allowed;   ///< "1..100000", "left|right", "0|1", "" for free text
  std::string standard;  ///< the default, canonical
  std::string help;
  std::string source;
  bool is_required = false;  ///< a spec without it is refused: there is no default that makes sense
};

/// Allowed closed interval of a number.
struct Interval {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  std::string text() const;
};

/// The one declaration of a method's options. A method writes
///   static const OptionTable<Options>& options() {
///     static const auto table = OptionTable<Options>().integer("steps", &Options::steps, {1, 1e5}, "path points", "...");
///     return table; }
/// and parsing, canonical printing, `faultline list`, reference pages and config files follow from it.
template <class O>
class OptionTable {
 public:
  OptionTable& integer(const std::string& key, int64_t O::*member, Interval range, const std::string& help,
                       const std::string& source = "", const std::string& unit = "") {
    return add(
        {key, "integer", unit, range.text(), std::to_string(standard_.*member), help, source},
        [=](O& o, const std::string& text) { o.*member = static_cast<int64_t>(within(parse_integer(text, key), range, key)); },
        [=](const O& o) { return std::to_string(o.*member); });
  }
  OptionTable& number(const std::string& key, double O::*member, Interval range, const std::string& help,
                      const std::string& source = "", const std::string& unit = "") {
    return add(
        {key, "number", unit, range.text(), short_number(standard_.*member), help, source},
        [=](O& o, const std::string& text) { o.*member = within(parse_number(text, key), range, key); },
        [=](const O& o) { return short_number(o.*member); });
  }
  /// A number that may also be the word `unset` (for instance `auto`), which is an empty optional.
  OptionTable& number_or(const std::string& unset, const std::string& key, std::optional<double> O::*member, Interval range,
                         const std::string& help, const std::string& source = "", const std::string& unit = "") {
    return add(
        {key, "number", unit, unset + "|" + range.text(), (standard_.*member) ? short_number(*(standard_.*member)) : unset, help,
         source},
        [=](O& o, const std::string& text) {
          if (text == unset) {
            o.*member = std::nullopt;
          } else {
            o.*member = within(parse_number(text, key), range, key);
          }
        },
        [=](const O& o) { return (o.*member) ? short_number(*(o.*member)) : unset; });
  }
  OptionTable& amount(const std::string& key, Amount O::*member, const std::string& help, const std::string& source = "",
                      const std::string& unit = "") {
    const auto show = [=](const O& o) {
      return (o.*member).is_share ? short_number((o.*member).value * 100) + "%"
                                  : std::to_string(static_cast<int64_t>((o.*member).value));
    };
    return add(
        {key, "amount", unit, "count|share", show(standard_), help, source},
        [=](O& o, const std::string& text) { o.*member = parse_amount(text, key); }, show);
  }
  OptionTable& flag(const std::string& key, bool O::*member, const std::string& help, const std::string& source = "") {
    return add(
        {key, "flag", "", "0|1", (standard_.*member) ? "1" : "0", help, source},
        [=](O& o, const std::string& text) {
          if (text != "0" && text != "1") throw_usage(key, "'" + text + "' is not 0 or 1");
          o.*member = text == "1";
        },
        [=](const O& o) { return std::string((o.*member) ? "1" : "0"); });
  }
  template <class E>
  OptionTable& choice(const std::string& key, E O::*member, const std::vector<std::pair<std::string, E>>& words,
                      const std::string& help, const std::string& source = "") {
    std::string allowed;
    for (const auto& [word, value] : words) allowed += (allowed.empty() ? "" : "|") + word;
    const auto show = [=](const O& o) {
      for (const auto& [word, value] : words) {
        if (value == o.*member) return word;
      }
      return std::string();
    };
    return add(
        {key, "choice", "", allowed, show(standard_), help, source},
        [=](O& o, const std::string& text) {
          for (const auto& [word, value] : words) {
            if (word == text) {
              o.*member = value;
              return;
            }
          }
          throw_usage(key, "'" + text + "' is not one of " + allowed);
        },
        show);
  }
  OptionTable& text(const std::string& key, std::string O::*member, const std::string& help, const std::string& source = "",
                    const std::string& allowed = "") {
    return add(
        {key, "text", "", allowed, standard_.*member, help, source}, [=](O& o, const std::string& value) { o.*member = value; },
        [=](const O& o) { return o.*member; });
  }
  /// A text without which a spec is refused.
  OptionTable& required_text(const std::string& key, std::string O::*member, const std::string& help,
                             const std::string& allowed) {
    text(key, member, help, "", allowed);
    fields_.back().fact.is_required = true;
    return *this;
  }
  /// Takes over a group of options that several methods share (baseline, output, ...), held as a member struct.
  template <class Group>
  OptionTable& include(Group O::*member, const OptionTable<Group>& group) {
    const Group group_standard{};
    for (const auto& field : group.fields()) {
      OptionFact fact = field.fact;
      const std::string standard = field.print(standard_.*member);
      if (standard != field.print(group_standard)) fact.standard = standard;  // this method's own default
      add(
          std::move(fact), [=](O& o, const std::string& text) { field.parse(o.*member, text); },
          [=](const O& o) { return field.print(o.*member); });
    }
    return *this;
  }

  struct Field {
    OptionFact fact;
    std::function<void(O&, const std::string&)> parse;
    std::function<std::string(const O&)> print;
  };
  const std::vector<Field>& fields() const { return fields_; }

 private:
  static double within(double value, const Interval& range, const std::string& key) {
    if (!(value >= range.low && value <= range.high)) {
      throw_usage(key, short_number(value) + " is outside " + range.text());
    }
    return value;
  }
  OptionTable& add(OptionFact fact, std::function<void(O&, const std::string&)> parse,
                   std::function<std::string(const O&)> print) {
    fields_.push_back({std::move(fact), std::move(parse), std::move(print)});
    return *this;
  }
  O standard_{};
  std::vector<Field> fields_;
};

/// Throws usage: spec `name` has no option `key`; suggests the nearest of `known`.
[[noreturn]] void throw_unknown_option(const std::string& name, const std::string& key, const std::vector<std::string>& known);

/// Throws usage: spec `name` lacks what this fact requires.
[[noreturn]] void throw_missing_option(const std::string& name, const OptionFact& fact);

/// Reads a spec's entries into options; unknown keys are usage errors with the nearest match, and so are missing required ones.
template <class O>
O parse_options(const Spec& spec, const OptionTable<O>& table) {
  O options{};
  for (const auto& [key, value] : spec.entries) {
    bool known = false;
    for (const auto& field : table.fields()) {
      if (field.fact.key != key) continue;
      known = true;
      try {
        field.parse(options, value);
      } catch (const Error& error) {
        throw Error(error.kind(), spec.name, error.what());
      }
    }
    if (!known) {
      std::vector<std::string> keys;
      for (const auto& field : table.fields()) keys.push_back(field.fact.key);
      throw_unknown_option(spec.name, key, keys);
    }
  }
  for (const auto& field : table.fields()) {
    const std::string* const given = spec.find(field.fact.key);
    if (field.fact.is_required && (!given || given->empty())) throw_missing_option(spec.name, field.fact);
  }
  return options;
}

/// The canonical spec of options: keys sorted, defaults filled in, numbers with 17 significant digits. Empty texts are left out.
template <class O>
Spec canonical_spec(const std::string& name, const O& options, const OptionTable<O>& table) {
  Spec spec{name, {}};
  for (const auto& field : table.fields()) {
    const std::string value = field.print(options);
    if (!value.empty()) spec.entries.emplace_back(field.fact.key, value);
  }
  std::sort(spec.entries.begin(), spec.entries.end());
  return spec;
}

}  // namespace faultline
