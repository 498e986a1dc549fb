#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "data/npy.h"
#include "support/program.h"
#include "support/shared.h"

using faultline::read_npy;
using faultline::testing::run_faultline;
using faultline::testing::TemporaryFolder;
using nlohmann::json;
using testing::HasSubstr;

namespace {

/// Lenet on the reference's eight digits.
class AttackLenet : public testing::Test {
 protected:
  json attack(const std::string& shared, std::vector<std::string> more) {
    more.insert(more.begin(), {"attack", "--model", shared + "/models/lenet_mnist.pt", "--inputs", inputs(shared), "--explainer",
                               "gradient", "--threads", "1", "--json", "--out", out()});
    const auto result = run_faultline(more);
    EXPECT_EQ(result.code, 0) << result.err;
    return json::parse(result.out);
  }
  std::string inputs(const std::string& shared) const { return shared + "/reference/captum/lenet_mnist/inputs.npy"; }
  std::string out() const { return folder_.file("p.npy"); }
  TemporaryFolder folder_;
};

TEST_F(AttackLenet, StaysInsideTheBudgetAndTheLegalRangeAndKeepsTheLabel) {
  FAULTLINE_NEEDS_SHARED(shared);
  const auto result = attack(shared, {"--attack", "ghorbani-topk:iterations=20", "--epsilon", "8/255"});
  const auto clean = read_npy(inputs(shared)).values, perturbed = read_npy(out()).values;
  EXPECT_EQ(perturbed.scalar_type(), at::kFloat);
  EXPECT_LE((perturbed - clean).abs().max().item<double>(), 8.0 / 255 * (1 + 1e-6) + 1e-7);
  EXPECT_GE(perturbed.min().item<double>(), 0);
  EXPECT_LE(perturbed.max().item<double>(), 1);
  ASSERT_EQ(result["samples"].size(), 8u);
  double lost = 0;
  for (int i = 0; i < 8; ++i) {
    const auto& sample = result["samples"][i];
    EXPECT_EQ(sample["target"], i);
    EXPECT_EQ(sample["kept"], true);
    EXPECT_GT(sample["evaluations"].get<int64_t>(), 20);
    EXPECT_NEAR(sample["linf"].get<double>(), (perturbed[i] - clean[i]).abs().max().item<double>(), 1e-6);
    EXPECT_TRUE(sample["warnings"].is_array());
    lost += sample["before"].get<double>() - sample["after"].get<double>();
  }
  EXPECT_GT(lost / 8, 0.1) << "twenty steps move the map of a digit";
}

TEST_F(AttackLenet, WhatItReportsIsWhatExplainAndCompareFind) {
  FAULTLINE_NEEDS_SHARED(shared);
  const auto result = attack(shared, {"--attack", "random-sign:k=10%", "--epsilon", "16/255", "--metric", "spearman"});
  std::vector<std::string> maps;
  for (const std::string& from : {inputs(shared), out()}) {
    maps.push_back(folder_.file("m" + std::to_string(maps.size()) + ".npy"));
    ASSERT_EQ(run_faultline({"explain", "--model", shared + "/models/lenet_mnist.pt", "--inputs", from, "--targets",
                             "0,1,2,3,4,5,6,7", "--explainer", "gradient", "--threads", "1", "--out", maps.back()})
                  .code,
              0);
  }
  const auto compared =
      json::parse(run_faultline({"compare", maps[0], maps[1], "--metric", "top-k:k=10%", "--metric", "spearman", "--json"}).out);
  for (int i = 0; i < 8; ++i) {
    EXPECT_NEAR(result["samples"][i]["after"].get<double>(), compared["metrics"][0]["values"][i].get<double>(), 1e-9);
    EXPECT_NEAR(result["samples"][i]["metrics"][0]["value"].get<double>(), compared["metrics"][1]["values"][i].get<double>(),
                1e-9);
  }
}

TEST_F(AttackLenet, NumbersDoNotDependOnTheBatch) {
  FAULTLINE_NEEDS_SHARED(shared);
  attack(shared, {"--attack", "ghorbani-topk:iterations=5", "--batch", "64"});
  const auto whole = read_npy(out()).values;
  for (const char* batch : {"1", "3"}) {
    attack(shared, {"--attack", "ghorbani-topk:iterations=5", "--batch", batch});
    EXPECT_TRUE(at::equal(whole, read_npy(out()).values)) << batch;
  }
}

TEST_F(AttackLenet, AnExplainerWithoutGradientIsAUsageError) {
  FAULTLINE_NEEDS_SHARED(shared);
  const auto result = run_faultline({"attack", "--model", shared + "/models/lenet_mnist.pt", "--inputs", inputs(shared),
                                     "--explainer", "edge", "--attack", "ghorbani-topk", "--out", out()});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("square-search"));
}

TEST(ExplainFolder, LeavesOutWhatCannotBeDecodedAndSaysWhy) {
  FAULTLINE_NEEDS_SHARED(shared);
  const TemporaryFolder folder;
  std::ofstream(folder.file("a.png")) << "no picture";
  const std::vector<std::string> command = {"explain",
                                            "--model",
                                            shared + "/models/structures/mobile_relu6.pt",
                                            "--inputs",
                                            folder.path(),
                                            "--input-shape",
                                            "3,32,32",
                                            "--explainer",
                                            "gradient",
                                            "--threads",
                                            "1",
                                            "--json",
                                            "--out",
                                            folder.file("m.npy")};
  const auto none = run_faultline(command);
  EXPECT_EQ(none.code, 4) << none.err;
  EXPECT_THAT(none.err, HasSubstr("undecodable"));
  ASSERT_EQ(run_faultline({"explain", "--model", shared + "/models/lenet_mnist.pt", "--inputs", "glyphs:count=1", "--explainer",
                           "edge", "--out", folder.file("b.png")})
                .code,
            0);
  const auto one = run_faultline(command);
  ASSERT_EQ(one.code, 0) << one.err;
  const auto out = json::parse(one.out);
  EXPECT_EQ(out["names"], json({"b.png"}));
  ASSERT_EQ(out["skipped"].size(), 1u);
  EXPECT_EQ(out["skipped"][0]["name"], "a.png");
  EXPECT_EQ(out["skipped"][0]["reason"], "undecodable");
}

}  // namespace
