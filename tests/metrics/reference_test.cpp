// Every entry of the reference numbers made with scipy, scikit-image and scikit-learn.
#ifndef FAULTLINE_CORE_ONLY
#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "data/npy.h"
#include "metrics/compare_maps.h"
#include "metrics/top_k.h"
#include "support/shared.h"

namespace faultline {
namespace {

using Json = nlohmann::json;
constexpr double kTolerance = 1e-9;

class Reference {
 public:
  explicit Reference(const std::string& shared) : folder_(shared + "/reference/scipy_skimage/") {
    std::ifstream file(folder_ + "manifest.json");
    entries_ = Json::parse(file).at("entries");
  }
  const Json& entries() const { return entries_; }
  const at::Tensor& maps(const std::string& name) {
    if (!cache_.count(name)) cache_[name] = read_npy(folder_ + name).values;
    return cache_[name];
  }

 private:
  std::string folder_;
  Json entries_;
  std::map<std::string, at::Tensor> cache_;
};

std::string label(const Json& entry) {
  return entry["metric"].get<std::string>() + " reduce=" + entry["reduce"].get<std::string>() + " " +
         entry["a"].get<std::string>() + " " + entry["b"].get<std::string>();
}

void check_values(const Json& entry, const MetricValues& out) {
  const auto& expected = entry["values"];
  ASSERT_EQ(out.values.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    if (expected[i].is_null()) {
      EXPECT_TRUE(std::isnan(out.values[i]));
      EXPECT_EQ(out.reasons[i], entry.at("flag").get<std::string>());
    } else {
      EXPECT_EQ(out.reasons[i], "");
      const double value = expected[i];
      EXPECT_NEAR(out.values[i], value, kTolerance * std::max(1.0, std::abs(value)));
    }
  }
}

TEST(ScipyAndSkimage, AgreeOnEveryValueAndEveryReason) {
  FAULTLINE_NEEDS_SHARED(shared);
  Reference reference(shared);
  size_t seen = 0, without_value = 0;
  for (const auto& entry : reference.entries()) {
    SCOPED_TRACE(label(entry));
    const auto &a = reference.maps(entry["a"]), &b = reference.maps(entry["b"]);
    const Spec spec = parse_spec(entry["metric"]);
    const Spec full = spec.with("reduce", entry["reduce"]).with("normalise", entry["normalise"]);
    check_values(entry, similarity_metrics().make(full)->compare(a, b));
    if (entry.value("default", false)) check_values(entry, similarity_metrics().make(spec)->compare(a, b));
    ++seen;
    without_value += std::count(entry["values"].begin(), entry["values"].end(), nullptr);
  }
  RecordProperty("entries", static_cast<int>(seen));
  EXPECT_GE(seen, 1000u);
  EXPECT_GE(without_value, 200u);
}

TEST(ScipyAndSkimage, AgreeOnTheTieShares) {
  FAULTLINE_NEEDS_SHARED(shared);
  Reference reference(shared);
  size_t seen = 0;
  for (const auto& entry : reference.entries()) {
    if (!entry.contains("tie_share")) continue;
    SCOPED_TRACE(label(entry));
    const int64_t k = entry["k"];
    for (int64_t row = 0; row < static_cast<int64_t>(entry["tie_share"].size()); ++row) {
      for (const int side : {0, 1}) {
        const ReducedMap map = reduced(reference.maps(entry[side ? "b" : "a"]), row, parse_reduce(entry["reduce"]));
        if (entry["tie_share"][row][side].is_null() || !is_finite(map.values)) continue;
        EXPECT_NEAR(tie_share(map, k), entry["tie_share"][row][side].get<double>(), kTolerance);
        ++seen;
      }
    }
  }
  EXPECT_GE(seen, 100u);
}

}  // namespace
}  // namespace faultline
#endif
