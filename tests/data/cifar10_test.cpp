#include "data/cifar10.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/files.h"
#include "data/npy.h"
#include "support/shared.h"

namespace faultline {
namespace {

using ::testing::HasSubstr;
using testing::input_error_of;
using testing::put;

std::string record(int label, int first_pixel) {
  std::string bytes(3073, '\0');
  bytes[0] = static_cast<char>(label);
  bytes[1] = static_cast<char>(first_pixel);
  return bytes;
}

TEST(Cifar10, PrefersTheTestBatchOfAFolderAndSaysSo) {
  const testing::TemporaryFolder folder;
  put(folder.file("data_batch_1.bin"), record(1, 10) + record(2, 20));
  put(folder.file("test_batch.bin"), record(3, 30));
  const auto data = open_cifar10(folder.path(), {});
  EXPECT_EQ(data->size(), 1);
  EXPECT_EQ(*data->info(0).label, 3);
  EXPECT_EQ(data->notes().size(), 1u);
}

TEST(Cifar10, ReadsTrainingBatchesInOrder) {
  const testing::TemporaryFolder folder;
  put(folder.file("data_batch_10.bin"), record(9, 90));
  put(folder.file("data_batch_2.bin"), record(2, 20));
  put(folder.file("data_batch_1.bin"), record(0, 0) + record(1, 10));
  const auto data = open_cifar10(folder.path(), {});
  ASSERT_EQ(data->size(), 4);
  const int labels[] = {0, 1, 2, 9};
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(*data->info(i).label, labels[i]);
    EXPECT_EQ(data->info(i).id, static_cast<uint64_t>(i));
    EXPECT_FLOAT_EQ(data->load(i).input[0][0][0].item<float>(), static_cast<float>(10 * labels[i]) / 255.0f);
  }
}

TEST(Cifar10, TakesClassNamesWithAnyLineEndAndAsksForBatches) {
  const testing::TemporaryFolder folder;
  put(folder.file("data_batch_x.txt"), record(0, 0));
  EXPECT_THAT(input_error_of([&] { open_cifar10(folder.path(), {}); }), HasSubstr("holds neither test_batch.bin nor"));
  put(folder.file("data_batch_1.bin"), record(1, 1));
  put(folder.file("batches.meta.txt"), "a\r\nb\r\nc\r\nd\r\ne\r\nf\r\ng\r\nh\r\ni\r\nj");
  EXPECT_EQ(open_cifar10(folder.path(), {})->class_names(),
            (std::vector<std::string>{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}));
}

TEST(Cifar10, RefusesPartRecordsUnknownClassesAndAWrongMetaFile) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.file("x.bin");
  put(path, record(1, 1).substr(0, 3000));
  EXPECT_THAT(input_error_of([&] { open_cifar10(path, {}); }), HasSubstr("3073"));
  put(path, "");
  EXPECT_THAT(input_error_of([&] { open_cifar10(path, {}); }), HasSubstr("3073"));
  put(path, record(1, 1) + record(10, 1));
  EXPECT_THAT(input_error_of([&] { open_cifar10(path, {}); }), HasSubstr("record 1 has the class 10"));
  put(path, record(1, 1));
  put(folder.file("batches.meta.txt"), "cat\ndog\n");
  EXPECT_THAT(input_error_of([&] { open_cifar10(path, {}); }), HasSubstr("names 2 classes"));
}

TEST(Cifar10, ReadsTheRealTestBatchAsTheReferenceDoes) {
  FAULTLINE_NEEDS_SHARED(shared);
  const auto data = open_cifar10(shared + "/data/cifar10", {});
  EXPECT_EQ(data->size(), 1000);
  EXPECT_EQ(data->class_names().size(), 10u);
  EXPECT_EQ(data->class_names()[8], "ship");
  const at::Tensor reference = read_npy(shared + "/reference/io/resnet20_cifar10.inputs.npy").values;
  const int64_t records[] = {2, 31, 64, 200}, classes[] = {9, 8, 5, 1};
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(data->load(records[i]).input.equal(reference[i])) << i;
    // Predicted classes of the reference network, which the manifest says are the labels.
    EXPECT_EQ(*data->info(records[i]).label, classes[i]);
  }
}

}  // namespace
}  // namespace faultline
