#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/program.h"
#include "support/shared.h"

using faultline::testing::run_faultline;
using faultline::testing::TemporaryFolder;
using testing::HasSubstr;

namespace {

constexpr int64_t kMega = int64_t{1} << 20;

/// SqueezeNet on pictures [3,224,224], where a block of the network takes more than all else.
class Memory : public ::testing::Test {
 protected:
  faultline::testing::ProgramResult run(std::vector<std::string> arguments) const {
    for (const std::string& more :
         {std::string("--model"), shared_ + "/models/squeezenet1_0_imagenet.pt", std::string("--quiet")}) {
      arguments.push_back(more);
    }
    return run_faultline(arguments);
  }
  int64_t peak_of_integrated_gradients(int steps, int samples) const {
    const auto result =
        run({"explain", "--inputs", shared_ + "/data/imagenet", "--samples", std::to_string(samples), "--threads", "1",
             "--explainer", "integrated-gradients:steps=" + std::to_string(steps), "--out", folder_.file("r.npy")});
    EXPECT_EQ(result.code, 0) << result.err;
    return result.peak_bytes;
  }
  std::string shared_ = faultline::testing::shared_folder();
  TemporaryFolder folder_;
};

#define NEEDS_SHARED() \
  if (shared_.empty()) GTEST_SKIP() << "needs the shared folder next to the checkout or FAULTLINE_SHARED"

TEST_F(Memory, DoesNotGrowWithTheStepsOfAPath) {
  NEEDS_SHARED();
  const int64_t few = peak_of_integrated_gradients(32, 1), many = peak_of_integrated_gradients(64, 1);
  EXPECT_LT(many, 1024 * kMega);
  EXPECT_LT(many, few + 32 * kMega) << few / kMega << "M with 32 steps";
}

TEST_F(Memory, StaysBelowWhatWasAllowed) {
  NEEDS_SHARED();
  const auto result =
      run({"audit", "--data", shared_ + "/data/imagenet", "--samples", "4", "--threads", "2", "--epsilon", "2/255", "--explainer",
           "gradient", "--attack", "ghorbani-topk:iterations=1,beta=0.1", "--max-memory", "900M", "--out", folder_.file("run")});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_LT(result.peak_bytes, 900 * kMega);
}

TEST_F(Memory, SaysTheLeastThatWouldDo) {
  NEEDS_SHARED();
  const auto result = run(
      {"audit", "--data", shared_ + "/data/imagenet", "--samples", "4", "--max-memory", "150M", "--out", folder_.file("run")});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("--max-memory 150M: is too little for this network and data; give "));
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
}

}  // namespace
