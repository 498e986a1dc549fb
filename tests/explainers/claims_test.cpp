#include <gtest/gtest.h>

#include "explainers/explainer.h"
#include "models/blocks.h"
#include "models/small_nets.h"
#include "support/gradcheck.h"
#include "support/held_dataset.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::rows;

std::map<std::string, Claim> claims_of(const std::string& spec, const Network& network) {
  std::map<std::string, Claim> out;
  for (const auto& claim : explainers().make(spec)->claims(network)) out[claim.axiom] = claim;
  return out;
}

/// f = 2 relu(x1 - 2 x2) - relu(3 x1 + x2), or the same with a bias: homogeneous only without.
Network two_layers(bool with_bias) {
  GraphBuilder g({2});
  const auto bias = with_bias ? at::tensor({0.5, -1.0}, at::kDouble) : at::Tensor();
  const int z = g.linear("fc1", g.input(), rows({{1, -2}, {3, 1}}), bias);
  return g.finish(g.linear("fc2", g.node(Op::relu, "relu", {z}), rows({{2, -1}})));
}

TEST(Claims, OfEveryExplainerHaveAReasonAndThoseSeenInTheMapHold) {
  const Network network = testing::pooled_network(8);
  const Samples samples = testing::samples_at(testing::uniform({2, 1, 8, 8}, 0.1, 0.9, 5), 1);
  for (const auto& name : explainers().standalone_names()) {
    const auto explainer = explainers().make(name);
    if (explainer->traits().needs_fitting) explainer->fit(network, testing::HeldDataset(samples.inputs), Context{});
    const auto maps = explainer->explain(network, samples, Context{}).maps;
    const auto claims = claims_of(name, network);
    EXPECT_TRUE(claims.count("determinism")) << name;
    for (const auto& [axiom, claim] : claims) {
      EXPECT_NE(claim.reason, "") << name << " " << axiom;
      EXPECT_GE(claim.tolerance, 0) << name << " " << axiom;
      EXPECT_TRUE(axiom != "determinism" || explainer->explain(network, samples, Context{}).maps.equal(maps)) << name;
      EXPECT_TRUE(axiom != "positivity" || maps.min().item<double>() >= 0) << name;
    }
    EXPECT_EQ(claims.count("positivity") != 0, !explainer->traits().is_signed) << name;
  }
  EXPECT_TRUE(claims_of("gradient:map=absolute", network).count("positivity"));
  EXPECT_FALSE(claims_of("gradient:map=absolute", network).count("linearity"));
}

/// Euler: x . grad f = f where f(c x) = c f(x).
TEST(Claims, GradientTimesInputIsConservativeOnHomogeneousNetworksAndSaysSoThereOnly) {
  const auto x = rows({{2, 0.5}, {0.3, 0.7}});
  const Samples samples = testing::samples_at(x);
  const auto gap = [&](const Network& network) {
    const auto maps = explainers().make("gradient-x-input")->explain(network, samples, Context{}).maps;
    return (maps.sum(1) - network.logits(x).select(1, 0)).abs().max().item<double>();
  };
  EXPECT_TRUE(claims_of("gradient-x-input", two_layers(false)).count("conservativity"));
  EXPECT_LT(gap(two_layers(false)), 1e-12);
  EXPECT_FALSE(claims_of("gradient-x-input", two_layers(true)).count("conservativity"));
  EXPECT_GT(gap(two_layers(true)), 0.1);
  EXPECT_FALSE(claims_of("gradient-x-input:output=probability", two_layers(false)).count("conservativity"));
}

TEST(Claims, IntegratedGradientsAreCompleteWhereTheyMultiplyByTheWay) {
  const Network network = two_layers(true);
  const Samples samples = testing::samples_at(rows({{2, 0.5}, {0.3, 0.7}}));
  const auto maps = explainers().make("integrated-gradients:steps=200")->explain(network, samples, Context{}).maps;
  const auto change = (network.logits(samples.inputs) - network.logits(at::zeros_like(samples.inputs))).select(1, 0);
  const auto claim = claims_of("integrated-gradients", network).at("completeness");
  EXPECT_TRUE(at::allclose(maps.sum(1), change, claim.tolerance, 1e-12));
  EXPECT_FALSE(claims_of("integrated-gradients:multiply=0", network).count("completeness"));
}

}  // namespace
}  // namespace faultline
