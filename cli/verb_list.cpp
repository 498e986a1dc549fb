#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/help.h"
#include "cli/listing.h"
#include "cli/listing_markdown.h"
#include "cli/verb.h"
#include "core/error.h"

namespace faultline {
namespace {

void print_json(const std::string& what, const std::vector<Listing>& listings) {
  nlohmann::ordered_json json;
  json[what] = nlohmann::ordered_json::array();
  for (const auto& listing : listings) {
    nlohmann::ordered_json entry{{"name", listing.name}, {"summary", listing.summary}};
    for (const auto& [key, value] : listing.facts) entry["traits"][key] = nlohmann::ordered_json::parse(value);
    entry["options"] = nlohmann::ordered_json::array();
    for (const auto& option : listing.options) {
      entry["options"].push_back({{"key", option.key},
                                  {"kind", option.kind},
                                  {"default", option.standard},
                                  {"allowed", option.allowed},
                                  {"unit", option.unit},
                                  {"help", option.help},
                                  {"source", option.source}});
    }
    json[what].push_back(entry);
  }
  std::printf("%s\n", json.dump(2).c_str());
}

std::string option_text(const OptionFact& option) {
  std::string text = "    " + option.key + "=" + option.standard;
  text += std::string(text.size() < 30 ? 30 - text.size() : 1, ' ') + option.help;
  if (!option.allowed.empty()) text += " [" + option.allowed + (option.unit.empty() ? "" : " " + option.unit) + "]";
  if (option.allowed.empty() && !option.unit.empty()) text += " [" + option.unit + "]";
  if (!option.source.empty()) text += " (" + option.source + ")";
  return text;
}

void print_text(const std::vector<Listing>& listings) {
  for (const auto& listing : listings) {
    std::printf("%s\n", listing.name.c_str());
    std::printf("%s\n", wrapped("    " + listing.summary, 4).c_str());
    const std::string facts = facts_text(listing);
    if (!facts.empty()) std::printf("%s\n", wrapped("    (" + facts + ")", 5).c_str());
    for (const auto& option : listing.options) std::printf("%s\n", wrapped(option_text(option), 30).c_str());
  }
}

int run(const Arguments& arguments) {
  const std::string& what = arguments.words()[0];
  const auto listings = listings_of(what);
  if (arguments.flag("json") && arguments.flag("markdown")) throw_usage("--markdown", "and --json are given", "give one of them");
  if (arguments.flag("markdown")) {
    std::fputs(markdown_page(what, listings).c_str(), stdout);
  } else if (arguments.flag("json")) {
    print_json(what, listings);
  } else {
    print_text(listings);
  }
  return 0;
}

}  // namespace

const Verb& verb_list() {
  static const Verb verb{"list",
                         "explainers|attacks|metrics|suites|datasets|models|warnings [--json|--markdown]",
                         "what there is, with options, ranges, defaults and sources",
                         {"config", "json", "markdown", "quiet"},
                         false,
                         1,
                         1,
                         run};
  return verb;
}

}  // namespace faultline
