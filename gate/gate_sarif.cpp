#include <map>
#include <nlohmann/json.hpp>

#include "core/sha256.h"
#include "gate/gate_formats.h"
#include "report/json_text.h"

namespace faultline {
namespace {

using nlohmann::json;

const char* const kSchema = "https://json.schemastore.org/sarif-2.1.0.json";

struct Rule {
  std::string id, name, text;
};

/// What was promised: the rule that a result stands under.
Rule rule_of(const Check& check) {
  switch (check.kind) {
    case Check::Kind::claim:
      return {"claim/" + check.metric, "Claim", "An explainer keeps what it claims: " + check.metric + "."};
    case Check::Kind::requirement:
      return {"limit/" + check.suite + "/" + check.metric, "Limit",
              "A limit that the policy sets on " + check.metric + " (" + check.suite + ")."};
    case Check::Kind::comparison: break;
  }
  return {"baseline/" + check.suite + "/" + check.metric, "Baseline",
          check.metric + " (" + check.suite + ") is not worse than in the baseline."};
}

const char* level_of(Outcome outcome) {
  if (fails(outcome)) return "error";
  return outcome == Outcome::inconclusive ? "warning" : "note";
}

/// SARIF wants a relative reference or a URI: blanks and the like are percent-encoded.
std::string uri_of(const std::string& path) {
  static const char* const kHex = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char c : path) {
    if (std::isalnum(c) || c == '/' || c == '.' || c == '-' || c == '_' || c == '~') {
      out += static_cast<char>(c);
    } else {
      out += '%';
      out += kHex[c >> 4];
      out += kHex[c & 15];
    }
  }
  return out;
}

}  // namespace

std::string gate_sarif(const GateReport& report, const std::string& subject) {
  std::map<std::string, Rule> rules;
  for (const auto& check : report.checks) rules.emplace(rule_of(check).id, rule_of(check));
  json rule_list = json::array();
  std::map<std::string, int> place;
  for (const auto& [id, rule] : rules) {
    place[id] = static_cast<int>(rule_list.size());
    rule_list.push_back({{"id", id}, {"name", rule.name}, {"shortDescription", {{"text", rule.text}}}});
  }
  json results = json::array();
  for (const auto& check : report.checks) {
    if (check.outcome == Outcome::passed || check.outcome == Outcome::improved) continue;
    const Rule rule = rule_of(check);
    const bool is_limit = check.kind == Check::Kind::requirement;
    const std::string promise = is_limit ? check.question : rule.id + " " + check.condition;
    json logical = json::array({{{"fullyQualifiedName", check.place()}, {"kind", "member"}}});
    if (!check.layer.empty()) logical.push_back({{"name", check.layer}, {"kind", "element"}});
    results.push_back(
        {{"ruleId", rule.id},
         {"ruleIndex", place[rule.id]},
         {"level", level_of(check.outcome)},
         {"kind", fails(check.outcome)                     ? "fail"
                  : check.outcome == Outcome::inconclusive ? "fail"
                                                           : "notApplicable"},
         {"message", {{"text", check.place() + ": " + check.question + ": " + name_of(check.outcome) + ": " + check.finding}}},
         {"locations",
          json::array({{{"physicalLocation", {{"artifactLocation", {{"uri", uri_of(subject)}}}, {"region", {{"startLine", 1}}}}},
                        {"logicalLocations", logical}}})},
         {"partialFingerprints",
          {{"faultline/v1", Sha256().update(promise + "\n" + check.explainer + "\n" + check.layer).hex()}}}});
  }
  for (auto& result : results) {
    if (result["kind"] == "notApplicable") result["level"] = "none";  // as the standard asks of every kind but fail
  }
  const json out{{"$schema", kSchema},
                 {"version", "2.1.0"},
                 {"runs", json::array({{{"tool", {{"driver", {{"name", "faultline"}, {"rules", rule_list}}}}},
                                        {"results", results},
                                        {"properties", {{"verdict", report.verdict()}, {"model", model_line(report)}}}}})}};
  return json_text(out, 99) + '\n';
}

}  // namespace faultline
