// An explainer of your own, and what it claims, tried on random networks and inputs; what fails is shrunk and printed.
#include <ATen/Parallel.h>
#include <faultline/explainers/output_options.h>
#include <faultline/suites/axioms/generators.h>
#include <faultline/suites/axioms/verdict.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

using namespace faultline;

namespace {

/// The gradient times the distance from mid-grey.
class GradientXContrast : public Explainer {
 public:
  Traits traits() const override { return {}; }
  std::vector<Claim> claims(const Network&) const override {
    return {{"dummy", 0, "an element that nothing reads has no gradient"},
            {"linearity", 0, "differentiation is linear"},
            {"determinism", 0, "it draws nothing"},
            {"batch-independence", 0, "every sample has its own gradient"}};
  }
  Explanation explain(const Network& network, const Samples& samples, const Context& context) const override {
    return {(samples.inputs - 0.5) * input_gradient(network, points_of(samples), Output::logit, context.passes)};
  }
};

/// With a claim too much.
class AndItAddsUp final : public GradientXContrast {
 public:
  std::vector<Claim> claims(const Network&) const override { return {{"conservativity", 0, "it looks as if it would"}}; }
};

void try_claims(const Explainer& explainer, const NetworkPlan& plan) {
  const Network network = network_of(plan);
  const Samples samples = *arbitrary_samples(network, 3);
  for (const Claim& claim : explainer.claims(network)) {
    const AxiomVerdict verdict = judge(axiom_named(claim.axiom), {explainer, network, samples, Context{}});
    RC_LOG() << claim.axiom << ": " << words_of(verdict) << "\n";
    RC_ASSERT(!verdict.is_tried() || verdict.holds());
  }
}

RC_GTEST_PROP(OwnExplainer, KeepsItsClaimsOnPictures, ()) { try_claims(GradientXContrast(), *arbitrary_network_plan()); }
RC_GTEST_PROP(OwnExplainer, KeepsItsClaimsOnVectors, ()) { try_claims(GradientXContrast(), *arbitrary_vector_plan()); }

// Run with --gtest_also_run_disabled_tests to see a claim refuted, on a linear layer on one number.
RC_GTEST_PROP(OwnExplainer, DISABLED_AddsUp, ()) { try_claims(AndItAddsUp(), *arbitrary_network_plan()); }

}  // namespace

int main(int argc, char** argv) {
  at::set_num_threads(1);  // numbers are repeatable on one thread
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
