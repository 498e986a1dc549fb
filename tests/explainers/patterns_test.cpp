#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/error.h"
#include "data/safetensors.h"
#include "explainers/explainer.h"
#include "explainers/pattern_net.h"
#include "explainers/patterns/pattern_moments.h"
#include "explainers/patterns/pattern_quality.h"
#include "explainers/patterns/pattern_rules.h"
#include "explainers/relevance/graph_facts.h"
#include "explainers/relevance/walk.h"
#include "models/plan_generator.h"
#include "models/relevance_form.h"
#include "models/transforms.h"
#include "support/gradcheck.h"
#include "support/held_dataset.h"
#include "support/shared.h"
#include "support/test_seed.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::rows;

/// Printed numbers of the relevance sheet carry six decimals.
constexpr double kPrinted = 1e-6;

at::Tensor vector(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

/// relu(w.x + b), w = (1,-1), of section 18.8.
Network signal_network(double bias) { return testing::kink_network({1, -1}, bias); }

/// x = (1,0) y + (1,1) e.
at::Tensor signal_and_distractor(const std::vector<std::pair<double, double>>& y_and_e, int64_t times = 16) {
  std::vector<std::vector<double>> x;
  for (const auto& [y, e] : y_and_e) x.push_back({y + e, e});
  return rows(x).repeat({times, 1});  // often enough that no regime has too few samples
}
const std::vector<std::pair<double, double>> kBalanced = {{1, 1}, {1, -1}, {-1, 1}, {-1, -1}};
const std::vector<std::pair<double, double>> kD8 = {{1, 0}, {3, 0}, {2, 1}, {2, -1}, {-1, 2}, {-1, 0}, {-3, 2}, {-3, 4}};

FilterPatterns learned(const Network& network, const at::Tensor& inputs, SignalEstimator estimator) {
  const PatternMoments moments = PatternMoments::fit(network, testing::HeldDataset(inputs), 0);
  const LinearLayer layer = linear_layers_of(network).begin()->second;
  return patterns_of(layer, &moments.of("fc", layer), estimator);
}

void expect_near(const at::Tensor& values, const std::vector<double>& expected, const char* what, double tolerance = kPrinted) {
  ASSERT_EQ(values.numel(), static_cast<int64_t>(expected.size())) << what;
  EXPECT_LE((values.reshape({-1}) - vector(expected)).abs().max().item<double>(), tolerance) << what << " is " << values;
}

TEST(Patterns, AreWhatVariesWithTheOutput) {  // sheet 18.8
  for (const auto estimator : {SignalEstimator::linear, SignalEstimator::two_regime}) {
    const FilterPatterns balanced = learned(signal_network(0), signal_and_distractor(kBalanced), estimator);
    expect_near(balanced.positive, {1, 0}, "a+ of balanced data");
    expect_near(balanced.negative, {1, 0}, "a- of balanced data");
    EXPECT_FALSE(balanced.has_few_active);
  }
  const at::Tensor d8 = signal_and_distractor(kD8);
  expect_near(learned(signal_network(0), d8, SignalEstimator::linear).positive, {0.473684, -0.526316}, "a of D8");
  const FilterPatterns two = learned(signal_network(0), d8, SignalEstimator::two_regime);
  expect_near(two.positive, {1, 0}, "a+ of D8");
  expect_near(two.negative, {0, -1}, "a- of D8");
  // With a bias units with -1.5 < y <= 0 are active too.
  const FilterPatterns biased = learned(signal_network(1.5), d8, SignalEstimator::two_regime);
  expect_near(biased.positive, {0.9, -0.1}, "a+ with a bias");
  expect_near(biased.negative, {0, -1}, "a- with a bias");
  expect_near(learned(signal_network(0), d8, SignalEstimator::filter).positive, {0.5, -0.5}, "w / w.w");
}

TEST(Patterns, OfUnitsThatWereSeldomActiveAreLinear) {
  const at::Tensor once = signal_and_distractor(kD8, 1);
  const FilterPatterns few = learned(signal_network(0), once, SignalEstimator::two_regime);
  EXPECT_TRUE(few.has_few_active);
  expect_near(few.positive, {0.473684, -0.526316}, "a+ falls back to a");
}

TEST(Patterns, OfUnitsThatNeverVaryAreZero) {
  const at::Tensor constant = rows({{0.3, 0.1}}).repeat({64, 1});
  expect_near(learned(signal_network(0), constant, SignalEstimator::linear).positive, {0, 0}, "a dead unit", 0);
}

/// N1 of the sheet with two classes.
Network n1_of_two() {
  GraphBuilder g({2});
  const int z = g.linear("fc1", g.input(), rows({{2, 1}, {-1, 1}, {1, -2}}), vector({-1, 0, 1}));
  return g.finish(g.linear("fc2", g.node(Op::relu, "relu", {z}), rows({{2, -1, 3}, {-1, 2, 1}}), vector({1, 0})));
}

struct Walked {
  at::Tensor map;
  Ledger ledger;
};

Walked walked(bool is_attribution, const std::vector<double>& top) {
  const Network network = n1_of_two();
  LayerPatterns patterns;
  for (const auto& [node, layer] : linear_layers_of(network)) {
    const bool is_first = network.graph().nodes[static_cast<size_t>(node)].name == "fc1";
    patterns[node] = is_first ? rows({{0.5, 0}, {-0.5, 0.5}, {1, 0}}) : rows({top, {0, 0.5, 0}});
  }
  const Walk walk(network, is_attribution ? pattern_attribution_rules(network, patterns) : pattern_net_rules(network, patterns));
  const WalkTape tape = walk.run(rows({{1, 2}}), false);
  Walked out{{}, walk.new_ledger(1)};
  const LayerGraph& graph = network.graph();
  out.map = walk.back(tape, rows({{6, 0}}), graph.output, graph.input, &out.ledger);
  return out;
}

TEST(Patterns, WalkBackAsTheSheetHasIt) {  // 18.6
  expect_near(walked(false, {0.25, -0.5, 0}).map, {2.25, -1.5}, "PatternNet");
  expect_near(walked(false, {0.2, -0.5, 1.0 / 30}).map, {2.1, -1.5}, "PatternNet, another top pattern");
  const Walked all = walked(true, {0.25, -0.5, 0});
  expect_near(all.map, {4.5, 1.5}, "PatternAttribution");
  expect_near(all.ledger.leaks(), {0}, "its leaks", 1e-12);
  const Walked gated = walked(true, {0.2, -0.5, 1.0 / 30});
  expect_near(gated.map, {3.9, 1.5}, "PatternAttribution, another top pattern");
  expect_near(gated.ledger.total(LedgerColumn::gate), {0.6}, "what the closed unit stops");
}

/// Every layer's sums from their definition: patches cut out by hand.
TEST(Patterns, AreTheSameFromPatchesCutOutByHand) {
  GraphBuilder g({4, 7, 6});
  const at::Tensor w = at::sin(at::arange(6 * 2 * 9, at::kDouble) * 1.7).reshape({6, 2, 3, 3});
  const int z = g.convolution("conv", g.input(), w, at::cos(at::arange(6, at::kDouble)), 2, 1, 2);
  const int flat = g.flatten("flat", g.node(Op::relu, "relu", {z}), 6 * 4 * 3);
  const Network network = g.finish(g.linear("fc", flat, at::sin(at::arange(2 * 72, at::kDouble) * 0.3).reshape({2, 72})));
  const at::Tensor x = at::sin(at::arange(5 * 4 * 7 * 6, at::kDouble) * 0.9).reshape({5, 4, 7, 6});
  const PatternMoments moments = PatternMoments::fit(network, testing::HeldDataset(x), 0);
  const auto layers = linear_layers_of(network);
  const LinearLayer& conv = layers.begin()->second;
  const FilterMoments& m = moments.of("conv", conv);
  for (int64_t o = 0; o < 6; ++o) {
    const int64_t first_channel = o < 3 ? 0 : 2;
    at::Tensor sum_x = at::zeros({2, 3, 3}, at::kDouble), sum_xy_active = at::zeros({2, 3, 3}, at::kDouble);
    double sum_y = 0, active = 0;
    const at::Tensor padded = at::constant_pad_nd(x, {1, 1, 1, 1});
    for (int64_t n = 0; n < 5; ++n) {
      for (int64_t i = 0; i < 4; ++i) {
        for (int64_t j = 0; j < 3; ++j) {
          const at::Tensor patch =
              padded[n].slice(0, first_channel, first_channel + 2).slice(1, 2 * i, 2 * i + 3).slice(2, 2 * j, 2 * j + 3);
          const double y = (patch * w[o]).sum().item<double>();
          sum_x += patch;
          sum_y += y;
          if (y + std::cos(static_cast<double>(o)) > 0) {
            ++active;
            sum_xy_active += patch * y;
          }
        }
      }
    }
    EXPECT_LE((m.sum_x[o] - sum_x).abs().max().item<double>(), 1e-12);
    EXPECT_LE((m.sum_xy_active[o] - sum_xy_active).abs().max().item<double>(), 1e-12);
    EXPECT_NEAR(m.sum_y[o].item<double>(), sum_y, 1e-12);
    EXPECT_EQ(m.active[o].item<double>(), active);
    EXPECT_EQ(m.count[o].item<double>(), 60);
  }
}

TEST(Patterns, OfATransposedConvolutionHaveUnitProductWithTheirWeights) {
  GraphBuilder g({4, 3, 3});
  const at::Tensor w = at::sin(at::arange(4 * 3 * 4, at::kDouble) * 1.1).reshape({4, 3, 2, 2});
  const int z = g.node(Op::convolution, "up", {g.input(), g.parameter("w", w)},
                       {{"stride", std::vector<int64_t>{2, 2}},
                        {"padding", std::vector<int64_t>{0, 0}},
                        {"dilation", std::vector<int64_t>{1, 1}},
                        {"output_padding", std::vector<int64_t>{0, 0}},
                        {"transposed", true},
                        {"groups", int64_t{2}}});
  const int pooled =
      g.node(Op::mean, "pool", {g.node(Op::relu, "relu", {z})}, {{"dims", std::vector<int64_t>{2, 3}}, {"keepdim", false}});
  const Network network = g.finish(g.linear("fc", pooled, at::cos(at::arange(12, at::kDouble)).reshape({2, 6})));
  const at::Tensor x = at::sin(at::arange(20 * 36, at::kDouble) * 0.7).reshape({20, 4, 3, 3});
  const PatternMoments moments = PatternMoments::fit(network, testing::HeldDataset(x), 0);
  const LinearLayer up = linear_layers_of(network).begin()->second;
  const FilterMoments& m = moments.of("up", up);
  const at::Tensor a = patterns_of(up, &m, SignalEstimator::two_regime).positive;
  // Unit 4 lies in the second group: input channels 2 and 3, its second output channel.
  EXPECT_NEAR((w * a).slice(0, 2, 4).select(1, 1).sum().item<double>(), 1, 1e-12);
  // The sum of y is that of w.x, which of() has checked; here against the network itself.
  const at::Tensor y = network.run_with_tape(x).values[static_cast<size_t>(linear_layers_of(network).begin()->first)];
  EXPECT_NEAR(m.sum_y[2][1][0][0].item<double>(), y.select(1, 4).sum().item<double>(), 1e-10);
}

RC_GTEST_PROP(Patterns, ShareOutEverythingTheLedgerDoesNotName, ()) {
  const auto plan = *arbitrary_network_plan();
  const Network network = network_of(plan);
  const at::Tensor reference = inputs_of(plan, 24), x = reference.slice(0, 0, 3);
  Context context;
  context.ledger = true;
  for (const char* spec : {"pattern-attribution", "pattern-attribution:estimator=s-a", "pattern-attribution:estimator=s-w",
                           "pattern-attribution:estimator=s-x"}) {
    const auto explainer = explainers().make(spec);
    explainer->fit(network, testing::HeldDataset(reference), context);
    const Explanation explanation = explainer->explain(network, testing::samples_at(x), context);
    const Ledger& ledger = *explanation.ledger;
    RC_ASSERT(explanation.maps.isfinite().all().item<bool>());
    for (int node = 0; node < ledger.nodes(); ++node) {
      const at::Tensor magnitude = ledger.of(node, LedgerColumn::magnitude).clamp_min(1e-30);
      // Shares of both signs may be a thousand times their sum; rounding is that of the shares.
      const double worst = (ledger.rounding(node).abs() / magnitude).max().item<double>();
      if (!(worst <= 1e-9)) RC_FAIL(std::string(spec) + " loses relevance unaccounted at " + ledger.name(node));
    }
  }
}

TEST(Patterns, AreKeptInAFileThatGivesTheSameMaps) {
  const Network network = testing::pooled_network(8);
  const at::Tensor reference = at::sin(at::arange(64 * 64, at::kDouble) * 0.37).reshape({64, 1, 8, 8}).abs();
  const at::Tensor x = reference.slice(0, 0, 2);
  const testing::TemporaryFolder folder;
  const std::string file = folder.path() + "/patterns.safetensors";
  const Context context;
  const auto fitted = explainers().make("pattern-attribution");
  fitted->fit(network, testing::HeldDataset(reference), context);
  fitted->save_fit(file);
  const at::Tensor maps = fitted->explain(network, testing::samples_at(x), context).maps;
  const auto loaded = explainers().make("pattern-attribution:patterns=" + file);
  EXPECT_FALSE(loaded->traits().needs_fitting);
  EXPECT_TRUE(at::equal(loaded->explain(network, testing::samples_at(x), context).maps, maps));
  // Patterns of other weights are refused.
  GraphBuilder g({1, 8, 8});
  const int z = g.convolution("conv", g.input(), at::ones({4, 1, 3, 3}, at::kDouble), {}, 1, 1);
  const int pooled =
      g.node(Op::mean, "pool", {g.node(Op::relu, "relu", {z})}, {{"dims", std::vector<int64_t>{2, 3}}, {"keepdim", false}});
  const Network other = g.finish(g.linear("fc", pooled, at::ones({3, 4}, at::kDouble)));
  try {
    loaded->explain(other, testing::samples_at(x), context);
    FAIL() << "patterns of another network were used";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("layer conv"), std::string::npos) << error.what();
  }
  // So are counts that cannot be.
  for (const auto& [name, value] : {std::pair{"conv|count", -1e30}, {"conv|active", -1e30}, {"conv|active", 1e30}}) {
    TensorFile damaged = read_safetensors(file);
    damaged.tensors.at(name).flatten()[0] = value;
    const std::string path = folder.path() + "/damaged.safetensors" + name[5] + std::to_string(value > 0);
    write_safetensors(path, damaged);
    EXPECT_THROW(explainers().make("pattern-net:patterns=" + path)->explain(network, testing::samples_at(x), context), Error)
        << name << " " << value;
  }
  const std::string none = folder.path() + "/none.safetensors";
  write_safetensors(none, {{{"a", at::ones({2})}}, {}});
  EXPECT_THROW(explainers().make("pattern-net:patterns=" + none)->explain(network, testing::samples_at(x), context), Error);
  EXPECT_THROW(explainers().make("pattern-net")->explain(network, testing::samples_at(x), context), Error);
  EXPECT_THROW(explainers().make("gradient")->save_fit(file), Error);
}

TEST(Patterns, DoNotDependOnHowTheDataIsCutUp) {
  const Network network = testing::pooled_network(8);
  const at::Tensor x = at::sin(at::arange(40 * 64, at::kDouble) * 0.37).reshape({40, 1, 8, 8});
  PatternMoments whole, parts;
  whole.add(network, x);
  parts.add(network, x.slice(0, 0, 13));
  parts.add(network, x.slice(0, 13));
  const LinearLayer conv = linear_layers_of(network).begin()->second;
  const at::Tensor a = patterns_of(conv, &whole.of("conv", conv), SignalEstimator::two_regime).positive;
  const at::Tensor b = patterns_of(conv, &parts.of("conv", conv), SignalEstimator::two_regime).positive;
  EXPECT_LE((a - b).abs().max().item<double>(), 1e-11);
  EXPECT_EQ(whole.samples(), parts.samples());
}

/// A normalisation in front of the first layer is undone: the signal comes back in the input's own units.
TEST(Patterns, GiveASignalInTheInputsUnits) {
  const at::Tensor d8 = signal_and_distractor(kD8);
  GraphBuilder g({2});
  const int shifted = g.node(Op::sub, "shift", {g.input(), g.constant("mean", vector({1, 0}))});
  const int scaled = g.node(Op::div, "scale", {shifted, g.constant("std", vector({0.25, 4}))});
  const int z = g.linear("fc", scaled, rows({{0.25, -4}}), vector({1.0}));
  const Network network = g.finish(g.linear("out", g.node(Op::relu, "relu", {z}), rows({{1}})));
  const Context context;
  const auto signal_of = [&](const Network& of) {
    const auto explainer = explainers().make("pattern-net:estimator=s-a");
    explainer->fit(of, testing::HeldDataset(d8), context);
    return explainer->explain(of, testing::samples_at(rows({{3, 1}})), context).maps;
  };
  EXPECT_LE((signal_of(network) - signal_of(signal_network(0))).abs().max().item<double>(), 1e-12);
}

/// Attacks differentiate the map on a smooth network; patterns stay those of the network they were learned on.
TEST(Patterns, HaveTheDerivativeOfTheirMapOnASmoothNetwork) {
  const Network network = testing::pooled_network(6), smooth = with_softplus(network, 4);
  const at::Tensor reference = testing::uniform({40, 1, 6, 6}, 0, 1, 3), x = testing::uniform({1, 1, 6, 6}, 0.1, 0.9, 4);
  const at::Tensor cotangent = testing::normal({1, 1, 6, 6}, 5);
  for (const char* spec : {"pattern-net", "pattern-attribution", "pattern-attribution:estimator=s-x"}) {
    const auto explainer = explainers().make(spec);
    explainer->fit(network, testing::HeldDataset(reference), {});
    const at::Tensor product = explainer->pull_back(smooth, testing::samples_at(x), cotangent, {}, {}).reshape({-1});
    const double scale = product.abs().max().item<double>();
    EXPECT_GT(scale, 0) << spec;
    for (const int64_t i : {0, 7, 14, 35}) {
      const double h = 1e-5;
      const auto value = [&](double step) {
        at::Tensor moved = x.clone();
        moved.view({-1})[i] += step;
        return (explainer->explain(smooth, testing::samples_at(moved), {}).maps * cotangent).sum().item<double>();
      };
      EXPECT_NEAR(product[i].item<double>(), (value(h) - value(-h)) / (2 * h), 1e-7 * scale) << spec << " at " << i;
    }
  }
}

TEST(PatternQuality, TellsSignalFromDistractor) {  // sheet 18.8: rho of S_w is 0.552786 on balanced data, of S_a and S_a+- 1
  // A third of the data for each part; dealt in turn, so that every row stands three times.
  const at::Tensor data = signal_and_distractor(kBalanced).repeat_interleave(3, 0);
  const auto layers = pattern_quality(signal_network(0), testing::HeldDataset(data), {}, {});
  const LayerQuality& fc = layers.at(0);
  EXPECT_EQ(fc.layer, "fc");
  std::map<std::string, LayerQuality::Quality> by_name;
  for (const auto& quality : fc.qualities) by_name[quality.estimator] = quality;
  EXPECT_NEAR(by_name["s-w"].all, 0.552786, 1e-5);
  EXPECT_NEAR(by_name["s-a"].all, 1, 1e-5);
  EXPECT_NEAR(by_name["s-a-pm"].all, 1, 1e-5);
  const auto d8 =
      pattern_quality(signal_network(0), testing::HeldDataset(signal_and_distractor(kD8).repeat_interleave(3, 0)), {}, {});
  for (const auto& quality : d8.at(0).qualities) {
    if (quality.estimator == "s-w") {
      EXPECT_NEAR(quality.all, 0.940765, 1e-5);
      EXPECT_NEAR(quality.active, 0.552786, 1e-5);
    } else if (quality.estimator == "s-a") {
      EXPECT_NEAR(quality.all, 1, 1e-5);
      EXPECT_NEAR(quality.active, 0.534254, 1e-5);
    } else if (quality.estimator == "s-a-pm") {
      EXPECT_NEAR(quality.all, 1, 1e-5);
      EXPECT_NEAR(quality.active, 1, 1e-5);
    }
  }
}

}  // namespace
}  // namespace faultline
