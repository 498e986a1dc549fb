#pragma once
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "core/nearest.h"
#include "core/options.h"

namespace faultline {

/// One method of a registry, made from its class's own declaration.
template <class Interface>
struct MethodEntry {
  std::string name;
  std::string summary;
  std::string formula;  ///< what it computes, for the appendix of reports
  std::string source;   ///< author and year
  std::vector<OptionFact> options;
  std::function<std::unique_ptr<Interface>(const Spec&)> make;
  std::function<Spec(const Spec&)> canonical;
  /// With every option at its default, also where one has to be given: good for the method's facts alone then.
  std::function<std::unique_ptr<Interface>()> standard;

  /// Whether the bare name makes a method that works.
  bool stands_alone() const {
    return std::none_of(options.begin(), options.end(), [](const OptionFact& fact) { return fact.is_required; });
  }
};

/// What a method class says for the appendix of reports: M::kFormula and M::kSource, or nothing.
template <class M, class = void>
struct MethodText {
  static constexpr const char *formula = "", *source = "";
};
template <class M>
struct MethodText<M, std::void_t<decltype(M::kFormula), decltype(M::kSource)>> {
  static constexpr const char *formula = M::kFormula, *source = M::kSource;
};

/// The methods of one room (explainers, attacks, metrics). A room lists its built-in methods explicitly, one `add` a method.
/// A method class M has: `static constexpr const char* kName, *kSummary`, `struct Options`,
/// `static const OptionTable<Options>& options()` and a constructor `explicit M(Options)`; and, where reports should say what it
/// computes, in one line of plain text, and whose idea that is, `kFormula` and `kSource`.
template <class Interface>
class Registry {
 public:
  /// what: the singular for messages, e.g. "explainer".
  explicit Registry(std::string what) : what_(std::move(what)) {}

  template <class M>
  Registry& add() {
    for (const auto& entry : entries_) {
      if (entry.name == M::kName) throw std::logic_error(std::string("two methods are named ") + M::kName);
    }
    std::vector<OptionFact> facts;
    for (const auto& field : M::options().fields()) facts.push_back(field.fact);
    entries_.push_back(
        {M::kName, M::kSummary, MethodText<M>::formula, MethodText<M>::source, std::move(facts),
         [](const Spec& spec) -> std::unique_ptr<Interface> { return std::make_unique<M>(parse_options(spec, M::options())); },
         [](const Spec& spec) { return canonical_spec(M::kName, parse_options(spec, M::options()), M::options()); },
         []() -> std::unique_ptr<Interface> { return std::make_unique<M>(typename M::Options{}); }});
    return *this;
  }

  const std::vector<MethodEntry<Interface>>& entries() const { return entries_; }

  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& entry : entries_) out.push_back(entry.name);
    return out;
  }

  /// Of the methods that their bare name makes.
  std::vector<std::string> standalone_names() const {
    std::vector<std::string> out;
    for (const auto& entry : entries_) {
      if (entry.stands_alone()) out.push_back(entry.name);
    }
    return out;
  }

  /// Throws usage with the nearest match where the name is unknown.
  const MethodEntry<Interface>& entry(const std::string& name) const {
    for (const auto& candidate : entries_) {
      if (candidate.name == name) return candidate;
    }
    throw_usage(what_ + " '" + name + "'", "is not known", suggestion(name, names()));
  }

  std::unique_ptr<Interface> make(const Spec& spec) const { return entry(spec.name).make(spec); }
  std::unique_ptr<Interface> make(const std::string& text) const { return make(parse_spec(text)); }
  Spec canonical(const Spec& spec) const { return entry(spec.name).canonical(spec); }

 private:
  std::string what_;
  std::vector<MethodEntry<Interface>> entries_;
};

}  // namespace faultline
