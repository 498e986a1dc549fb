#include "planted.h"

#include <gtest/gtest.h>

#include "models/network_plan.h"
#include "models/small_nets.h"
#include "models/tail.h"
#include "models/transforms.h"
#include "suites/axioms/case_inputs.h"
#include "suites/axioms/shrink.h"
#include "suites/axioms/shrink_network.h"
#include "support/gradcheck.h"

namespace faultline {
namespace {

constexpr uint32_t kCases = 200;

/// The first sample that refutes the claim: of the edge cases, then of as many random cases; no sample where none does.
struct Found {
  uint32_t number = kCases + 1;
  Samples sample;
};

Found find(const testing::Defect& defect, const Network& network, const Context& context, const Refutes& refutes) {
  const Samples data = edge_cases(network, context.range, 0);
  for (uint32_t number = 0; number <= kCases; ++number) {
    const Samples samples = number == 0 ? data : random_cases(network, data, context, 3, number);
    const auto refuted = refutes(samples);
    for (size_t row = 0; row < refuted.size(); ++row) {
      if (refuted[row]) return {number, samples.select({static_cast<int64_t>(row)})};
    }
  }
  return {};
}

/// A network of the built-in shape whose layers have biases.
Network with_biases(const Network& network, uint64_t seed) {
  std::vector<at::Tensor> parameters = network.parameters();
  for (auto& parameter : parameters) {
    if (parameter.dim() == 1) parameter = testing::normal(parameter.sizes().vec(), seed) * 0.2;
  }
  return with_parameters(network, std::move(parameters));
}

class PlantedDefect : public ::testing::TestWithParam<size_t> {};

TEST_P(PlantedDefect, IsFoundAtEverySeedAndShrunk) {
  const testing::Defect defect = testing::planted_defects().at(GetParam());
  const Axiom& axiom = axiom_named(defect.axiom);
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const Network plain = small_cnn(1, 8, 8, 4, seed);
    const Network network = to(defect.needs_bias ? with_biases(plain, seed) : plain, defect.dtype);
    Context context;
    context.seed = seed;
    const auto claims = defect.explainer->claims(network);
    const double tolerance = tolerance_of(axiom.facts(), &claims[0], network.dtype());
    const Refutes refutes = refutes_by(axiom, *defect.explainer, network, context, tolerance);
    const Found found = find(defect, network, context, refutes);
    ASSERT_LE(found.number, kCases) << defect.name << " at seed " << seed;
    // Alone a sample may be mixed with nothing.
    if (!refutes(found.sample)[0]) continue;
    const auto base = at::zeros(network.graph().input_shape, at::kDouble);
    const ShrunkInput shrunk = shrink_input(refutes, found.sample, base, context, 2000);
    EXPECT_LE(shrunk.differing, 2) << defect.name << " at seed " << seed;
  }
}

/// Defects that the shortest part of the built-in network does not show in three layers, and why not.
const std::map<std::string, std::string> kNeedMore = {
    {"relevance lost in the padding", "it takes a frame of four by four, and the last four layers begin with the smallest"},
    {"mixes samples of a batch", "it takes more than one sample"}};

TEST_P(PlantedDefect, IsFoundInAPartOfThreeLayers) {
  const testing::Defect defect = testing::planted_defects().at(GetParam());
  const Axiom& axiom = axiom_named(defect.axiom);
  const Network plain = small_cnn(1, 8, 8, 4, 1);
  const Network network = to(defect.needs_bias ? with_biases(plain, 1) : plain, defect.dtype);
  const Context context;
  const double tolerance = tolerance_of(axiom.facts(), &defect.explainer->claims(network)[0], network.dtype());
  const Refutes refutes = refutes_by(axiom, *defect.explainer, network, context, tolerance);
  const Found found = find(defect, network, context, refutes);
  ASSERT_LE(found.number, kCases);
  if (!refutes(found.sample)[0]) {
    EXPECT_EQ(kNeedMore.count(defect.name), 1u);
    return;
  }
  const SmallestPart part = smallest_part(axiom, *defect.explainer, network, found.sample, context, tolerance);
  EXPECT_EQ(part.layers > 3, kNeedMore.count(defect.name) > 0) << defect.name << ": " << part.name;
}

/// Several samples of this plan's network, so that mixing them shows.
bool fails_on(const testing::Defect& defect, const NetworkPlan& plan) {
  const Axiom& axiom = axiom_named(defect.axiom);
  const Network network = to(network_of(plan), defect.dtype);
  const Context context;
  const Samples edges = edge_cases(network, context.range, 0), samples = random_cases(network, edges, context, 4, 1);
  const double tolerance = tolerance_of(axiom.facts(), &defect.explainer->claims(network)[0], network.dtype());
  const Refutes refutes = refutes_by(axiom, *defect.explainer, network, context, tolerance);
  for (const Samples& some : {samples, edges}) {
    const auto refuted = refutes(some);
    if (std::find(refuted.begin(), refuted.end(), true) != refuted.end()) return true;
  }
  return false;
}

TEST_P(PlantedDefect, IsFoundInANetworkShrunkToThreeLayers) {
  const testing::Defect defect = testing::planted_defects().at(GetParam());
  NetworkPlan plan;
  plan.stages.resize(2);
  for (StagePlan& stage : plan.stages) {
    stage.kernel = 3;
    stage.has_bias = defect.needs_bias;
  }
  plan.stages[1].pool = StagePlan::Pool::max;
  plan.hidden = {6};
  // Elsewhere a bias alone would break the claim, and be what is found.
  plan.has_bias = plan.stages[1].has_norm = plan.normalises_input = defect.needs_bias;
  plan.seed = 5;
  const auto fails = [&](const NetworkPlan& candidate) {
    try {
      return fails_on(defect, candidate);
    } catch (const c10::Error&) {
      return false;  // a frame that the defect does not fit in
    }
  };
  const NetworkPlan shrunk = shrink_plan(plan, fails, 200);
  EXPECT_LE(layer_count(network_of(shrunk)), 3) << defect.name << ": " << print(shrunk);
}

INSTANTIATE_TEST_SUITE_P(All, PlantedDefect, ::testing::Range<size_t>(0, 12));

TEST(PlantedDefects, AreTwelve) { EXPECT_EQ(testing::planted_defects().size(), 12u); }

}  // namespace
}  // namespace faultline
