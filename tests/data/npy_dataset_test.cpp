#include "data/npy_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/files.h"
#include "data/npy.h"
#include "data/npy_format.h"
#include "support/shared.h"

namespace faultline {
namespace {

using ::testing::HasSubstr;
using testing::input_error_of;

TEST(NpyDataset, GivesTheRowsOfTheArray) {
  const testing::TemporaryFolder folder;
  const at::Tensor values = at::arange(24, at::kDouble).reshape({4, 2, 3}) / 24;
  write_npy(folder.file("x.npy"), values);
  const auto data = open_npy_dataset(folder.file("x.npy"), {});
  ASSERT_EQ(data->size(), 4);
  for (int64_t i = 0; i < 4; ++i) EXPECT_TRUE(data->load(i).input.equal(values[i]));
  EXPECT_EQ(data->info(3).id, 3u);
  EXPECT_FALSE(data->info(3).label.has_value());
}

TEST(NpyDataset, DividesBytesBy255AndWidensHalves) {
  const testing::TemporaryFolder folder;
  write_npy(folder.file("b.npy"), at::tensor(std::vector<int64_t>{0, 255, 51, 102}).reshape({2, 2}).to(at::kByte));
  EXPECT_TRUE(
      open_npy_dataset(folder.file("b.npy"), {})->load(1).input.equal(at::tensor(std::vector<float>{51 / 255.f, 102 / 255.f})));
  write_npy(folder.file("h.npy"), at::tensor(std::vector<float>{0.5f, 0.25f}).reshape({2, 1}).to(at::kHalf));
  const auto half = open_npy_dataset(folder.file("h.npy"), {})->load(1).input;
  EXPECT_TRUE(half.equal(at::tensor(std::vector<float>{0.25f})));
}

TEST(NpyDataset, ReadsFortranOrderAsTheSameRows) {
  FAULTLINE_NEEDS_SHARED(shared);
  const std::string folder = shared + "/reference/io/npy/";
  for (const char* name : {"float32_nchw.npy", "float32_nchw_f.npy"}) {
    const at::Tensor whole = read_npy(folder + name).values;
    const auto data = open_npy_dataset(folder + name, {});
    for (int64_t i = 0; i < data->size(); ++i) EXPECT_TRUE(data->load(i).input.equal(whole[i])) << name;
  }
}

TEST(NpyDataset, RefusesWhatAreNoInputs) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.file("x.npy");
  const auto message = [&](const at::Tensor& values) {
    write_npy(path, values);
    return input_error_of([&] { open_npy_dataset(path, {}); });
  };
  EXPECT_THAT(message(at::ones({2, 2}, at::kLong)), HasSubstr("int64"));
  EXPECT_THAT(message(at::ones({2, 2}, at::kBool)), HasSubstr("bool"));
  EXPECT_THAT(message(at::ones({2})), HasSubstr("[N,C,H,W]"));
  EXPECT_THAT(message(at::ones({1, 1, 1, 1, 1})), HasSubstr("[N,C,H,W]"));
  EXPECT_THAT(message(at::ones({0, 3})), HasSubstr("at least one sample"));
  EXPECT_THAT(message(at::ones({3, 0})), HasSubstr("at least one sample"));
}

TEST(NpyDataset, RefusesLabelsThatDoNotFit) {
  const testing::TemporaryFolder folder;
  write_npy(folder.file("x.npy"), at::ones({2, 3}));
  DatasetOptions options;
  options.labels_file = folder.file("l.npy");
  const auto message = [&](const at::Tensor& labels) {
    write_npy(options.labels_file, labels);
    return input_error_of([&] { open_npy_dataset(folder.file("x.npy"), options); });
  };
  EXPECT_THAT(message(at::ones({3}, at::kLong)), HasSubstr("for 2 samples"));
  EXPECT_THAT(message(at::ones({2, 1}, at::kLong)), HasSubstr("for 2 samples"));
  EXPECT_THAT(message(at::ones({2})), HasSubstr("float32"));
  EXPECT_THAT(message(at::full({2}, -2, at::kLong)), HasSubstr("-2"));
  EXPECT_EQ(message(at::ones({2}, at::kByte)), "nothing was thrown");
}

}  // namespace
}  // namespace faultline
