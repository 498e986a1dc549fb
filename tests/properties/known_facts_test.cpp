// What the literature says of methods, found by the axioms on networks where it must show. Every test checks its premise and says
// it.
#include <gtest/gtest.h>

#include <cstdio>
#include <numeric>

#include "data/dataset.h"
#include "explainers/output_options.h"
#include "explainers/relevance/graph_facts.h"
#include "explainers/relevance/ledger.h"
#include "models/blocks.h"
#include "models/model.h"
#include "models/small_nets.h"
#include "models/transforms.h"
#include "suites/axioms/verdict.h"
#include "support/gradcheck.h"
#include "support/shared.h"

namespace faultline {
namespace {

/// What facts about conservation depend on.
struct Biases {
  int64_t positive = 0, negative = 0;
};

Biases biases_of(const Network& network) {
  Biases out;
  for (const auto& [node, layer] : linear_layers_of(network)) {
    if (!layer.bias().defined()) continue;
    out.positive += layer.bias().gt(0).sum().item<int64_t>();
    out.negative += layer.bias().lt(0).sum().item<int64_t>();
  }
  return out;
}

/// The network with every bias passed through `change`.
template <class Change>
Network with_biases(const Network& network, const Change& change) {
  std::vector<at::Tensor> parameters = network.parameters();
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (network.graph().parameter_names[i].find("bias") != std::string::npos) parameters[i] = change(parameters[i]);
  }
  return with_parameters(network, std::move(parameters));
}

struct Subject {
  std::string name;
  Network network;
  Samples samples;
  Context context;

  Subject(std::string name, const Network& of, const at::Tensor& inputs) : name(std::move(name)), network(of) {
    samples = samples_of_array(inputs.to(network.dtype()));
    samples.targets = at::zeros({samples.size()}, at::kLong);
    samples.targets = block_logits(network, points_of(samples)).argmax(1);
  }

  AxiomVerdict verdict(const std::string& axiom, const std::string& spec) const {
    const AxiomVerdict out = judge(axiom_named(axiom), {*explainers().make(spec), network, samples, context});
    const Biases biases = biases_of(network);
    std::printf("%s (%ld biases above 0, %ld below): %s of %s %s\n", name.c_str(), static_cast<long>(biases.positive),
                static_cast<long>(biases.negative), axiom.c_str(), spec.c_str(), words_of(out).c_str());
    return out;
  }

  /// The leak column that takes most of what is explained, and its share of that, over all samples.
  std::pair<std::string, double> largest_leak(const std::string& spec) const {
    Context with_ledger = context;
    with_ledger.ledger = true;
    const Explanation explanation = explainers().make(spec)->explain(network, samples, with_ledger);
    const double explained = explanation.ledger->explained.abs().sum().item<double>();
    std::pair<std::string, double> out;
    for (const LedgerColumn column : leak_columns()) {
      const double share = explanation.ledger->total(column).abs().sum().item<double>() / explained;
      if (share > out.second) out = {name_of(column), share};
    }
    std::printf("%s: %s loses most to %s, %.3g of what it explains\n", name.c_str(), spec.c_str(), out.first.c_str(), out.second);
    return out;
  }
};

at::Tensor pictures(int64_t n) { return testing::uniform({n, 1, 8, 8}, 0.01, 1, 5); }

/// Biases of both signs on a network of the built-in shape; and none.
Subject with_biases(at::ScalarType dtype) {
  const Network network = with_biases(small_cnn(1, 8, 8, 4, 1), [](const at::Tensor& b) {
    return testing::normal(b.sizes().vec(), static_cast<uint64_t>(b.numel())) * 0.2;
  });
  return {"small CNN", to(network, dtype), pictures(8)};
}
Subject without_biases(at::ScalarType dtype) { return {"small CNN", to(small_cnn(1, 8, 8, 4, 1), dtype), pictures(8)}; }

Subject lenet(const std::string& shared, int64_t samples) {
  const Network network = Model::load(shared + "/models/lenet_mnist.pt").network({1, 28, 28});
  const auto data = open_dataset(shared + "/data/mnist", {});
  std::vector<at::Tensor> inputs;
  for (int64_t i = 0; i < samples; ++i) inputs.push_back(data->load(i).input);
  return {"lenet", network, at::stack(inputs)};
}

/// Montavon 2019, 10.2: the epsilon rule absorbs a part in the biases' share.
TEST(KnownFact, LrpEpsilonLeaksThroughBiasesAndNotWithoutThem) {
  const Subject with = with_biases(at::kFloat), without = without_biases(at::kFloat);
  ASSERT_GT(biases_of(with.network).positive, 0);
  ASSERT_EQ(biases_of(without.network).positive + biases_of(without.network).negative, 0);
  EXPECT_TRUE(with.verdict("conservativity", "lrp:rule=epsilon").is_refuted());
  EXPECT_EQ(with.largest_leak("lrp:rule=epsilon").first, "bias");
  EXPECT_TRUE(without.verdict("conservativity", "lrp:rule=epsilon").holds());
}

/// Relevance sheet 19: in float64 what the stabiliser keeps is left, and is all.
TEST(KnownFact, LrpEpsilonWithoutBiasesLeaksNothingButItsStabiliser) {
  const Subject subject = without_biases(at::kDouble);
  EXPECT_TRUE(subject.verdict("conservativity", "lrp:rule=epsilon").is_refuted());
  const auto [column, share] = subject.largest_leak("lrp:rule=epsilon");
  EXPECT_EQ(column, "stabiliser");
  EXPECT_LT(share, 1e-4);  // 1e-6 over denominators of order 0.1 and more, in four layers
  EXPECT_TRUE(subject.verdict("conservativity", "lrp:rule=zero").holds());
}

/// Euler: x . grad f = f where f(c x) = c f(x).
TEST(KnownFact, GradientTimesInputIsConservativeOnReluNetworksWithoutBiases) {
  const Subject subject = without_biases(at::kDouble);
  const at::Tensor doubled = subject.network.logits(2 * subject.samples.inputs);
  ASSERT_TRUE(at::allclose(doubled, 2 * subject.network.logits(subject.samples.inputs), 1e-12, 1e-12)) << "is homogeneous";
  EXPECT_TRUE(subject.verdict("conservativity", "gradient-x-input").holds());
}

TEST(KnownFact, GradientTimesInputIsNotConservativeOnLenet) {
  FAULTLINE_NEEDS_SHARED(shared);
  const Subject subject = lenet(shared, 8);
  const double at_zero = subject.network.logits(at::zeros({1, 1, 28, 28}, at::kDouble)).abs().max().item<double>();
  std::printf("lenet of a black picture: logits up to %.3g\n", at_zero);
  ASSERT_GT(at_zero, 0.1) << "is not homogeneous";
  EXPECT_TRUE(subject.verdict("conservativity", "gradient-x-input").is_refuted());
}

/// Montavon 2017: consistent, as long as no unit can be active by its bias alone.
TEST(KnownFact, DeepTaylorIsConservativeAndPositiveWhereNoBiasIsPositive) {
  Subject subject = with_biases(at::kDouble);
  subject.network = with_biases(subject.network, [](const at::Tensor& b) { return -b.abs(); });
  ASSERT_EQ(biases_of(subject.network).positive, 0);
  ASSERT_GT(biases_of(subject.network).negative, 0);
  EXPECT_TRUE(subject.verdict("conservativity", "deep-taylor").holds());
  EXPECT_TRUE(subject.verdict("positivity", "deep-taylor").holds());
}

TEST(KnownFact, DeepTaylorIsPositiveOnLenetButLosesAtUnitsWithoutAnyShare) {
  FAULTLINE_NEEDS_SHARED(shared);
  Subject subject = lenet(shared, 8);
  ASSERT_GT(biases_of(subject.network).positive, 0);
  for (const std::string input : {"z-box", "w-square", "z-plus"}) {
    EXPECT_TRUE(subject.verdict("positivity", "deep-taylor:input=" + input).holds());
    EXPECT_TRUE(subject.verdict("conservativity-with-ledger", "deep-taylor:input=" + input).holds());
  }
  EXPECT_TRUE(subject.verdict("conservativity", "deep-taylor:input=z-plus").is_refuted());
  EXPECT_EQ(subject.largest_leak("deep-taylor:input=z-plus").first, "zero-denominator");
  // The same weights, with what the publication asks of biases.
  subject.name = "lenet with its biases cut at 0";
  subject.network = with_biases(subject.network, [](const at::Tensor& b) { return b.clamp_max(0); });
  EXPECT_TRUE(subject.verdict("conservativity", "deep-taylor:input=z-box").holds());
}

/// Relevance sheet 16 and conventions 9.
TEST(KnownFact, GuidedBackpropagationIsNeitherConservativeNorImplementationInvariant) {
  const Subject subject = without_biases(at::kDouble);
  EXPECT_TRUE(subject.verdict("implementation-invariance", "gradient").holds()) << "the variants are one function";
  for (const char* spec : {"guided-backprop", "deconvnet"}) {
    EXPECT_TRUE(subject.verdict("conservativity", spec).is_refuted());
    EXPECT_TRUE(subject.verdict("implementation-invariance", spec).is_refuted());
  }
}

/// Sundararajan 2017: completeness is approached with the steps.
TEST(KnownFact, IntegratedGradientsComeCloserToTheDifferenceWithEveryStep) {
  FAULTLINE_NEEDS_SHARED(shared);
  Subject subject = lenet(shared, 64);
  // Rounding is far below the error, and half as much is to be computed.
  subject.network = to(subject.network, at::kFloat);
  subject.samples.inputs = subject.samples.inputs.to(at::kFloat);
  std::vector<double> errors;
  for (const char* steps : {"10", "50", "250"}) {
    const auto explanation = explainers()
                                 .make("integrated-gradients:steps=" + std::string(steps))
                                 ->explain(subject.network, subject.samples, subject.context);
    const std::vector<double>& of_samples = explanation.figures.at("completeness-error-relative");
    ASSERT_EQ(of_samples.size(), 64u);
    errors.push_back(std::accumulate(of_samples.begin(), of_samples.end(), 0.0) / 64);
    std::printf("lenet: mean relative completeness error of 64 samples with %s steps: %.3g\n", steps, errors.back());
  }
  EXPECT_LT(errors[1], errors[0]);
  EXPECT_LT(errors[2], errors[1]);
}

}  // namespace
}  // namespace faultline
