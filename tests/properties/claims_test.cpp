#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "core/error.h"
#include "explainers/external/stated_claims.h"
#include "models/plan_generator.h"
#include "models/small_nets.h"
#include "models/transforms.h"
#include "suites/axioms/verdict.h"
#include "support/gradcheck.h"
#include "support/held_dataset.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

/// Explainers, fitted where they have to be, and the axioms they claim on the network. A method that is added to the registry is
/// tried here without a line about it; one whose claims are wrong fails. Returns how many claims were tried on some sample at
/// least.
int expect_claims_hold(const Network& network, const at::Tensor& inputs, uint64_t seed, const std::set<std::string>& specs) {
  Samples samples = samples_of_array(inputs.to(network.dtype()));
  samples.targets = network.logits(samples.inputs).argmax(1);
  samples.runners_up = std::get<1>(network.logits(samples.inputs).topk(2, 1)).select(1, 1);
  Context context;
  context.seed = seed;
  const testing::HeldDataset data(inputs);
  int tried = 0;
  for (const auto& spec : specs) {
    const auto explainer = explainers().make(spec);
    std::vector<Claim> claims;
    try {
      if (explainer->traits().needs_fitting) explainer->fit(network, data, context);
      claims = explainer->claims(network);
    } catch (const Error&) {
      continue;  // the method refuses this network
    }
    for (const Claim& claim : claims) {
      const AxiomVerdict verdict = judge(axiom_named(claim.axiom), {*explainer, network, samples, context});
      tried += verdict.is_tried();
      if (verdict.is_tried() && verdict.is_refuted()) {
        ADD_FAILURE() << spec << " claims " << claim.axiom << " (" << claim.reason << "): " << words_of(verdict);
      }
    }
  }
  return tried;
}

TEST(Claims, HoldOnTheBuiltInNetworks) {
  const auto names = explainers().standalone_names();
  const std::set<std::string> all(names.begin(), names.end());
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    // Less would mean that axioms no longer apply, and pass for that.
    EXPECT_GT(expect_claims_hold(to(small_cnn(1, 12, 12, 4, 1), dtype), testing::uniform({6, 1, 12, 12}, 0.01, 1, 5), 3, all),
              70);
    EXPECT_GT(expect_claims_hold(to(small_mlp({6, 9, 5}, 2), dtype), testing::uniform({6, 6}, 0.01, 1, 6), 3, all), 60);
  }
}

/// Deep Taylor's trained model of what a unit may receive, on chains with pools and with a flattening in between.
TEST(Claims, HoldWithLearnedModels) {
  const std::set<std::string> specs{"deep-taylor:model=min-max", "deep-taylor:model=min-max,exact-sum=1"};
  EXPECT_GE(expect_claims_hold(small_cnn(1, 8, 8, 3, 1), testing::uniform({5, 1, 8, 8}, 0.01, 1, 5), 3, specs), 4);
  EXPECT_GE(expect_claims_hold(small_mlp({6, 9, 5}, 2), testing::uniform({5, 6}, 0.01, 1, 6), 3, specs), 4);
}

/// A batch norm that turns its values over turns shares over where relevance follows gradients through it. And two classes are
/// enough for every method.
TEST(Claims, HoldWithNormsOfBothSignsAndTwoClasses) {
  GraphBuilder g({4});
  const at::Tensor gamma = at::tensor({1.0, -0.5, 2.0, -1.0, 0.7}, at::kDouble), rest = testing::uniform({5}, 0.5, 1, 3);
  const int x = g.batch_norm("norm", g.linear("fc1", g.input(), testing::normal({5, 4}, 1)), gamma, rest, rest, rest);
  const Network network = g.finish(g.linear("fc2", g.node(Op::relu, "relu", {x}), testing::normal({2, 5}, 2)));
  std::set<std::string> specs{"taylor-decomposition:function=logit-difference", "taylor-decomposition:function=probability-0.5"};
  for (const std::string between : {"pass", "gradient"}) {
    for (const std::string norm : {"fold", "fold-after", "pass"})
      specs.insert("excitation-backprop:between=" + between + ",batch-norm=" + norm);
  }
  EXPECT_GE(expect_claims_hold(network, testing::uniform({8, 4}, 0.01, 1, 5), 3, specs), 12);
  const auto claims = explainers().make("excitation-backprop:between=gradient,batch-norm=pass")->claims(network);
  EXPECT_EQ(claim_of(claims, "positivity"), nullptr);
}

/// What is explained may be a difference that nearly cancels, or be lost whole, as on a black input: rounding is that of the
/// parts.
TEST(Claims, HoldWhereWhatIsExplainedCancels) {
  const std::set<std::string> specs{"lrp:output=softmax-contrast",       "lrp:output=logit-difference",
                                    "lrp:output=logit-contrast",         "lrp:rule=gamma,output=softmax-contrast",
                                    "deep-lift:output=logit-difference", "deep-lift:output=logit-contrast"};
  at::Tensor inputs = testing::uniform({12, 1, 12, 12}, 0.01, 1, 5);
  inputs[0].zero_();
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    for (const uint64_t seed : {1, 2, 3}) {
      EXPECT_GE(expect_claims_hold(to(small_cnn(1, 12, 12, 4, seed), dtype), inputs, 3, specs), 10) << seed;
    }
  }
}

/// A plan that random networks found: the gradient jumps along the path. With 50 points the gap is by chance as small as 0.20 of
/// the difference, with 400 and 3200 it is 0.08, more than a quarter of that, with 51200 it is 0.003: the method keeps its word.
TEST(Claims, HoldWhereAQuadraturesGapFallsInLeaps) {
  NetworkPlan plan;
  plan.normalises_input = true;
  plan.stages.resize(2);
  StagePlan &first = plan.stages[0], &second = plan.stages[1];
  first.channels = second.channels = 1;
  first.groups = second.groups = 2;
  first.join = second.join = StagePlan::Join::cat;
  first.has_bias = false;
  first.has_norm = first.norm_is_before = true;
  first.pool = StagePlan::Pool::max;
  second.kernel = 2;
  second.pool = StagePlan::Pool::average;
  plan.ends_in_mean = true;
  plan.hidden = {6};
  plan.has_bias = false;
  plan.seed = 10590942177571081;
  EXPECT_GT(expect_claims_hold(network_of(plan), inputs_of(plan, 3), 126298652, {"integrated-gradients"}), 4);
}

/// claims= of explainers outside the program names axioms of the suite, and all that a map alone can keep.
TEST(Claims, StatedByUsersAreAxioms) {
  std::set<std::string> known, claimable(axioms_to_claim().begin(), axioms_to_claim().end());
  for (const auto& axiom : axioms()) known.insert(axiom->facts().name);
  known.erase("conservativity-with-ledger");
  EXPECT_EQ(claimable, known);
}

/// A few methods on each of many networks.
RC_GTEST_PROP(Claims, HoldOnRandomNetworks, ()) {
  const auto plan = *arbitrary_network_plan();
  const auto names = *rc::gen::container<std::set<std::string>>(5, rc::gen::elementOf(explainers().standalone_names()));
  const auto seed = *rc::gen::arbitrary<uint32_t>();
  SCOPED_TRACE(print(plan) + ", seed " + std::to_string(seed));
  expect_claims_hold(network_of(plan), inputs_of(plan, 3), seed, names);
}

}  // namespace
}  // namespace faultline
