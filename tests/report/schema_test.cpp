#include "support/schema.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "report/written.h"

namespace faultline {
namespace {

using nlohmann::json;
using testing::schema_violations;
using testing::standard;
using testing::SyntheticPlan;
using testing::TemporaryFolder;
using testing::text_of;
using testing::Written;

constexpr const char* kNeeds = "needs /usr/bin/python3 with jsonschema";

TEST(ReportSchema, HoldsForEveryKindOfRun) {
  SyntheticPlan useless, one_sample, odd, leaking;
  useless.attack_is_useless = true;
  one_sample.samples = 3;
  one_sample.with_pictures = false;
  odd.odd_name = "a\"b\\c\n\xff<&>";
  leaking.with_ledger = true;
  const Written a(useless), b(one_sample), c(odd), d(leaking);
  const auto violations = schema_violations({standard().paths[1], a.paths[1], b.paths[1], c.paths[1], d.paths[1]});
  if (!violations) GTEST_SKIP() << kNeeds;
  EXPECT_EQ(*violations, std::vector<std::string>(5));
}

/// Each of these breaks a report in one place.
TEST(ReportSchema, RefusesWrongReports) {
  const json right = json::parse(standard().json());
  const std::vector<std::pair<const char*, json>> changes = {
      {"an unknown format", {{{"op", "replace"}, {"path", "/format"}, {"value", "faultline-report-2"}}}},
      {"a missing key", {{{"op", "remove"}, {"path", "/asked"}}}},
      {"a missing statistic", {{{"op", "remove"}, {"path", "/summary/0/metrics/top-k/median"}}}},
      {"a text for a number", {{{"op", "replace"}, {"path", "/asked"}, {"value", "12"}}}},
      {"a text for a statistic", {{{"op", "replace"}, {"path", "/summary/0/metrics/top-k/mean"}, {"value", "0.5"}}}},
      {"a negative count", {{{"op", "replace"}, {"path", "/summary/0/metrics/top-k/used"}, {"value", -1}}}},
      {"a number for a text", {{{"op", "replace"}, {"path", "/records/0/metric"}, {"value", 1}}}},
      {"a record with value and reason",
       {{{"op", "replace"}, {"path", "/records/0/value"}, {"value", 0.5}},
        {{"op", "replace"}, {"path", "/records/0/reason"}, {"value", "zero-map"}}}},
      {"a record with neither",
       {{{"op", "replace"}, {"path", "/records/0/value"}, {"value", nullptr}},
        {{"op", "replace"}, {"path", "/records/0/reason"}, {"value", nullptr}}}},
      {"an unknown role", {{{"op", "replace"}, {"path", "/summary/0/role"}, {"value", "attacker"}}}},
      {"an unknown key", {{{"op", "add"}, {"path", "/summary/0/surplus"}, {"value", 1}}}},
      {"an unknown key at the top", {{{"op", "add"}, {"path", "/surplus"}, {"value", 1}}}}};
  const TemporaryFolder folder;
  std::vector<std::string> files;
  for (const auto& [what, patch] : changes) {
    files.push_back(folder.file(std::to_string(files.size()) + ".json"));
    std::ofstream(files.back()) << right.patch(patch);
  }
  const auto violations = schema_violations(files);
  if (!violations) GTEST_SKIP() << kNeeds;
  ASSERT_EQ(violations->size(), changes.size());
  for (size_t i = 0; i < changes.size(); ++i) EXPECT_NE((*violations)[i], "") << changes[i].first;
}

/// The keys of `properties` objects anywhere below that say nothing of themselves.
void collect_undescribed(const json& schema, const std::string& where, std::vector<std::string>& out) {
  if (!schema.is_structured()) return;
  for (const auto& [key, part] : schema.items()) {
    // The alternatives of oneOf speak of properties described elsewhere.
    if (key == "oneOf") continue;
    if (key == "properties") {
      for (const auto& [name, property] : part.items()) {
        if (property.value("description", "").empty()) out.push_back(where + "/" + name);
      }
    }
    collect_undescribed(part, where + "/" + key, out);
  }
}

TEST(ReportSchema, DescribesEveryKey) {
  const json schema = json::parse(text_of(std::string(FAULTLINE_SOURCE_DIR) + "/docs/reference/report.schema.json"));
  std::vector<std::string> undescribed;
  collect_undescribed(schema, "", undescribed);
  EXPECT_EQ(undescribed, std::vector<std::string>());
  // A key that may be left out would be a key that a reader cannot count on.
  for (const auto& [name, part] : schema["$defs"].items()) {
    if (!part.contains("properties")) continue;
    EXPECT_EQ(part["required"].size(), part["properties"].size()) << name;
    EXPECT_EQ(part["additionalProperties"], false) << name;
  }
}

}  // namespace
}  // namespace faultline
