// What z-plus walks promise where they promise it: no negative relevance, and none lost that the ledger does not name.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "explainers/explainer.h"
#include "explainers/ledger_check.h"
#include "models/plan_generator.h"
#include "models/transforms.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

const std::vector<std::string>& positive_walks() {
  static const std::vector<std::string> all = {
      "deep-taylor",         "deep-taylor:input=w-square",      "deep-taylor:input=z-plus",
      "excitation-backprop", "excitation-backprop:bias=ignore", "excitation-backprop:bias=ignore,negative=drop"};
  return all;
}

/// The largest negative part over the largest entry (conventions 8).
double negative_part(const at::Tensor& maps) {
  return -maps.min().item<double>() / std::max(maps.abs().max().item<double>(), 1e-30);
}

bool claims_positivity(const Explainer& explainer, const Network& network) {
  for (const Claim& claim : explainer.claims(network)) {
    if (claim.axiom == "positivity") return true;
  }
  return false;
}

/// Joins by a sum come before the ReLU, and share branches of both signs.
bool shares_signed_values(const NetworkPlan& plan) {
  for (size_t i = 1; i < plan.stages.size(); ++i) {
    if (plan.stages[i].join == StagePlan::Join::residual) return true;
  }
  return false;
}

RC_GTEST_PROP(Positivity, HoldsWhereItIsClaimed, ()) {
  const auto plan = *arbitrary_network_plan();
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    const Network network = to(network_of(plan), dtype);
    const Samples samples = testing::samples_at(inputs_of(plan, 3).to(dtype));
    for (const std::string& spec : positive_walks()) {
      const auto explainer = explainers().make(spec);
      const bool claimed = claims_positivity(*explainer, network);
      RC_ASSERT(claimed || shares_signed_values(plan));
      if (!claimed) continue;
      const double found = negative_part(explainer->explain(network, samples, Context{}).maps);
      if (!(found <= (dtype == at::kDouble ? 1e-12 : 1e-6))) RC_FAIL(spec + " is negative by " + std::to_string(found));
    }
  }
}

/// Without bias and stabiliser the map alone is what was explained, unless a unit had nobody to send to.
RC_GTEST_PROP(Conservation, NeedsNoLedgerWhereNothingLeaks, ()) {
  const auto plan = *arbitrary_network_plan();
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    const Network network = to(network_of(plan), dtype);
    Context context;
    context.ledger = true;
    for (const std::string& spec : testing::loss_free_specs()) {
      const Samples samples = testing::samples_at(inputs_of(plan, 3).to(dtype));
      const auto free = testing::loss_free(*explainers().make(spec)->explain(network, samples, context).ledger);
      if (!(free.gap <= (dtype == at::kDouble ? 1e-9 : 1e-4))) RC_FAIL(spec + " misses by " + std::to_string(free.gap) + " s");
    }
  }
}

/// relu(w x + x) with w x negative: the sum's share of w x is negative, and what z-plus sends on from there too.
TEST(Positivity, IsNotClaimedWhereASumSharesBranchesOfBothSigns) {
  GraphBuilder g({2});
  const int a = g.node(Op::relu, "relu1", {g.linear("fc1", g.input(), testing::rows({{1, 0}, {0, 1}}))});
  const int branch = g.linear("fc2", a, testing::rows({{-0.5, 0.1}, {0.5, 0.5}}));
  const int sum = g.node(Op::relu, "relu2", {g.node(Op::add, "sum", {branch, a})});
  const Network network = g.finish(g.linear("classes", sum, testing::rows({{1, 1}})));
  const Samples samples = testing::samples_at(testing::rows({{0.5, 0.01}}));
  for (const char* spec : {"deep-taylor:input=z-plus", "excitation-backprop"}) {
    const auto explainer = explainers().make(spec);
    EXPECT_LT(explainer->explain(network, samples, Context{}).maps.min().item<double>(), -0.1) << spec;
    EXPECT_FALSE(claims_positivity(*explainer, network)) << spec;
  }
}

}  // namespace
}  // namespace faultline
