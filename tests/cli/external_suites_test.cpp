// What every suite finds of an explainer written in Python is what it finds of the same explainer built in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "support/program.h"
#include "support/shared.h"

using faultline::testing::run_faultline;
using faultline::testing::TemporaryFolder;
using nlohmann::json;

namespace {

struct SuiteOfPython {
  const char* name;
  std::vector<std::string> words;  ///< of the audit
  size_t least;                    ///< numbers that are compared, at least
};

void PrintTo(const SuiteOfPython& suite, std::ostream* out) { *out << suite.name; }

class ExternalSuites : public testing::TestWithParam<SuiteOfPython> {};

/// Records of one explainer that hold of its maps, by what they are about.
std::map<std::string, json> values_of(const json& report, const std::string& explainer) {
  // What a program's maps cost is not seen from here, what it claims it was not told, and a search along its derivative has none.
  static const std::set<std::string> kOwn{"evaluations", "claims", "is-claimed", "guided-local-lipschitz",
                                          "rounding-guided-local-lipschitz"};
  std::map<std::string, json> out;
  for (const auto& r : report["records"]) {
    if (r["explainer"] != explainer || kOwn.count(r["metric"])) continue;
    out[r["suite"].get<std::string>() + "|" + r["condition"].get<std::string>() + "|" + r["metric"].get<std::string>() + "|" +
        r["sample"].get<std::string>()] = r;
  }
  return out;
}

TEST_P(ExternalSuites, FindsTheNumbersOfTheBuiltInGradient) {
  if (!faultline::testing::run_torch_python("import numpy", {})) GTEST_SKIP() << "needs /usr/bin/python3 with torch and numpy";
  const TemporaryFolder folder;
  std::vector<std::string> words{"audit",
                                 "--data",
                                 "glyphs:count=64,seed=4",
                                 "--samples",
                                 "3",
                                 "--dtype",
                                 "float64",
                                 "--explainer",
                                 "gradient",
                                 "--explainer",
                                 "python=external:command=(/usr/bin/python3 '" FAULTLINE_SOURCE_DIR
                                 "/examples/python/saliency.py')",
                                 "--no-progress",
                                 "--out",
                                 folder.file("run")};
  words.insert(words.end(), GetParam().words.begin(), GetParam().words.end());
  const auto result = run_faultline(words);
  ASSERT_EQ(result.code, 0) << result.err;
  std::ifstream in(folder.file("run") + "/report.json");
  const json report = json::parse(in);
  const auto ours = values_of(report, "gradient"), theirs = values_of(report, "python");
  size_t compared = 0;
  for (const auto& [key, record] : theirs) {
    const auto found = ours.find(key);
    ASSERT_NE(found, ours.end()) << key;
    const json &a = found->second["value"], &b = record["value"];
    EXPECT_EQ(found->second["reason"], record["reason"]) << key;
    ASSERT_EQ(a.is_null(), b.is_null()) << key << " " << a << " " << b;
    if (a.is_null()) continue;
    EXPECT_LE(std::abs(a.get<double>() - b.get<double>()), 1e-5 * std::max(1.0, std::abs(a.get<double>()))) << key;
    ++compared;
  }
  EXPECT_GE(compared, GetParam().least);
}

INSTANTIATE_TEST_SUITE_P(
    Every, ExternalSuites,
    testing::Values(SuiteOfPython{"fragility",
                                  {"--suite", "fragility", "--epsilon", "8/255", "--attack", "square-search:queries=40",
                                   "--attack", "nes:queries=40,pairs=4"},
                                  30},
                    SuiteOfPython{"shift", {"--suite", "shift"}, 3},
                    SuiteOfPython{
                        "parameter_randomization", {"--suite", "parameter-randomization:repeats=1,null-networks=2"}, 30},
                    SuiteOfPython{"data_randomization", {"--suite", "data-randomization:epochs=4,accuracy=0.01"}, 3},
                    SuiteOfPython{"axioms", {"--suite", "axioms:data=1,cases=2,climbs=1,steps=0,edge-cases=0,shrink=0"}, 30}),
    [](const testing::TestParamInfo<SuiteOfPython>& one) { return one.param.name; });

}  // namespace
