#pragma once
#include <string>
#include <utility>
#include <vector>

#include "core/options.h"
#include "explainers/explainer.h"

namespace faultline {

/// One entry of `faultline list`.
struct Listing {
  std::string name;
  std::string summary;
  std::vector<OptionFact> options;
  std::vector<std::pair<std::string, std::string>> facts;  ///< traits, JSON values as text ("true", "\"gradient\"", "1")
  std::vector<Claim> claims{};                             ///< of explainers, where add_claims() was asked
  std::string why_no_claims{};                             ///< one line where the explainer cannot be used on that network
  std::string formula{}, source{};                         ///< of methods: what it computes, author and year
};

/// The traits for people: what is true is named, others are written "name value"; what is false or empty goes without saying.
std::string facts_text(const Listing& listing);

/// "within 0.0001", or "exactly".
std::string tolerance_text(const Claim& claim);

/// what: explainers, attacks, metrics, suites, datasets, models or warnings, read off the methods' own declarations. Throws usage
/// on others.
std::vector<Listing> listings_of(const std::string& what);

}  // namespace faultline
