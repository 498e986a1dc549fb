#include <gtest/gtest.h>

#include "core/error.h"
#include "data/npy.h"
#include "models/shifted.h"
#include "models/transforms.h"
#include "suites/shift_measure.h"
#include "support/gradcheck.h"
#include "support/held_dataset.h"
#include "support/shared.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::rows;
using testing::samples_at;
using testing::uniform;

at::Tensor maps_of(const std::string& spec, const Network& network, const at::Tensor& x, int64_t target = 0) {
  return explainers().make(spec)->explain(network, samples_at(x, target), {}).maps;
}

void expect_near(const at::Tensor& a, const at::Tensor& b, double tolerance, const std::string& what) {
  EXPECT_LE((a - b).abs().max().item<double>(), tolerance) << what << "\n" << a << "\n" << b;
}

/// f = w2 . relu(W1 x + b1) + 0.5 of attacks sheet 7.4.
Network worked_network() {
  GraphBuilder g({2});
  const int z = g.linear("fc1", g.input(), rows({{1, -1}, {2, 1}}), at::tensor({0.0, -1.0}, at::kDouble));
  return g.finish(g.linear("fc2", g.node(Op::relu, "relu", {z}), rows({{1, 3}}), at::tensor({0.5}, at::kDouble)));
}

TEST(ShiftedMaps, AreThoseOfTheWorkedExample) {
  const Network first = worked_network();
  const at::Tensor x = rows({{1, 2}}), m = rows({{-1, 2}});
  const Network second = shifted(first, m, Compensation::first_linear);
  const auto expect = [&](const std::string& spec, const at::Tensor& at_first, const at::Tensor& at_second, double tolerance) {
    expect_near(maps_of(spec, first, x), at_first, tolerance, spec);
    expect_near(maps_of(spec, second, x + m), at_second, tolerance, spec);
  };
  expect("gradient", rows({{6, 3}}), rows({{6, 3}}), 0);
  expect("gradient-x-input", rows({{6, 6}}), rows({{0, 12}}), 0);
  EXPECT_EQ(relative_changes(rows({{6, 6}}), rows({{0, 12}}))[0], 1);
  expect("lrp:rule=zero", rows({{6, 6}}), rows({{0, 12}}), 1e-12);
  // The path crosses kinks, so the quadrature is not exact; the sums are 9.5 - 0.5 and 9.5 - 3.5.
  expect("integrated-gradients:steps=4000,quadrature=middle", rows({{4.5, 4.5}}), rows({{0, 6}}), 2e-3);
  const testing::TemporaryFolder folder;
  const std::string file = folder.file("m.npy");
  write_npy(file, m);
  expect_near(maps_of("integrated-gradients:steps=4000,quadrature=middle,baseline=file,file=" + file, second, x + m),
              rows({{4.5, 4.5}}), 2e-3, "with the baseline moved along");
}

/// Attacks sheet 7.3: the zero baseline of network 2 is the baseline -m of network 1.
TEST(ShiftedMaps, OfIntegratedGradientsAreThoseWithTheBaselineMovedBack) {
  const Network first = testing::pooled_network(6);
  const at::Tensor x = uniform({3, 1, 6, 6}, 0, 1, 1), m = uniform({1, 1, 6, 6}, -1, 1, 2);
  const testing::TemporaryFolder folder;
  const std::string file = folder.file("minus-m.npy");
  write_npy(file, -m);
  for (const std::string method : {"integrated-gradients:steps=30", "deep-lift:"}) {
    const std::string with = method.back() == ':' ? method : method + ",";
    expect_near(maps_of(method.back() == ':' ? "deep-lift" : method, shifted(first, m, Compensation::first_linear), x + m),
                maps_of(with + "baseline=file,file=" + file, first, x), 1e-12, method);
  }
}

/// Attacks sheet 7.3 and relevance sheet 16, on a network without flat places.
TEST(ShiftedMaps, StayOrChangeAsTheSheetSays) {
  const Network first = testing::pooled_network(8);
  const at::Tensor x = uniform({4, 1, 8, 8}, 0, 1, 3), m = uniform({1, 1, 8, 8}, -1, 1, 4);
  const Network second = shifted(first, m, Compensation::first_linear);
  const auto change = [&](const std::string& spec) {
    const auto all = relative_changes(maps_of(spec, first, x, 1), maps_of(spec, second, x + m, 1));
    return *std::max_element(all.begin(), all.end());
  };
  for (const std::string spec :
       {"gradient", "guided-backprop", "deconvnet", "grad-cam", "smooth-grad:samples=4", "var-grad:samples=4", "lrp:rule=flat",
        "lrp:rule=w-square,bias=ignore", "excitation-backprop:layer=relu"})
    EXPECT_LE(change(spec), 1e-10) << spec;
  for (const std::string spec :
       {"gradient-x-input", "integrated-gradients", "deep-lift", "lrp", "lrp:rule=zero", "lrp:rule=z-plus", "lrp:rule=gamma",
        "lrp:rule=alpha-beta", "lrp:rule=z-box", "excitation-backprop",
        // The square of the bias that takes the shift back is in the rule's denominator.
        "lrp:rule=w-square"})
    EXPECT_GT(change(spec), 1e-2) << spec;
}

TEST(ShiftedMaps, OfEveryExplainerThatPromisesSoStay) {
  const Network first = testing::pooled_network(8);
  const at::Tensor x = uniform({4, 1, 8, 8}, 0, 1, 5), m = at::full({1, 1, 8, 8}, -1, at::kDouble);
  const Network second = shifted(first, m, Compensation::first_linear);
  int promised = 0;
  for (const std::string& name : explainers().standalone_names()) {
    const auto claims = explainers().make(name)->claims(first);
    if (std::none_of(claims.begin(), claims.end(), [](const Claim& c) { return c.axiom == "shift-invariance"; })) continue;
    ++promised;
    for (const double moved : relative_changes(maps_of(name, first, x, 1), maps_of(name, second, x + m, 1)))
      EXPECT_LE(moved, 1e-8) << name;
  }
  EXPECT_GE(promised, 4);
}

/// Patterns of S_a are covariances. Those of the two-regime estimator subtract the mean of the output over all samples from a
/// mean over the active ones, which is no covariance; and zero padding is no shifted input. Neither is invariant (attacks
/// sheet 7.3 says otherwise).
TEST(ShiftedMaps, OfPatternsStayWhereThePatternsAreCovariances) {
  GraphBuilder g({6});
  const int z = g.linear("fc1", g.input(), uniform({8, 6}, -1, 1, 1), uniform({8}, -1, 1, 2) / 5);
  const Network first = g.finish(g.linear("fc2", g.node(Op::relu, "relu", {z}), uniform({3, 8}, -1, 1, 3)));
  const auto data = std::make_shared<testing::HeldDataset>(uniform({400, 6}, 0, 1, 4));
  const at::Tensor x = uniform({4, 6}, 0, 1, 5), m = uniform({1, 6}, -1, 1, 6);
  const Network second = shifted(first, m, Compensation::first_linear);
  const auto moved_data = shifted_dataset(data, m);
  const auto change = [&](const std::string& spec, bool learns_again) {
    const auto a = explainers().make(spec), b = explainers().make(spec);
    a->fit(first, *data, {});
    b->fit(learns_again ? second : first, learns_again ? *moved_data : *data, {});
    const auto all =
        relative_changes(a->explain(first, samples_at(x, 1), {}).maps, b->explain(second, samples_at(x + m, 1), {}).maps);
    return *std::max_element(all.begin(), all.end());
  };
  for (const std::string method : {"pattern-net", "pattern-attribution"}) {
    EXPECT_LE(change(method + ":estimator=s-a", true), 1e-8) << method;
    EXPECT_LE(change(method, false), 1e-12) << method;
    EXPECT_GT(change(method, true), 1e-2) << method;
  }
}

TEST(ShiftPremise, ThatFailsIsAnError) {
  // One number for all places instead of a bias map: wrong in the border.
  const Network first = testing::pooled_network(6);
  const at::Tensor x = uniform({3, 1, 6, 6}, 0, 1, 1), m = at::full({1}, -1, at::kDouble);
  const Network second = shifted(first, m, Compensation::first_linear);
  std::vector<at::Tensor> parameters = second.parameters();
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (second.graph().parameter_names[i] == "conv.bias")
      parameters[i] = parameters[i].slice(2, 2, 3).slice(3, 2, 3).expand_as(parameters[i]);
  }
  const Network wrong = with_parameters(second, parameters);
  const Samples samples = samples_at(x);
  EXPECT_NO_THROW(check_premise(premise_gaps(first.logits(x), second.logits(x + m)), samples, at::kDouble, "here"));
  try {
    check_premise(premise_gaps(first.logits(x), wrong.logits(x + m)), samples, at::kDouble, "gradient, shift=-1");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::input);
    EXPECT_NE(std::string(error.what()).find("gradient, shift=-1"), std::string::npos);
  }
  EXPECT_NO_THROW(check_premise({5e-5}, samples_at(x.slice(0, 0, 1)), at::kFloat, ""));
  EXPECT_THROW(check_premise({5e-5}, samples_at(x.slice(0, 0, 1)), at::kDouble, ""), Error);
  EXPECT_THROW(check_premise({std::nan("")}, samples_at(x.slice(0, 0, 1)), at::kDouble, ""), Error) << "no number is no pass";
}

TEST(ShiftChange, OfAZeroMapIsAbsolute) {
  const auto changes = relative_changes(rows({{0, 0}, {3, 4}, {0, 0}}), rows({{3, 4}, {3, 9}, {0, 0}}));
  EXPECT_EQ(changes[0], 5);
  EXPECT_EQ(changes[1], 1);
  EXPECT_EQ(changes[2], 0);
}

TEST(ShiftedRange, MovesEveryBoundWithItsChannel) {
  const LegalRange one = shifted_range({{0}, {1}}, at::full({1, 3, 2, 2}, -1, at::kDouble));
  EXPECT_EQ(one.low, std::vector<double>{-1});
  EXPECT_EQ(one.high, std::vector<double>{0});
  at::Tensor m = at::zeros({1, 2, 1, 2}, at::kDouble);
  m[0][0][0][0] = -1;
  m[0][1] = 3;
  const LegalRange two = shifted_range({{0}, {1}}, m);
  EXPECT_EQ(two.low, (std::vector<double>{-1, 3}));
  EXPECT_EQ(two.high, (std::vector<double>{1, 4}));
}

}  // namespace
}  // namespace faultline
