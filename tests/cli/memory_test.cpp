#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/program.h"
#include "support/shared.h"

using faultline::testing::run_faultline;
using faultline::testing::TemporaryFolder;
using testing::HasSubstr;

namespace {

constexpr int64_t kMega = int64_t{1} << 20;

/// Networks of the shared folder.
class Memory : public ::testing::Test {
 protected:
  void SetUp() override { FAULTLINE_NEEDS_MEMORY_AS_IT_IS(); }
  faultline::testing::ProgramResult run(const std::string& network, std::vector<std::string> arguments) const {
    for (const std::string& more : {std::string("--model"), shared_ + "/models/" + network + ".pt", std::string("--quiet")}) {
      arguments.push_back(more);
    }
    return run_faultline(arguments);
  }
  int64_t peak_of_one_map(const std::string& network, const std::string& data, const std::string& explainer) const {
    const auto result = run(network, {"explain", "--inputs", shared_ + "/data/" + data, "--samples", "1", "--threads", "1",
                                      "--explainer", explainer, "--out", folder_.file("r.npy")});
    EXPECT_EQ(result.code, 0) << result.err;
    return result.peak_bytes;
  }
  std::string shared_ = faultline::testing::shared_folder();
  TemporaryFolder folder_;
};

#define NEEDS_SHARED() \
  if (shared_.empty()) GTEST_SKIP() << "needs the shared folder next to the checkout or FAULTLINE_SHARED"

TEST_F(Memory, DoesNotGrowWithThePointsOfAPathOrTheDrawsOfAMean) {
  NEEDS_SHARED();
  // Kept until the end, 16,000 more inputs of 28 x 28 would take 50 MB in float32 and 100 MB in double, and their gradients as
  // much.
  for (const std::string method : {"integrated-gradients:quadrature=middle,steps=", "smooth-grad:samples="}) {
    const int64_t few = peak_of_one_map("lenet_mnist", "mnist", method + "4000");
    const int64_t many = peak_of_one_map("lenet_mnist", "mnist", method + "20000");
    EXPECT_LT(many, few + 25 * kMega) << method << " " << few / kMega << "M with 4000";
  }
}

TEST_F(Memory, StaysBelowAGibibyteForAnImageNetPicture) {
  NEEDS_SHARED();
  EXPECT_LT(peak_of_one_map("squeezenet1_0_imagenet", "imagenet", "integrated-gradients:steps=64"), 1024 * kMega);
}

TEST_F(Memory, StaysBelowWhatWasAllowed) {
  NEEDS_SHARED();
  const auto result =
      run("squeezenet1_0_imagenet",
          {"audit", "--data", shared_ + "/data/imagenet", "--samples", "4", "--threads", "4", "--epsilon", "2/255", "--explainer",
           "gradient", "--attack", "ghorbani-topk:iterations=1,beta=0.1", "--max-memory", "900M", "--out", folder_.file("run")});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_LT(result.peak_bytes, 900 * kMega);
}

TEST_F(Memory, SaysTheLeastThatWouldDo) {
  NEEDS_SHARED();
  const auto result = run("squeezenet1_0_imagenet", {"audit", "--data", shared_ + "/data/imagenet", "--samples", "4",
                                                     "--max-memory", "150M", "--out", folder_.file("run")});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("--max-memory 150M: is too little for this network and data; give "));
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
}

}  // namespace
