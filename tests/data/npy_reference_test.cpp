#ifndef FAULTLINE_CORE_ONLY  // the manifest is JSON
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "data/npy.h"
#include "support/shared.h"

namespace faultline {
namespace {

nlohmann::json manifest(const std::string& folder) {
  std::ifstream in(folder + "/manifest.json");
  return nlohmann::json::parse(in);
}

double number_of(const nlohmann::json& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (value.is_number()) return value.get<double>();
  const std::string text = value;
  if (text == "True") return 1;
  if (text == "False") return 0;
  return std::strtod(text.c_str(), nullptr);  // stod refuses subnormals
}

/// Equal as numbers, signed zeros apart, NaN equal to NaN.
void expect_same(double value, double expected, const std::string& where) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(value)) << where;
  } else {
    EXPECT_EQ(value, expected) << where;
    EXPECT_EQ(std::signbit(value), std::signbit(expected)) << where;
  }
}

TEST(NpyReference, EveryFileReadsToItsTypeShapeAndSums) {
  FAULTLINE_NEEDS_SHARED(shared);
  const std::string folder = shared + "/reference/io/npy";
  size_t read = 0;
  const auto listed = manifest(folder);
  for (const auto& entry : listed["entries"]) {
    const std::string file = entry["file"];
    const NpyArray array = read_npy(folder + "/" + file);
    EXPECT_EQ(array.dtype, entry["dtype"].get<std::string>()) << file;
    EXPECT_EQ(array.values.sizes().vec(), entry["shape"].get<std::vector<int64_t>>()) << file;
    EXPECT_TRUE(array.values.is_contiguous()) << file;
    const at::Tensor flat = array.values.to(at::kDouble).reshape(-1);
    ASSERT_EQ(flat.numel(), entry["count"].get<int64_t>()) << file;
    if (entry["sum"].is_number()) {
      double sum = 0, weighted = 0;
      for (int64_t i = 0; i < flat.numel(); ++i) {
        sum += flat.data_ptr<double>()[i];
        weighted += static_cast<double>(i + 1) * flat.data_ptr<double>()[i];
      }
      // numpy adds pairwise, this loop in order: a few ulps of the largest partial sum.
      EXPECT_NEAR(sum, entry["sum"].get<double>(), 1e-12 * std::max(1.0, std::abs(sum))) << file;
      EXPECT_NEAR(weighted, entry["weighted_sum"].get<double>(), 1e-12 * std::max(1.0, std::abs(weighted))) << file;
    }
    if (entry.contains("values")) {
      for (int64_t i = 0; i < flat.numel(); ++i) {
        expect_same(flat.data_ptr<double>()[i], number_of(entry["values"][i]), file);
      }
    }
    if (flat.numel() > 0 && entry["first"].is_string()) {
      expect_same(flat[0].item<double>(), number_of(entry["first"]), file);
      expect_same(flat[-1].item<double>(), number_of(entry["last"]), file);
    }
    ++read;
  }
  EXPECT_GE(read, 70u);
}

TEST(NpyReference, IntegersOf64BitsKeepEveryDigit) {
  FAULTLINE_NEEDS_SHARED(shared);
  const std::string folder = shared + "/reference/io/npy";
  const at::Tensor limits = read_npy(folder + "/int64_limits.npy").values;
  const auto listed = manifest(folder);
  for (const auto& entry : listed["entries"]) {
    if (entry["file"] != "int64_limits.npy") continue;
    for (int64_t i = 0; i < limits.numel(); ++i) {
      EXPECT_EQ(limits[i].item<int64_t>(), std::stoll(entry["values"][i].get<std::string>()));
    }
  }
  EXPECT_EQ(read_npy(folder + "/uint64_limits.npy").values.scalar_type(), at::kDouble);
  EXPECT_EQ(read_npy(folder + "/uint64_c.npy").values.scalar_type(), at::kLong);
}

TEST(NpyReference, EveryBadFileIsRefusedAsInput) {
  FAULTLINE_NEEDS_SHARED(shared);
  const std::string folder = shared + "/reference/io/npy";
  size_t refused = 0;
  const auto listed = manifest(folder);
  for (const auto& entry : listed["refused"]) {
    const std::string file = entry["file"];
    try {
      read_npy(folder + "/" + file);
      ADD_FAILURE() << file << " was read";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::input) << file;
      EXPECT_NE(std::string(error.what()).find(file), std::string::npos) << error.what();
    }
    ++refused;
  }
  EXPECT_GE(refused, 14u);
}

}  // namespace
}  // namespace faultline
#endif
