#include <gtest/gtest.h>

#include "models/small_nets.h"
#include "suites/axioms/verdict.h"
#include "support/gradcheck.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

/// In float64, for the predicted classes.
AxiomVerdict verdict_on(const std::string& axiom, const std::string& spec, const Network& network, const at::Tensor& inputs) {
  const auto explainer = explainers().make(spec);
  Samples samples = samples_of_array(inputs);
  samples.targets = network.logits(inputs).argmax(1);
  const Context context;
  return judge(axiom_named(axiom), {*explainer, network, samples, context});
}

/// On a network without biases, so that homogeneity and deep Taylor's premise hold.
AxiomVerdict on_pictures(const std::string& axiom, const std::string& spec) {
  return verdict_on(axiom, spec, small_cnn(1, 8, 8, 4, 1), testing::uniform({4, 1, 8, 8}, 0.01, 1, 5));
}

/// Conventions 9: of each axiom one method that keeps it and one for which a counterexample exists. An axiom that finds nothing
/// wrong with anything fails here.
struct Known {
  const char* axiom;
  const char* holds;
  const char* refuted;
};

class KnownFacts : public ::testing::TestWithParam<Known> {};

TEST_P(KnownFacts, ComeOut) {
  const auto [axiom, holds, refuted] = GetParam();
  const auto kept = on_pictures(axiom, holds), broken = on_pictures(axiom, refuted);
  EXPECT_TRUE(kept.holds()) << axiom << ", " << holds << ": " << words_of(kept);
  EXPECT_TRUE(broken.is_tried() && broken.is_refuted()) << axiom << ", " << refuted << ": " << words_of(broken);
}

INSTANTIATE_TEST_SUITE_P(Conventions9, KnownFacts,
                         ::testing::Values(Known{"conservativity", "gradient-x-input", "gradient"},
                                           Known{"positivity", "smooth-grad-squared", "gradient"},
                                           Known{"consistency", "deep-taylor", "gradient-x-input"},
                                           Known{"completeness", "deep-lift", "integrated-gradients:multiply=0"},
                                           Known{"dummy", "gradient", "lrp:rule=flat"}, Known{"symmetry", "gradient", "random"},
                                           Known{"linearity", "gradient", "smooth-grad-squared"},
                                           Known{"implementation-invariance", "gradient", "guided-backprop"},
                                           Known{"shift-invariance", "gradient", "gradient-x-input"},
                                           Known{"scale", "gradient", "smooth-grad-squared"},
                                           Known{"target-dependence", "gradient", "edge"}),
                         [](const auto& info) {
                           std::string name = info.param.axiom;
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

/// f = 1 - relu(0.5 - x) rises from 0.5 to 1 and is flat from x = 0.5 on: the example of Sundararajan 2017 against gradients.
TEST(KnownFact, GradientsAreInsensitiveWhereTheFunctionIsFlat) {
  const Network f = testing::kink_network({-1}, 0.5, -1, 1);
  const auto x = testing::rows({{0.9}, {0.7}});
  EXPECT_TRUE(verdict_on("sensitivity", "gradient", f, x).is_refuted());
  EXPECT_TRUE(verdict_on("sensitivity", "integrated-gradients", f, x).holds());
}

}  // namespace
}  // namespace faultline
