#include "planted.h"

#include <gtest/gtest.h>

#include "models/small_nets.h"
#include "models/transforms.h"
#include "suites/axioms/case_inputs.h"
#include "suites/axioms/shrink.h"
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

INSTANTIATE_TEST_SUITE_P(All, PlantedDefect, ::testing::Range<size_t>(0, 12));

TEST(PlantedDefects, AreTwelve) { EXPECT_EQ(testing::planted_defects().size(), 12u); }

}  // namespace
}  // namespace faultline
