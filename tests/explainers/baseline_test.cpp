#include <gtest/gtest.h>

#include <limits>

#include "data/npy.h"
#include "explainers/explainer.h"
#include "support/shared.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::rows;
using testing::TemporaryFolder;

/// Integrated gradients of f = 2 x1 - x2 are w (x - baseline), so that the maps give the baseline away.
at::Tensor maps_with(const std::string& baseline) {
  const auto explainer = explainers().make("integrated-gradients:steps=2," + baseline);
  return explainer->explain(testing::linear_network({2, -1}, 0), testing::samples_at(rows({{0.5, 0.25}, {1, 0.75}})), Context{})
      .maps;
}

ErrorKind kind_of(const std::string& baseline) {
  try {
    maps_with(baseline);
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::interrupted;  // nothing here interrupts
}

TEST(Baseline, OfAFileIsOneForAllOrOneASample) {
  const TemporaryFolder folder;
  const std::string file = folder.file("b.npy"), spec = "baseline=file,file=" + file;
  write_npy(file, rows({{0.5, 0.25}}));
  EXPECT_TRUE(at::allclose(maps_with(spec), rows({{0, 0}, {1, -0.5}}), 0, 1e-12));
  write_npy(file, rows({{0.5, 0}, {0, 0.75}, {9, 9}}));
  EXPECT_TRUE(at::allclose(maps_with(spec), rows({{0, -0.25}, {2, 0}}), 0, 1e-12)) << "the row is the sample's id";
}

TEST(Baseline, RefusesFilesThatDoNotFit) {
  const TemporaryFolder folder;
  const std::string file = folder.file("b.npy"), spec = "baseline=file,file=" + file;
  EXPECT_EQ(kind_of("baseline=file"), ErrorKind::usage);
  EXPECT_EQ(kind_of("baseline=mean"), ErrorKind::usage) << "there is no reference data";
  EXPECT_EQ(kind_of(spec), ErrorKind::input) << "no such file";
  for (const auto& bad : {rows({{0, 0, 0}}), at::empty({0, 2}, at::kDouble), at::ones({}, at::kDouble),
                          at::full({1, 2}, std::numeric_limits<double>::quiet_NaN(), at::kDouble)}) {
    write_npy(file, bad);
    EXPECT_EQ(kind_of(spec), ErrorKind::input) << bad.sizes();
  }
  Samples late = testing::samples_at(rows({{0.5, 0.25}}));
  late.ids = {7};
  write_npy(file, rows({{0, 0}, {0, 0}}));
  EXPECT_THROW(explainers().make("integrated-gradients:" + spec)->explain(testing::linear_network({2, -1}, 0), late, Context{}),
               Error);
}

}  // namespace
}  // namespace faultline
