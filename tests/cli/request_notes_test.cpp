// Requests that look like a slip are carried out, and remarked upon.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/small_nets.h"
#include "models/torchscript_export.h"
#include "models/transforms.h"
#include "support/program.h"
#include "support/shared.h"

namespace faultline {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RequestNotes : public ::testing::Test {
 protected:
  std::string said(std::vector<std::string> more) {
    std::vector<std::string> words{"audit",
                                   "--model",
                                   folder_.file("net.pt"),
                                   "--data",
                                   "glyphs:count=9,seed=4",
                                   "--samples",
                                   "1",
                                   "--explainer",
                                   "gradient",
                                   "--attack",
                                   "random-sign",
                                   "--no-progress",
                                   "--out",
                                   folder_.file("run" + std::to_string(++runs_))};
    words.insert(words.end(), more.begin(), more.end());
    return testing::run_faultline(words).err;
  }
  testing::TemporaryFolder folder_;
  int runs_ = 0;
};

TEST_F(RequestNotes, ANetworkThatNormalisesByItselfNeedsNoMeanAndStd) {
  const std::vector<std::string> twice{"--mean", "0.5", "--std", "0.25"};
  save_torchscript(small_cnn(1, 28, 28, 10, 3), folder_.file("net.pt"));
  EXPECT_THAT(said(twice), Not(HasSubstr("normalise its input by itself")));
  save_torchscript(with_normalisation(small_cnn(1, 28, 28, 10, 3), {0.5}, {0.25}), folder_.file("net.pt"));
  EXPECT_THAT(said(twice), HasSubstr("normalise its input by itself"));
  EXPECT_THAT(said({}), Not(HasSubstr("normalise its input by itself")));
}

TEST_F(RequestNotes, AnEpsilonAsLargeAsTheRange) {
  save_torchscript(small_cnn(1, 28, 28, 10, 3), folder_.file("net.pt"));
  EXPECT_THAT(said({"--epsilon", "8"}), HasSubstr("was 8/255 meant?"));
  EXPECT_THAT(said({"--epsilon", "8/255"}), Not(HasSubstr("meant?")));
}

}  // namespace
}  // namespace faultline
