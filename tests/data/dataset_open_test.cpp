#ifndef FAULTLINE_CORE_ONLY
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "data/dataset.h"
#include "data/files.h"
#include "data/npy.h"
#include "support/shared.h"

namespace faultline {
namespace {

using ::testing::HasSubstr;
using testing::input_error_of;
using testing::put;

TEST(OpenDataset, RecognisesEveryFormat) {
  FAULTLINE_NEEDS_SHARED(shared);
  const std::pair<const char*, const char*> cases[] = {{"/data/mnist", "idx"},
                                                       {"/data/mnist/train-images-idx3-ubyte.gz", "idx"},
                                                       {"/data/cifar10", "cifar10"},
                                                       {"/data/cifar10/data_batch_1.bin", "cifar10"},
                                                       {"/data/imagenet", "image-folder"},
                                                       {"/data/imagenet/743_prison.jpg", "image-folder"},
                                                       {"/reference/io/dense.inputs.npy", "npy"}};
  for (const auto& [path, format] : cases) {
    const auto data = open_dataset(shared + path, {});
    EXPECT_EQ(data->format(), format) << path;
    EXPECT_EQ(data->load(0).reason, "") << path;
    EXPECT_EQ(data->digest().size(), 64u) << path;
    EXPECT_EQ(data->digest(), open_dataset(shared + path, {})->digest()) << path;
  }
  EXPECT_EQ(open_dataset("glyphs:count=3", {})->format(), "glyphs");
}

TEST(OpenDataset, SaysWhatItLookedFor) {
  const testing::TemporaryFolder folder;
  EXPECT_THAT(input_error_of([&] { open_dataset(folder.file("none"), {}); }), HasSubstr("does not exist"));
  EXPECT_THAT(input_error_of([&] { open_dataset(folder.path(), {}); }), HasSubstr("holds no data set; IDX images"));
  put(folder.file("notes.txt"), "hello");
  EXPECT_THAT(input_error_of([&] { open_dataset(folder.file("notes.txt"), {}); }), HasSubstr("is not a data set"));
  put(folder.file("broken.gz"), "\x1f\x8b broken");
  EXPECT_THAT(input_error_of([&] { open_dataset(folder.file("broken.gz"), {}); }), HasSubstr("is not a data set"));
  put(folder.file("empty"), "");
  EXPECT_THAT(input_error_of([&] { open_dataset(folder.file("empty"), {}); }), HasSubstr("is not a data set"));
}

TEST(OpenDataset, LoadsTheSameFromSeveralThreads) {
  FAULTLINE_NEEDS_SHARED(shared);
  for (const std::string& path :
       {shared + "/data/cifar10", shared + "/data/mnist", shared + "/data/imagenet", std::string("glyphs:count=20")}) {
    const auto data = open_dataset(path, {});
    std::vector<at::Tensor> alone(8), together(8);
    for (int i = 0; i < 8; ++i) alone[i] = data->load(i).input;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) threads.emplace_back([&, i] { together[i] = data->load(i).input; });
    for (auto& thread : threads) thread.join();
    for (int i = 0; i < 8; ++i) EXPECT_TRUE(alone[i].equal(together[i])) << path;
  }
}

}  // namespace
}  // namespace faultline
#endif
