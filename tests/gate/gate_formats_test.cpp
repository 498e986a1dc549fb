#include "gate/gate_formats.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "core/write_file.h"
#include "support/program.h"
#include "support/shared.h"

namespace faultline {
namespace {

using nlohmann::json;

const char* const kOdd = "a<b>&\"c\"::d%e\n\x1b[0m\xff";

Check made(Check::Kind kind, Outcome outcome, const std::string& explainer = "gradient", const std::string& layer = "") {
  Check out;
  out.kind = kind;
  out.outcome = outcome;
  out.explainer = explainer;
  out.suite = kind == Check::Kind::claim ? "axioms" : "fragility";
  out.condition = kind == Check::Kind::claim ? "positivity" : "ghorbani-topk@8/255";
  out.metric = kind == Check::Kind::claim ? "positivity" : "top-k";
  out.question = "asked";
  out.finding = "found 0.51";
  out.layer = layer;
  out.n = 24;
  out.now = 0.51;
  return out;
}

GateReport report(std::vector<Check> checks) {
  GateReport out;
  out.has_baseline = true;
  out.model_before = out.model_now = "aaaa";
  out.checks = std::move(checks);
  return out;
}

GateReport every_kind() {
  std::vector<Check> checks;
  for (const auto kind : {Check::Kind::comparison, Check::Kind::requirement, Check::Kind::claim}) {
    for (const auto outcome :
         {Outcome::failed, Outcome::missing, Outcome::inconclusive, Outcome::improved, Outcome::passed, Outcome::skipped})
      checks.push_back(made(kind, outcome, kOdd, kind == Check::Kind::claim ? "conv1" : ""));
  }
  return report(std::move(checks));
}

int64_t count(const std::string& text, const std::string& part) {
  int64_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) out.push_back(line);
  return out;
}

TEST(GateTable, SaysEveryCheckAndTheVerdict) {
  GateReport all = every_kind();
  const std::string text = gate_table(all);
  EXPECT_EQ(lines_of(text).size(), 1 + 2 * 18 + 1u);
  EXPECT_EQ(lines_of(text).front(), "model unchanged");
  EXPECT_EQ(lines_of(text).back(), "gate failed: 3 failed, 3 missing, 3 inconclusive, 3 improved, 3 passed of 15 checks");
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  all.model_now = "bbbb";
  all.model_changed = true;
  all.shared_samples = 24;
  all.reclassified = 2;
  EXPECT_EQ(lines_of(gate_table(all)).front(),
            "model changed (aaaa before, bbbb now); 2 of 24 samples have another predicted class, compared apart");
}

TEST(GateJunit, IsATestCasePerCheck) {
  const std::string text = gate_junit(every_kind());
  EXPECT_EQ(count(text, "<testcase "), 18);
  EXPECT_EQ(count(text, "<failure "), 6);
  EXPECT_EQ(count(text, "<skipped "), 6) << "inconclusive and skipped";
  EXPECT_NE(text.find("tests=\"18\" failures=\"6\" errors=\"0\" skipped=\"6\""), std::string::npos);
  const testing::TemporaryFolder folder;
  write_file(folder.file("check.xml"), text);
  const auto read = testing::run_program({"/usr/bin/python3", "-c",
                                          "import sys, xml.etree.ElementTree as t; print(len(t.parse(sys.argv[1]).getroot()[0]))",
                                          folder.file("check.xml")});
  if (read.code == 127) GTEST_SKIP() << "needs python3 to parse XML";
  EXPECT_EQ(read.code, 0) << read.err;
  EXPECT_EQ(read.out, "19\n") << "properties and the cases";
}

/// GitHub shows ten of a kind, one line each.
TEST(GateGithub, StaysWithinGithubsLimits) {
  std::vector<Check> many;
  for (int i = 0; i < 30; ++i)
    many.push_back(made(Check::Kind::comparison, i < 14 ? Outcome::failed : Outcome::inconclusive, kOdd));
  many[0].finding = std::string(10000, 'x');
  const std::string text = gate_github(report(many));
  EXPECT_EQ(count(text, "::error title="), 10);
  EXPECT_EQ(count(text, "::warning title="), 10);
  EXPECT_NE(text.find("5 more are in the other formats"), std::string::npos);
  EXPECT_NE(text.find("7 more are in the other formats"), std::string::npos);
  for (const auto& line : lines_of(text)) {
    EXPECT_TRUE(std::regex_search(line, std::regex("^::(error|warning|notice) title=[^:,]+::."))) << line.substr(0, 100);
    EXPECT_LT(line.size(), 4096u);
  }
  EXPECT_EQ(count(gate_github(report({made(Check::Kind::comparison, Outcome::failed)})), "and more"), 0);
}

TEST(GateJson, HoldsEverything) {
  const json out = json::parse(gate_json(every_kind()));
  EXPECT_EQ(out.at("checks").size(), 18u);
  EXPECT_EQ(out.at("exit-code"), 1);
  EXPECT_EQ(out.at("counts").at("missing"), 3);
  EXPECT_EQ(out.at("checks").at(0).at("now"), 0.51);
  EXPECT_TRUE(out.at("checks").at(0).at("p-value").is_null());
}

TEST(GateMarkdown, IsATableWithoutMarkup) {
  GateReport odd = every_kind();
  for (auto& check : odd.checks) check.finding = kOdd;
  const std::string text = gate_markdown(odd);
  EXPECT_EQ(count(text, "\n| "), 1 + 18);
  // In a code span markup is text.
  EXPECT_EQ(std::regex_replace(text, std::regex("`[^`]*`"), "").find("<b>"), std::string::npos);
  std::vector<Check> many(100, made(Check::Kind::comparison, Outcome::passed));
  EXPECT_NE(gate_markdown(report(many)).find("40 further rows"), std::string::npos);
}

// ---- SARIF 2.1.0: what the standard asks of what we write (OASIS, sections 3.13 to 3.52) ----

TEST(GateSarif, IsWhatTheStandardAsks) {
  const json out = json::parse(gate_sarif(every_kind(), "base lines/b.json"));
  EXPECT_EQ(out.at("version"), "2.1.0");
  ASSERT_EQ(out.at("runs").size(), 1u);
  const json& run = out.at("runs")[0];
  const json& rules = run.at("tool").at("driver").at("rules");
  std::set<std::string> ids;
  for (const auto& rule : rules) {
    EXPECT_TRUE(ids.insert(rule.at("id")).second) << "3.49.3: distinct";
    EXPECT_FALSE(rule.at("shortDescription").at("text").get<std::string>().empty());
  }
  EXPECT_EQ(ids.size(), 3u);
  EXPECT_EQ(run.at("results").size(), 12u) << "neither passed nor improved";
  for (const auto& result : run.at("results")) {
    const auto place = result.at("ruleIndex").get<size_t>();
    ASSERT_LT(place, rules.size());
    EXPECT_EQ(rules[place].at("id"), result.at("ruleId")) << "3.27.6: the two agree";
    const std::string level = result.at("level"), kind = result.at("kind");
    if (kind == "fail") {
      EXPECT_TRUE(level == "error" || level == "warning") << level;
    } else {
      EXPECT_EQ(kind, "notApplicable");
      EXPECT_EQ(level, "none") << "3.27.10: of every other kind";
    }
    EXPECT_FALSE(result.at("message").at("text").get<std::string>().empty());
    const json& location = result.at("locations")[0];
    EXPECT_EQ(location.at("physicalLocation").at("artifactLocation").at("uri"), "base%20lines/b.json");
    EXPECT_FALSE(location.at("logicalLocations").empty());
  }
}

/// The schema itself, as classes that were generated from it.
TEST(GateSarif, FitsTheSchemaOfTheStandard) {
  const testing::TemporaryFolder folder;
  const std::string check = FAULTLINE_SOURCE_DIR "/tests/gate/sarif_model.py";
  const auto fits = [&](const std::string& text) {
    std::ofstream(folder.file("check.sarif")) << text;
    return testing::run_program({"/usr/bin/python3", check, folder.file("check.sarif")});
  };
  const auto found = fits(gate_sarif(every_kind(), "base lines/b.json"));
  if (found.code != 0 && found.code != 1) GTEST_SKIP() << "needs a Python with torch " << found.err;
  EXPECT_EQ(found.code, 0) << found.out;
  json wrong = json::parse(gate_sarif(every_kind(), "b.json"));
  wrong["runs"][0]["results"][0]["level"] = "grave";
  EXPECT_EQ(fits(wrong.dump()).code, 1) << "the check can fail";
}

std::set<std::string> fingerprints(const GateReport& of) {
  std::set<std::string> out;
  const json sarif = json::parse(gate_sarif(of, "b.json"));
  for (const auto& result : sarif.at("runs")[0].at("results"))
    out.insert(result.at("partialFingerprints").at("faultline/v1").get<std::string>());
  return out;
}

/// A tool that tracks results knows one again whatever its numbers are now, and tells explainers, promises and layers apart.
TEST(GateSarif, FingerprintsThePromiseAndNeverAValue) {
  Check one = made(Check::Kind::claim, Outcome::failed, "gradient", "conv1"), again = one;
  again.finding = "found 0.99";
  again.now = 0.99;
  again.n = 3;
  EXPECT_EQ(fingerprints(report({one})), fingerprints(report({again})));
  Check other = one, layer = one, promise = one;
  other.explainer = "lrp";
  layer.layer = "conv2";
  promise.metric = promise.condition = "completeness";
  EXPECT_EQ(fingerprints(report({one, other, layer, promise})).size(), 4u);
}

}  // namespace
}  // namespace faultline
