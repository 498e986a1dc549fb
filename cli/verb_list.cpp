#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/help.h"
#include "cli/listing.h"
#include "cli/listing_claims.h"
#include "cli/listing_markdown.h"
#include "cli/verb.h"
#include "core/error.h"

namespace faultline {
namespace {

void print_json(const std::string& what, const std::vector<Listing>& listings, const std::string& claims_on) {
  nlohmann::ordered_json json;
  if (!claims_on.empty()) json["claims-on"] = claims_on;
  json[what] = nlohmann::ordered_json::array();
  for (const auto& listing : listings) {
    nlohmann::ordered_json entry{{"name", listing.name}, {"summary", listing.summary}};
    if (!listing.formula.empty()) entry.update({{"formula", listing.formula}, {"source", listing.source}});
    for (const auto& [key, value] : listing.facts) entry["traits"][key] = nlohmann::ordered_json::parse(value);
    entry["options"] = nlohmann::ordered_json::array();
    for (const auto& option : listing.options) {
      entry["options"].push_back({{"key", option.key},
                                  {"kind", option.kind},
                                  {"default", option.standard},
                                  {"required", option.is_required},
                                  {"allowed", option.allowed},
                                  {"unit", option.unit},
                                  {"help", option.help},
                                  {"source", option.source}});
    }
    if (!claims_on.empty()) {
      entry["claims"] = nlohmann::ordered_json::array();
      for (const auto& claim : listing.claims)
        entry["claims"].push_back({{"axiom", claim.axiom}, {"tolerance", claim.tolerance}, {"reason", claim.reason}});
      if (!listing.why_no_claims.empty()) entry["why-no-claims"] = listing.why_no_claims;
    }
    json[what].push_back(entry);
  }
  std::printf("%s\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

/// "    KEY" and the text behind it in a column of its own.
std::string in_columns(const std::string& key, const std::string& text) {
  const std::string left = "    " + key;
  return left + std::string(left.size() < 30 ? 30 - left.size() : 1, ' ') + text;
}

std::string claim_text(const Claim& claim) { return in_columns(claim.axiom, claim.reason + " (" + tolerance_text(claim) + ")"); }

std::string option_text(const OptionFact& option) {
  std::string text = in_columns(option.key + "=" + (option.is_required ? "(must be given)" : option.standard), option.help);
  if (!option.allowed.empty()) text += " [" + option.allowed + (option.unit.empty() ? "" : " " + option.unit) + "]";
  if (option.allowed.empty() && !option.unit.empty()) text += " [" + option.unit + "]";
  if (!option.source.empty()) text += " (" + option.source + ")";
  return text;
}

void print_text(const std::vector<Listing>& listings, const std::string& claims_on) {
  for (const auto& listing : listings) {
    std::printf("%s\n", listing.name.c_str());
    std::printf("%s\n", wrapped("    " + listing.summary, 4).c_str());
    if (!listing.formula.empty()) std::printf("%s\n", wrapped("    " + listing.formula + " (" + listing.source + ")", 4).c_str());
    const std::string facts = facts_text(listing);
    if (!facts.empty()) std::printf("%s\n", wrapped("    (" + facts + ")", 5).c_str());
    for (const auto& option : listing.options) std::printf("%s\n", wrapped(option_text(option), 30).c_str());
    if (!listing.claims.empty()) std::printf("    promises\n");
    for (const auto& claim : listing.claims) std::printf("%s\n", wrapped(claim_text(claim), 30).c_str());
    if (!listing.why_no_claims.empty())
      std::printf("%s\n", wrapped("    promises nothing here: " + one_line(listing.why_no_claims), 4).c_str());
  }
  if (claims_on.empty()) return;
  const std::string whose = "Promises are those of the default options on " + one_line(claims_on);
  std::printf("\n%s\n", wrapped(whose + "; --model FILE says those on another network.", 0).c_str());
}

int run(const Arguments& arguments) {
  const std::string& what = arguments.words()[0];
  auto listings = listings_of(what);
  if (arguments.flag("json") && arguments.flag("markdown")) throw_usage("--markdown", "and --json are given", "give one of them");
  const std::string claims_on = add_claims(arguments, what, &listings);
  if (arguments.flag("markdown")) {
    std::fputs(markdown_page(what, listings, claims_on).c_str(), stdout);
  } else if (arguments.flag("json")) {
    print_json(what, listings, claims_on);
  } else {
    print_text(listings, claims_on);
  }
  return 0;
}

}  // namespace

const Verb& verb_list() {
  static const Verb verb{"list",
                         "explainers|attacks|metrics|suites|datasets|models|warnings [--model FILE] [--json|--markdown]",
                         "what there is, with options, defaults, sources, and what explainers promise",
                         {"model", "data", "input-shape", "mean", "std", "config", "max-memory", "sandbox", "sandbox-seconds",
                          "json", "markdown", "quiet"},
                         false,
                         1,
                         1,
                         run};
  return verb;
}

}  // namespace faultline
