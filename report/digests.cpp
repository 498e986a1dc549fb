#include "report/digests.h"

#include <algorithm>

#include "core/numbers.h"
#include "core/sha256.h"
#include "report/summary_facts.h"
#include "suites/facts.h"

namespace faultline {
namespace {

std::string field_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\': out += "\\\\"; break;
      case '\t': out += "\\t"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      default: out += c;
    }
  }
  return out;
}

std::string line_of(const Record& r) {
  std::string warnings;
  for (const auto& warning : r.warnings) warnings += (warnings.empty() ? "" : ",") + warning;
  std::string out;
  for (const auto& field : {r.suite, r.explainer, r.condition, r.metric, r.sample}) out += field_text(field) + "\t";
  out += std::to_string(r.sample_id) + "\t" + (r.value ? exact_number(*r.value) : "") + "\t";
  return out + field_text(r.reason) + "\t" + field_text(warnings) + "\n";
}

std::string recorded(const RunSummary& run, const char* key, const char* what) {
  const std::string digest = fact_of(run.configuration, key, fact_of(run.facts, facts::key({facts::kHash, what})));
  return digest.empty() ? "not recorded" : digest;
}

}  // namespace

std::string canonical_configuration(const Configuration& configuration) {
  std::string out;
  for (const auto& [key, value] : configuration) {
    if (key.rfind("free.", 0) != 0) out += field_text(key) + "\t" + field_text(value) + "\n";
  }
  return out;
}

std::string canonical_records(const std::vector<Record>& records) {
  std::vector<std::string> lines;
  lines.reserve(records.size());
  for (const auto& record : records) lines.push_back(line_of(record));
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const auto& line : lines) out += line;
  return out;
}

std::vector<std::pair<std::string, std::string>> digests_of(const RunSummary& run) {
  return {{"model", recorded(run, "model-sha256", "model")},
          {"data", recorded(run, "data-digest", "data")},
          {"configuration", Sha256().update(canonical_configuration(run.configuration)).hex()},
          {"records", Sha256().update(canonical_records(run.records)).hex()}};
}

}  // namespace faultline
