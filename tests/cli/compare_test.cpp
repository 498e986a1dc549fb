#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "data/npy.h"
#include "support/program.h"
#include "support/shared.h"

using faultline::write_npy;
using faultline::testing::run_faultline;
using faultline::testing::TemporaryFolder;
using nlohmann::json;
using testing::HasSubstr;

namespace {

/// Agreement the manifest asks for.
constexpr double kTolerance = 1e-9;

bool names(const json& entry, const char* key, const json& reason) {
  if (!entry.contains(key)) return false;
  const auto& flag = entry[key];
  if (flag.is_string()) return flag == reason;
  return std::any_of(flag.begin(), flag.end(), [&](const json& one) { return one == reason; });
}

void check_entry(const json& entry, const json& result) {
  const std::string where = entry["a"].get<std::string>() + " " + entry["b"].get<std::string>() + " " +
                            entry["metric"].get<std::string>() + " " + entry["reduce"].get<std::string>() + " " +
                            entry["normalise"].get<std::string>();
  EXPECT_EQ(result["reduce"], entry["reduce"]) << where;
  EXPECT_EQ(result["normalise"], entry["normalise"]) << where;
  ASSERT_EQ(result["values"].size(), entry["values"].size()) << where;
  for (size_t i = 0; i < entry["values"].size(); ++i) {
    const auto &expected = entry["values"][i], &value = result["values"][i], &reason = result["reasons"][i];
    if (value.is_null()) {
      EXPECT_TRUE(reason.is_string()) << where;
      EXPECT_TRUE((expected.is_null() && (names(entry, "flag", reason) || names(entry, "or_flag", reason))) ||
                  (!expected.is_null() && names(entry, "or_flag", reason)))
          << where << " sample " << i << " gave " << reason << ", expected " << expected << " " << entry.value("flag", json());
    } else {
      EXPECT_TRUE(reason.is_null()) << where;
      ASSERT_FALSE(expected.is_null()) << where << " sample " << i << " gave " << value << ", expected "
                                       << entry.value("flag", json());
      EXPECT_NEAR(value.get<double>(), expected.get<double>(), kTolerance * std::max(1.0, std::abs(expected.get<double>())))
          << where << " sample " << i;
    }
  }
}

/// The metric with the entry's convention written into its spec.
std::string with_convention(const json& entry) {
  const std::string metric = entry["metric"];
  return metric + (metric.find(':') == std::string::npos ? ":" : ",") + "reduce=" + entry["reduce"].get<std::string>() +
         ",normalise=" + entry["normalise"].get<std::string>();
}

/// One call a pair of files: every entry with its convention spelled out, and once more by its metric's defaults where the
/// manifest says that these are the same.
void check_pair(const std::string& folder, const std::vector<json>& entries, size_t* checked) {
  std::vector<std::string> command = {"compare", folder + entries[0]["a"].get<std::string>(),
                                      folder + entries[0]["b"].get<std::string>(), "--json"};
  std::vector<json> asked;
  const auto ask = [&](const json& entry, const std::string& spec) {
    command.insert(command.end(), {"--metric", spec});
    asked.push_back(entry);
  };
  for (const auto& entry : entries) {
    ask(entry, with_convention(entry));
    if (entry.value("default", false)) ask(entry, entry["metric"]);
  }
  const auto result = run_faultline(command);
  ASSERT_EQ(result.code, 0) << command[1] << " " << command[2] << ": " << result.err;
  const json out = json::parse(result.out);
  ASSERT_EQ(out["metrics"].size(), asked.size());
  for (size_t i = 0; i < asked.size(); ++i) check_entry(asked[i], out["metrics"][i]);
  *checked += asked.size();
}

TEST(Compare, AgreesWithScipyAndSkimage) {
  FAULTLINE_NEEDS_SHARED(shared);
  const std::string folder = shared + "/reference/scipy_skimage/";
  std::ifstream file(folder + "manifest.json");
  const json manifest = json::parse(file);
  std::map<std::pair<std::string, std::string>, std::vector<json>> pairs;
  for (const auto& entry : manifest["entries"]) pairs[{entry["a"], entry["b"]}].push_back(entry);
  size_t checked = 0;
  for (const auto& [pair, entries] : pairs) check_pair(folder, entries, &checked);
  EXPECT_GT(checked, manifest["entries"].size());
}

class CompareFiles : public testing::Test {
 protected:
  CompareFiles() {
    auto a = at::arange(32, at::kDouble).reshape({2, 1, 4, 4});
    auto b = a * a;
    write_npy(folder_.file("a.npy"), a);
    write_npy(folder_.file("b.npy"), b);
    b[1][0][2][2] = std::numeric_limits<double>::quiet_NaN();
    write_npy(folder_.file("nan.npy"), b);
    write_npy(folder_.file("other.npy"), at::zeros({2, 1, 4, 5}, at::kDouble));
  }
  TemporaryFolder folder_;
};

TEST_F(CompareFiles, ASampleWithNanHasNoValueAndAReason) {
  const auto result = run_faultline(
      {"compare", folder_.file("a.npy"), folder_.file("nan.npy"), "--metric", "pearson", "--metric", "top-k:k=3", "--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  const json report = json::parse(result.out);
  for (const auto& metric : report["metrics"]) {
    EXPECT_TRUE(metric["values"][0].is_number());
    EXPECT_TRUE(metric["reasons"][0].is_null());
    EXPECT_TRUE(metric["values"][1].is_null());
    EXPECT_EQ(metric["reasons"][1], "non-finite-map");
  }
}

TEST_F(CompareFiles, DifferentShapesAreBadInput) {
  const auto result = run_faultline({"compare", folder_.file("a.npy"), folder_.file("other.npy"), "--metric", "pearson"});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr("2,1,4,5"));
  EXPECT_EQ(run_faultline({"compare", folder_.file("a.npy"), folder_.file("none.npy"), "--metric", "pearson"}).code, 3);
}

TEST_F(CompareFiles, SeveralMetricsMayFollowOneOption) {
  const auto one =
      run_faultline({"compare", folder_.file("a.npy"), folder_.file("b.npy"), "--metric", "pearson", "cosine", "spearman"});
  const auto many = run_faultline({"compare", "--metric", "pearson", "--metric", "cosine", folder_.file("a.npy"),
                                   folder_.file("b.npy"), "--metric", "spearman"});
  EXPECT_EQ(one.code, 0) << one.err;
  std::vector<std::string> first, second;
  std::istringstream a(one.out), b(many.out);
  for (std::string line; std::getline(a, line);) first.push_back(line);
  for (std::string line; std::getline(b, line);) second.push_back(line);
  EXPECT_EQ(first.size(), 6u) << one.out;
  EXPECT_THAT(first, testing::UnorderedElementsAreArray(second));
}

TEST_F(CompareFiles, ReduceAndNormaliseOverrideTheMetricsOwn) {
  const auto result = run_faultline({"compare", folder_.file("a.npy"), folder_.file("b.npy"), "--metric", "l1:reduce=sum",
                                     "--reduce", "absolute", "--normalise", "none", "--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  const auto metric = json::parse(result.out)["metrics"][0];
  EXPECT_EQ(metric["reduce"], "absolute");
  EXPECT_EQ(metric["normalise"], "none");
  EXPECT_DOUBLE_EQ(metric["values"][0].get<double>(), 1240 - 120);  // sum of squares of 0..15 minus their sum
}

TEST_F(CompareFiles, NumbersHaveSeventeenDigits) {
  const auto result = run_faultline({"compare", folder_.file("a.npy"), folder_.file("b.npy"), "--metric", "pearson", "--json"});
  const double value = json::parse(result.out)["metrics"][0]["values"][0].get<double>();
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  EXPECT_THAT(result.out, HasSubstr(text));
}

}  // namespace
