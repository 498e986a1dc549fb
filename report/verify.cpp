#include "report/verify.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "report/digests.h"
#include "report/html_page.h"
#include "report/sign_off.h"
#include "suites/statement_facts.h"

namespace faultline {
namespace {

/// Between two texts; absent where they are not there.
std::optional<std::string> between(const std::string& text, const std::string& before, const std::string& after) {
  const size_t start = text.find(before);
  if (start == std::string::npos) return std::nullopt;
  const size_t end = text.find(after, start + before.size());
  if (end == std::string::npos) return std::nullopt;
  return text.substr(start + before.size(), end - start - before.size());
}

/// Inverse of html_text() for printable text.
std::string plain_text(std::string text) {
  for (const auto& [entity, character] : {std::pair("&lt;", "<"), std::pair("&gt;", ">"), std::pair("&quot;", "\""),
                                          std::pair("&#39;", "'"), std::pair("&amp;", "&")}) {
    const std::string from = entity;
    for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + 1))
      text.replace(at, from.size(), character);
  }
  return text;
}

ReportExtras extras_of(const std::string& page, const std::string& name) {
  ReportExtras out;
  const auto data = between(page, "<meta name=\"faultline\" content=\"", "\"");
  try {
    const auto json = nlohmann::json::parse(plain_text(data.value_or("")));
    out.statements = json.at("statements").get<std::map<std::string, std::string>>();
    out.since_baseline = json.at("since-baseline").get<std::vector<std::string>>();
  } catch (const nlohmann::json::exception&) {
    throw_input(name, "does not say what it was written from", "give a report.html of faultline report");
  }
  return out;
}

std::string shortened(const std::string& digest) { return digest.size() == 64 ? digest.substr(0, 12) + "..." : digest; }

/// The digests that differ, in one sentence; "" where all agree.
std::string difference(const RunSummary& run, const std::string& page, const std::string& name) {
  std::string out;
  for (const auto& [what, digest] : digests_of(run)) {
    const auto there = between(page, "<code id=\"sha256-" + what + "\">", "</code>");
    if (!there) throw_input(name, "holds no SHA-256 of the " + what, "give a report.html of faultline report");
    if (*there == digest) continue;
    out += (out.empty() ? "" : "; ") + std::string("the SHA-256 of the ") + what + " differs (page " + shortened(*there) +
           ", run " + shortened(digest) + ")";
  }
  return out;
}

/// Statements of the page that are not the run's.
std::vector<std::string> foreign_statements(const RunSummary& run, const ReportExtras& extras) {
  std::vector<std::string> out;
  for (const auto& field : facts::statement_fields()) {
    const std::string text = statement_of(run, extras, field);
    if (text != statement_of(run, {}, field)) out.push_back("stated by the page, not by the run: " + field + " = " + text);
  }
  if (extras.since_baseline != ReportExtras().since_baseline) {
    for (const auto& sentence : extras.since_baseline) out.push_back("told by the page, not by the run: " + sentence);
  }
  return out;
}

}  // namespace

std::string extras_text(const ReportExtras& extras) {
  // Escapes leave nothing that would be written differently in an attribute and read back otherwise.
  return nlohmann::json({{"statements", extras.statements}, {"since-baseline", extras.since_baseline}})
      .dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

Verification verify_page(const RunSummary& run, const std::string& folder, const std::string& page, const std::string& name,
                         const std::optional<std::map<std::string, std::string>>& statements) {
  Verification out;
  if (const std::string differs = difference(run, page, name); !differs.empty()) {
    out.line = differs;
    return out;
  }
  const auto mark = between(page, "<meta name=\"generator\" content=\"faultline ", "\"");
  if (mark != page_mark()) {
    out.agrees = true;
    out.line = "the four digests agree; the page was written by another version (" + plain_text(mark.value_or("unknown")) +
               "; this one is " + page_mark() + "), so its text was not compared";
    return out;
  }
  ReportExtras extras = extras_of(page, name);
  if (statements) extras.statements = *statements;
  out.agrees = html_report(run, folder, extras) == page;
  if (!out.agrees) {
    out.line = "the four digests agree, and yet the page's text is not what this program writes: it was changed" +
               std::string(statements ? ", or states something else than the configuration given" : "");
    return out;
  }
  out.line = "the four digests agree, and so does every byte of the page";
  out.notes = foreign_statements(run, extras);
  return out;
}

}  // namespace faultline
