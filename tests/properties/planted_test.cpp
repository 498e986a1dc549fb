#include "planted.h"

#include <gtest/gtest.h>

#include "models/small_nets.h"
#include "models/transforms.h"
#include "suites/axioms/case_inputs.h"
#include "suites/axioms/verdict.h"
#include "support/gradcheck.h"
#include "support/random_networks.h"

namespace faultline {
namespace {

constexpr uint32_t kCases = 200;

/// The number of the first case that refutes the claim, edge cases being number 0; kCases + 1 where none does.
uint32_t found_in(const testing::Defect& defect, const Network& network, uint64_t seed) {
  Context context;
  context.seed = seed;
  const Axiom& axiom = axiom_named(defect.axiom);
  const auto refutes = [&](const Samples& samples) {
    return judge(axiom, {*defect.explainer, network, samples, context}).is_refuted();
  };
  const Samples data = edge_cases(network, context.range, 0);
  if (refutes(data)) return 0;
  for (uint32_t number = 1; number <= kCases; ++number) {
    if (refutes(random_cases(network, data, context, 3, number))) return number;
  }
  return kCases + 1;
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

TEST_P(PlantedDefect, IsFoundAtEverySeed) {
  const testing::Defect defect = testing::planted_defects().at(GetParam());
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const Network plain = small_cnn(1, 8, 8, 4, seed);
    const Network network = to(defect.needs_bias ? with_biases(plain, seed) : plain, defect.dtype);
    EXPECT_LE(found_in(defect, network, seed), kCases) << defect.name << " at seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(All, PlantedDefect, ::testing::Range<size_t>(0, 12));

TEST(PlantedDefects, AreTwelve) { EXPECT_EQ(testing::planted_defects().size(), 12u); }

}  // namespace
}  // namespace faultline
