#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "explainers/explainer.h"
#include "support/program.h"
#include "support/shared.h"

using faultline::testing::run_faultline;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

namespace {

json listed(std::vector<std::string> more) {
  more.insert(more.begin(), {"list", "explainers", "--json"});
  const auto result = run_faultline(more);
  EXPECT_EQ(result.code, 0) << result.err;
  return json::parse(result.out);
}

json claims_of(const json& page, const std::string& explainer) {
  for (const auto& entry : page["explainers"]) {
    if (entry["name"] == explainer) return entry["claims"];
  }
  return nullptr;
}

bool promises(const json& claims, const std::string& axiom) {
  return std::any_of(claims.begin(), claims.end(), [&](const json& claim) { return claim["axiom"] == axiom; });
}

TEST(List, SaysWhatEveryExplainerPromisesHowCloselyAndWhy) {
  const json page = listed({});
  EXPECT_THAT(page["claims-on"].get<std::string>(), HasSubstr("small CNN"));
  for (const auto& entry : page["explainers"]) {
    if (!faultline::explainers().entry(entry["name"]).stands_alone()) continue;  // promises what it is told to
    // The head of the small CNN is no average and one linear layer, so that it has no class activation map.
    const bool is_impossible = entry["name"] == "cam";
    EXPECT_EQ(entry["claims"].empty(), is_impossible) << entry["name"];
    EXPECT_EQ(entry.contains("why-no-claims"), is_impossible) << entry["name"];
    for (const auto& claim : entry["claims"]) {
      EXPECT_GE(claim["tolerance"].get<double>(), 0) << entry["name"];
      EXPECT_FALSE(claim["reason"].get<std::string>().empty()) << entry["name"];
    }
  }
  EXPECT_TRUE(promises(claims_of(page, "integrated-gradients"), "completeness"));
  EXPECT_FALSE(promises(claims_of(page, "gradient"), "completeness"));
}

TEST(List, PrintsThePromisesAsTextAndOnlyThoseOfExplainers) {
  const std::string text = run_faultline({"list", "explainers"}).out;
  EXPECT_THAT(text, HasSubstr("\n    promises\n    dummy                     "));
  EXPECT_THAT(text, HasSubstr("(exactly)\n"));
  EXPECT_THAT(text, HasSubstr("on a small CNN"));
  EXPECT_THAT(run_faultline({"list", "metrics"}).out, Not(HasSubstr("promise")));
  EXPECT_FALSE(json::parse(run_faultline({"list", "metrics", "--json"}).out).contains("claims-on"));
}

/// Gradient x input adds up to the output where the network is positively homogeneous, and nowhere else.
TEST(List, PromisesDependOnTheNetwork) {
  const faultline::testing::TemporaryFolder folder;
  FAULTLINE_NEEDS_TORCH_PYTHON(R"(
import sys, torch
from torch import nn
for name, bias in (('bare', False), ('biased', True)):
    net = nn.Sequential(nn.Flatten(), nn.Linear(16, 8, bias=bias), nn.ReLU(), nn.Linear(8, 3, bias=bias)).eval()
    torch.jit.trace(net, torch.rand(1, 1, 4, 4)).save(sys.argv[1] + '/' + name + '.pt')
)",
                               folder.path());
  const auto on = [&](const std::string& file) {
    const json page = listed({"--model", folder.file(file), "--input-shape", "1,4,4"});
    EXPECT_EQ(page["claims-on"], folder.file(file));
    return claims_of(page, "gradient-x-input");
  };
  EXPECT_TRUE(promises(on("bare.pt"), "conservativity"));
  EXPECT_FALSE(promises(on("biased.pt"), "conservativity"));
}

/// A multilayer perceptron has no feature maps: what explain() refuses there promises nothing.
TEST(List, PromisesNothingWhereTheMethodRefuses) {
  FAULTLINE_NEEDS_SHARED(shared);
  const auto result =
      run_faultline({"list", "explainers", "--json", "--model", shared + "/models/mlp_mnist.pt", "--input-shape", "1,28,28"});
  ASSERT_EQ(result.code, 0) << result.err;
  const json page = json::parse(result.out);
  for (const auto& entry : page["explainers"]) {
    const std::string name = entry["name"];
    if (!faultline::explainers().entry(name).stands_alone()) continue;  // promises what it is told to
    const bool is_cam = name == "cam" || name.find("grad-cam") != std::string::npos;
    EXPECT_EQ(entry["claims"].empty(), is_cam) << name;
    EXPECT_EQ(entry.contains("why-no-claims"), is_cam) << name;
  }
}

TEST(List, RefusesAModelWhereItSaysNothing) {
  const auto refused = run_faultline({"list", "attacks", "--model", "x.pt"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("faultline list explainers --model FILE"));
  const auto missing = run_faultline({"list", "explainers", "--model", "missing.pt"});
  EXPECT_EQ(missing.code, 3);
  EXPECT_EQ(missing.out, "");
}

}  // namespace
