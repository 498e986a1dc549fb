#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/program.h"
#include "support/shared.h"

using faultline::testing::run_faultline;
using faultline::testing::TemporaryFolder;
using testing::HasSubstr;
using testing::Not;

namespace {

TEST(Replicate, SaysWhatItNeeds) {
  const auto unknown = run_faultline({"replicate", "ghorbani"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("ghorbani-2019"));
  const auto bare = run_faultline({"replicate", "kindermans-2017"});
  EXPECT_EQ(bare.code, 2);
  EXPECT_THAT(bare.err, HasSubstr("--model is missing"));
  EXPECT_THAT(bare.err, HasSubstr("an MLP for MNIST"));
}

/// The shift of Kindermans et al. on a small MLP of our own: the paper's nine outcomes are facts of algebra, so all hold.
TEST(Replicate, PrintsPublishedBesideMeasuredAndGoesOnWhereItStopped) {
  FAULTLINE_NEEDS_SHARED(shared);
  const TemporaryFolder folder;
  const std::vector<std::string> command{"replicate", "kindermans-2017",      "--model",   shared + "/models/mlp_mnist.pt",
                                         "--data",    shared + "/data/mnist", "--samples", "2",
                                         "--out",     folder.file("run"),     "--quiet",   "--no-progress"};
  const auto first = run_faultline(command);
  ASSERT_EQ(first.code, 0) << first.err;
  const std::string text = faultline::testing::text_of(folder.file("run/replication.md"));
  EXPECT_THAT(first.out, HasSubstr(text));
  EXPECT_THAT(text, HasSubstr("| gradient, shift=-1: the same map | **holds** |"));
  EXPECT_THAT(text, HasSubstr("| gradient-x-input, shift=-1: another map | **holds** |"));
  EXPECT_THAT(text, HasSubstr("relative change"));
  EXPECT_THAT(text, HasSubstr("faultline audit "));
  EXPECT_THAT(text, Not(HasSubstr("not evaluated")));
  EXPECT_THAT(text, Not(HasSubstr("**fails**")));
  const auto again = run_faultline(command);
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(faultline::testing::text_of(folder.file("run/replication.md")), text);
}

TEST(Replicate, RefusesANetworkThatThePaperHasNot) {
  FAULTLINE_NEEDS_SHARED(shared);
  const TemporaryFolder folder;
  const auto result = run_faultline({"replicate", "adebayo-2018", "--model", shared + "/models/lenet_mnist.pt", "--data",
                                     shared + "/data/mnist", "--out", folder.file("run"), "--quiet"});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr("has 5 layers with parameters"));
  EXPECT_FALSE(std::filesystem::exists(folder.file("run"))) << "a refused replication leaves nothing behind";
}

TEST(Replicate, PrintsOneJsonDocument) {
  FAULTLINE_NEEDS_SHARED(shared);
  const TemporaryFolder folder;
  const auto result =
      run_faultline({"replicate", "kindermans-2017", "--model", shared + "/models/mlp_mnist.pt", "--data", shared + "/data/mnist",
                     "--samples", "1", "--out", folder.file("run"), "--json", "--quiet", "--no-progress"});
  ASSERT_EQ(result.code, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json.at("replication"), "kindermans-2017");
  EXPECT_EQ(json.at("orderings").size(), 9u);
  EXPECT_EQ(json.at("orderings").at(0).at("holds"), true);
  EXPECT_EQ(json.at("figures").at(0).at("published"), 1);
}

}  // namespace
