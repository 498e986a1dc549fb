#include <gtest/gtest.h>

#include <set>

#include "attacks/attack.h"
#include "core/error.h"
#include "support/toy_networks.h"
#include "support/trained_network.h"

namespace faultline {
namespace {

using testing::rows;

AttackResult attacked(const std::string& spec, const Network& network, const Samples& samples, double epsilon) {
  const auto explainer = explainers().make("gradient");
  Context context;
  context.range = {{-10}, {10}};
  const AttackProblem problem{network, *explainer, samples, epsilon, context};
  const auto attack = attacks().make(spec);
  return attack->run(problem, attack->prepare(problem));
}

/// attacks sheet 4.8: H = diag(4,1,0), epsilon 0.1: the gradient changes by 0.4, and by L2 along e1.
TEST(HessianTop, MovesAlongTheLeadingEigenvectorByTheWholeBudget) {
  const Network network =
      testing::quadratic_network(at::diag(at::tensor({4.0, 1.0, 0.0}, at::kDouble)), at::tensor({0.1, 1.0, 1.0}, at::kDouble));
  const auto x = rows({{0, 5, 5}});  // far from where the only class would change its sign
  const auto result =
      attacked("hessian-top:norm=l2,operator=hessian,tangent=none,k=1,select=l2", network, testing::samples_at(x), 0.1);
  const auto explainer = explainers().make("gradient");
  const auto change = explainer->explain(network, testing::samples_at(result.inputs), {}).maps -
                      explainer->explain(network, testing::samples_at(x), {}).maps;
  EXPECT_NEAR(change.norm().item<double>(), 0.4, 1e-9);
  EXPECT_NEAR(result.inputs[0][0].abs().item<double>(), 0.1, 1e-9);
}

TEST(HessianTop, UsesACornerOfTheCube) {
  const Network network = testing::quadratic_network(rows({{2, 1}, {1, 2}}), at::tensor({1.0, 0.5}, at::kDouble));
  const auto result =
      attacked("hessian-top:operator=hessian,tangent=none,k=1,select=l2", network, testing::samples_at(rows({{0, 0}})), 0.1);
  EXPECT_TRUE(result.inputs.abs().allclose(rows({{0.1, 0.1}}), 0, 1e-9)) << result.inputs;
  EXPECT_GT(result.inputs[0][0].item<double>() * result.inputs[0][1].item<double>(), 0);
}

TEST(HessianTop, CountsWhatEverySampleCostsWhateverStandsBesideIt) {
  const Network& network = testing::trained_cnn();
  const Samples samples = testing::digits(network, 6);
  const std::string spec = "hessian-top:beta=20,lanczos-steps=6";
  const auto all = attacked(spec, network, samples, 8.0 / 255);
  for (int64_t row = 0; row < samples.size(); ++row) {
    const auto alone = attacked(spec, network, samples.select({row}), 8.0 / 255);
    EXPECT_EQ(alone.outcomes[0].evaluations, all.outcomes[row].evaluations);
    EXPECT_EQ(alone.outcomes[0].after, all.outcomes[row].after);
    EXPECT_TRUE(alone.inputs[0].equal(all.inputs[row]));
  }
}

TEST(HessianTop, SaysWhereThereIsNoCurvature) {
  const auto result = attacked("hessian-top:operator=hessian,tangent=none,k=1", testing::linear_network({3, -2, 1}, 0),
                               testing::samples_at(rows({{0.5, 0.5, 0.5}})), 0.1);
  std::set<std::string> ids;
  for (const auto& warning : result.outcomes[0].warnings) ids.insert(warning.id);
  EXPECT_TRUE(ids.count("vanishing-second-derivative"));
}

TEST(HessianTop, RefusesASurrogateThatChanges) {
  EXPECT_THROW(attacks().make("hessian-top:anneal=3..0.25"), Error);
  EXPECT_THROW(attacks().make("hessian-top:beta=10..20"), Error);
}

}  // namespace
}  // namespace faultline
