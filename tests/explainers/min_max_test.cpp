#include <gtest/gtest.h>

#include "core/error.h"
#include "explainers/explainer.h"
#include "explainers/min_max/min_max_fit.h"
#include "explainers/min_max/min_max_model.h"
#include "models/small_nets.h"
#include "models/transforms.h"
#include "support/gradcheck.h"
#include "support/held_dataset.h"
#include "support/toy_networks.h"
#include "support/trained_network.h"

namespace faultline {
namespace {

using testing::rows;

LinearRuleOptions z_plus() {
  LinearRuleOptions options;
  options.kind = LinearRuleKind::z_plus;
  return options;
}

TEST(MinMax, DetectorsAndTheirSharesAreThoseOfTheSheet) {  // 18.4
  MinMaxModel model(testing::kink_network({1, 1}, 0), z_plus());
  MinMaxLayer layer;
  layer.weight = {rows({{1, -1}}), rows({{0.5, 1}})};
  layer.top = {rows({{-0.5}}), rows({{1}})};
  layer.shift = {at::tensor({0.0}, at::kDouble), at::tensor({-4.0}, at::kDouble)};
  model.set(0, layer);
  const WalkTape tape = model.walk().run(rows({{1, 2}}), false);
  const at::Tensor start = rows({{3}});
  const MinMaxUnits units = model.units(tape, 0, layer, model.arrive(tape, start, 0).above);
  EXPECT_DOUBLE_EQ(units.inhibition[0].item<double>(), -1.5);
  EXPECT_DOUBLE_EQ(units.inhibition[1].item<double>(), -1);
  EXPECT_DOUBLE_EQ(units.y[0].item<double>(), 0);
  EXPECT_DOUBLE_EQ(units.y[1].item<double>(), 1.5);
  Ledger ledger = model.walk().new_ledger(1);
  const at::Tensor map = model.map(tape, start, false, &ledger);
  EXPECT_LE((map - rows({{0.3, 1.2}})).abs().max().item<double>(), 1e-12) << map;
  EXPECT_NEAR(ledger.total(LedgerColumn::non_conservative).item<double>(), 1.5, 1e-12);
  EXPECT_LE((model.map(tape, start, true, nullptr) - rows({{0.6, 2.4}})).abs().max().item<double>(), 1e-12);
}

/// The upper layer's relevance reaches a lower position through every window and every tap that sees it.
TEST(MinMax, InhibitionComesFromTheUnitsAboveThatSeeAPosition) {
  GraphBuilder g({1, 4, 4});
  const int below = g.node(Op::relu, "relu1", {g.convolution("conv1", g.input(), at::ones({1, 1, 1, 1}, at::kDouble))});
  const int pooled = g.max_pool("pool", below, 2);
  const int above = g.node(Op::relu, "relu2", {g.convolution("conv2", pooled, at::ones({1, 1, 2, 2}, at::kDouble))});
  MinMaxModel model(g.finish(g.linear("fc", g.flatten("flat", above, 1), rows({{1}}))), z_plus());
  MinMaxLayer upper;
  upper.weight = {at::ones({1, 1, 2, 2}, at::kDouble), at::ones({1, 1, 2, 2}, at::kDouble)};
  upper.top = {rows({{0}}), rows({{0}})};
  upper.shift = {at::zeros({1, 1, 1, 1}, at::kDouble), at::zeros({1, 1, 1, 1}, at::kDouble)};
  model.set(1, upper);
  MinMaxLayer lower = upper;
  lower.weight = {at::ones({1, 1, 1, 1}, at::kDouble), at::ones({1, 1, 1, 1}, at::kDouble)};
  lower.top = {at::tensor({-1.0, -2.0, -3.0, -4.0}, at::kDouble).reshape({1, 1, 2, 2}), at::zeros({1, 1, 2, 2}, at::kDouble)};
  const WalkTape tape = model.walk().run(at::ones({1, 1, 4, 4}, at::kDouble), false);
  const MinMaxUnits units = model.units(tape, 0, lower, at::full({1, 1, 1, 1}, 2, at::kDouble));
  const at::Tensor expected = rows({{-2, -2, -4, -4}, {-2, -2, -4, -4}, {-6, -6, -8, -8}, {-6, -6, -8, -8}});
  EXPECT_TRUE(at::equal(units.inhibition[0][0][0], expected)) << units.inhibition[0];
}

TEST(MinMax, RefusesNetworksWithBranches) {
  GraphBuilder g({2});
  const int z = g.node(Op::relu, "relu", {g.linear("fc1", g.input(), rows({{1, 2}, {3, 4}}))});
  const int sum = g.node(Op::add, "sum", {z, g.linear("fc2", z, rows({{1, 0}, {0, 1}}))});
  const Network network = g.finish(g.linear("fc3", sum, rows({{1, 1}})));
  const auto explainer = explainers().make("deep-taylor:model=min-max");
  try {
    explainer->fit(network, testing::HeldDataset(rows({{1, 2}, {2, 1}})), {});
    FAIL() << "a network with branches was taken";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("relu"), std::string::npos) << error.what();
  }
  EXPECT_THROW(explainer->explain(testing::pooled_network(8), testing::samples_at(at::ones({1, 1, 8, 8}, at::kDouble)), {}),
               Error);
}

class LearnedMinMax : public ::testing::Test {
 protected:
  static std::unique_ptr<Explainer> learned(const std::string& options, const Network& network, const at::Tensor& reference) {
    auto explainer = explainers().make("deep-taylor:model=min-max" + options);
    explainer->fit(network, testing::HeldDataset(reference), {});
    return explainer;
  }
  const Network& network_ = testing::trained_cnn();
  const Samples digits_ = testing::digits(network_, 80);
};

TEST_F(LearnedMinMax, ExplainsMostOfTheRelevanceItIsLearnedFrom) {
  const auto explainer = learned("", network_, digits_.inputs);
  Context context;
  context.ledger = true;
  const Samples some = digits_.select({0, 1, 2, 3});
  const Explanation explanation = explainer->explain(network_, some, context);
  EXPECT_GE(explanation.maps.min().item<double>(), 0);
  int layers = 0;
  for (const auto& [name, values] : explanation.figures) {
    // Nothing learned would be 0; 72 pictures teach the convolutions a part only.
    EXPECT_GT(values.at(0), 0.1) << name;
    ++layers;
  }
  EXPECT_EQ(layers, 3);
  const Ledger& ledger = *explanation.ledger;
  const at::Tensor gap = ledger.map_sum + ledger.leaks() - ledger.explained;
  EXPECT_LE(gap.abs().max().item<double>(), 1e-11 * ledger.explained.abs().max().item<double>());
  for (int node = 0; node < ledger.nodes(); ++node) {
    const at::Tensor magnitude = ledger.of(node, LedgerColumn::magnitude).clamp_min(1e-30);
    EXPECT_LE((ledger.rounding(node).abs() / magnitude).max().item<double>(), 1e-12) << ledger.name(node);
  }
  // Learned again, it is the same to the last bit.
  EXPECT_TRUE(learned("", network_, digits_.inputs)->explain(network_, some, {}).maps.equal(explanation.maps));
}

TEST_F(LearnedMinMax, HasTheDerivativeOfItsMap) {
  const Network smooth = with_softplus(network_, 4);
  const auto explainer = learned(",fit-samples=20,exact-sum=1", network_, digits_.inputs);
  const Samples one = digits_.select({0});
  const at::Tensor cotangent = testing::normal(one.inputs.sizes().vec(), 5);
  const at::Tensor product = explainer->pull_back(smooth, one, cotangent, {}, {}).reshape({-1});
  const double h = 1e-5, scale = product.abs().max().item<double>();
  EXPECT_GT(scale, 0);
  const int64_t brightest = one.inputs.argmax().item<int64_t>();
  for (const int64_t i : {brightest, brightest + 1, brightest - 28}) {
    const auto value = [&](double step) {
      Samples moved = one;
      moved.inputs = one.inputs.clone();
      moved.inputs.view({-1})[i] += step;
      return (explainer->explain(smooth, moved, {}).maps * cotangent).sum().item<double>();
    };
    EXPECT_NEAR(product[i].item<double>(), (value(h) - value(-h)) / (2 * h), 1e-6 * scale) << i;
  }
}

}  // namespace
}  // namespace faultline
