#include "models/fresh_parameters.h"

#include <gtest/gtest.h>

#include "core/random.h"
#include "models/graph_builder.h"
#include "models/model.h"
#include "models/transforms.h"
#include "support/shared.h"

namespace faultline {
namespace {

/// convolution - batch norm - prelu - linear, with an input normalisation that nothing may touch.
Network mixed_network() {
  GraphBuilder g({2, 4, 4});
  const int centred = g.node(Op::sub, "centre", {g.input(), g.parameter("mean", at::full({2, 1, 1}, 0.4, at::kDouble))});
  const int z =
      g.convolution("conv", centred, at::full({300, 2, 3, 3}, 7.0, at::kDouble), at::full({300}, 7.0, at::kDouble), 1, 1);
  const at::Tensor sevens = at::full({300}, 7.0, at::kDouble);
  const int n = g.batch_norm("bn", z, sevens.clone(), sevens.clone(), sevens.clone(), sevens.clone());
  const int a = g.node(Op::prelu, "prelu", {n, g.parameter("prelu.weight", at::full({1}, 7.0, at::kDouble))});
  return g.finish(
      g.linear("fc", g.flatten("flat", a, 4800), at::full({3, 4800}, 7.0, at::kDouble), at::full({3}, 7.0, at::kDouble)));
}

std::map<ParameterRole, std::vector<at::Tensor>> by_role(const Network& network) {
  std::map<ParameterRole, std::vector<at::Tensor>> out;
  const auto uses = parameter_uses(network);
  for (size_t i = 0; i < uses.size(); ++i) out[uses[i].role].push_back(network.parameters()[i]);
  return out;
}

TEST(FreshParameters, FollowPyTorchsRuleOfEachOperation) {
  const auto fresh = by_role(fresh_parameters(mixed_network(), 1));
  const double bound_conv = 1 / std::sqrt(18.0), bound_fc = 1 / std::sqrt(4800.0);
  const auto& weights = fresh.at(ParameterRole::weight);
  ASSERT_EQ(weights.size(), 2u);
  for (const auto& [values, bound] :
       {std::pair(weights[0], bound_conv), std::pair(weights[1], bound_fc),
        std::pair(fresh.at(ParameterRole::bias)[0], bound_conv), std::pair(fresh.at(ParameterRole::bias)[1], bound_fc)}) {
    EXPECT_LE(values.abs().max().item<double>(), bound);
    // A uniform of variance bound^2/3; 5 standard errors of 5400, 14400, 300 and 3 numbers.
    const auto n = static_cast<double>(values.numel());
    EXPECT_NEAR(values.mean().item<double>() / bound, 0, 5 / std::sqrt(3 * n));
    EXPECT_NEAR(values.square().mean().item<double>() / (bound * bound), 1.0 / 3, 5 * std::sqrt(4.0 / 45 / n));
  }
  EXPECT_TRUE(fresh.at(ParameterRole::scale)[0].eq(1).all().item<bool>());
  EXPECT_TRUE(fresh.at(ParameterRole::shift)[0].eq(0).all().item<bool>());
  EXPECT_TRUE(fresh.at(ParameterRole::running_mean)[0].eq(0).all().item<bool>());
  EXPECT_TRUE(fresh.at(ParameterRole::running_variance)[0].eq(1).all().item<bool>());
  EXPECT_TRUE(fresh.at(ParameterRole::slope)[0].eq(0.25).all().item<bool>());
  EXPECT_TRUE(fresh.at(ParameterRole::other)[0].eq(0.4).all().item<bool>()) << "the normalisation stays";
}

TEST(FreshParameters, ComeFromOneStreamALayerAndSeed) {
  const Network network = mixed_network();
  const auto a = fresh_parameters(network, 1), b = fresh_parameters(network, 1), c = fresh_parameters(network, 2),
             d = fresh_parameters(network, 1, 1);
  for (size_t i = 0; i < a.parameters().size(); ++i) EXPECT_TRUE(a.parameters()[i].equal(b.parameters()[i]));
  const auto weight = [](const Network& of) { return by_role(of).at(ParameterRole::weight)[0]; };
  EXPECT_FALSE(weight(a).equal(weight(c)));
  EXPECT_FALSE(weight(a).equal(weight(d)));
  const double first = RandomStream(1, "train/init/conv", 0).uniforms(0, 1)[0];
  EXPECT_NEAR(weight(a).flatten()[0].item<double>(), (2 * first - 1) / std::sqrt(18.0), 1e-15);
  EXPECT_TRUE(at::allclose(weight(fresh_parameters(to(network, at::kFloat), 1)).to(at::kDouble), weight(a), 1e-6, 0))
      << "float32 sees the same numbers";
}

TEST(FreshParameters, OfAnImportedResidualNetworkLeaveItsNormalisationAlone) {
  FAULTLINE_NEEDS_SHARED(shared);
  const Network network = Model::load(shared + "/models/resnet20_cifar10.pt").network({3, 32, 32});
  const auto uses = parameter_uses(network);
  const auto count = [&](ParameterRole role) {
    return std::count_if(uses.begin(), uses.end(), [&](const ParameterUse& use) { return use.role == role; });
  };
  EXPECT_EQ(count(ParameterRole::weight), 20);
  EXPECT_EQ(count(ParameterRole::scale), 19);
  EXPECT_EQ(count(ParameterRole::running_variance), 19);
  EXPECT_EQ(count(ParameterRole::bias), 1);
  const Network fresh = fresh_parameters(network, 1);
  for (size_t i = 0; i < uses.size(); ++i) {
    EXPECT_EQ(fresh.parameters()[i].equal(network.parameters()[i]), uses[i].role == ParameterRole::other)
        << network.graph().parameter_names[i];
  }
}

}  // namespace
}  // namespace faultline
