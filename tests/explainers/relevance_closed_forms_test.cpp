#include <gtest/gtest.h>

#include <map>

#include "core/error.h"
#include "explainers/explainer.h"
#include "explainers/relevance/ledger.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::rows;

/// Printed numbers of the relevance sheet carry six decimals.
constexpr double kPrinted = 1e-6;

at::Tensor vector(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

/// N1 of the sheet: three hidden ReLU units over two inputs.
Network n1(const std::vector<double>& hidden_bias, const std::vector<std::vector<double>>& top,
           const std::vector<double>& top_bias) {
  GraphBuilder g({2});
  const int z = g.linear("fc1", g.input(), rows({{2, 1}, {-1, 1}, {1, -2}}), vector(hidden_bias));
  return g.finish(g.linear("fc2", g.node(Op::relu, "relu", {z}), rows(top), vector(top_bias)));
}
Network n1() { return n1({-1, 0, 1}, {{2, -1, 3}}, {1}); }

/// N5: conv1d with kernel 3 and padding 1, ReLU, and a sum.
Network n5(const std::vector<double>& top = {1, 1, 1}) {
  GraphBuilder g({1, 3});
  const int z =
      g.convolution("conv", g.input(), at::tensor({1.0, 2.0, -1.0}, at::kDouble).reshape({1, 1, 3}), vector({0.5}), 1, 1);
  return g.finish(g.linear("fc", g.flatten("flat", g.node(Op::relu, "relu", {z}), 3), rows({top})));
}

Explanation explained(const std::string& spec, const Network& network, const at::Tensor& x, int64_t target = 0,
                      const LegalRange& range = {}) {
  Context context;
  context.range = range;
  context.ledger = true;
  Samples samples = testing::samples_at(x, target);
  if (network.classes() == 2) samples.runners_up = at::full({x.size(0)}, 1 - target, at::kLong);
  return explainers().make(spec)->explain(network, samples, context);
}

void expect_map(const std::string& spec, const Network& network, const at::Tensor& x, const std::vector<double>& expected,
                double tolerance = kPrinted, int64_t target = 0, const LegalRange& range = {}) {
  const at::Tensor maps = explained(spec, network, x, target, range).maps;
  ASSERT_EQ(maps.numel(), static_cast<int64_t>(expected.size())) << spec;
  EXPECT_LE((maps - vector(expected).reshape_as(maps)).abs().max().item<double>(), tolerance) << spec << " gives " << maps;
}

const LegalRange kBox{{0}, {3}};

/// The composite that has this rule at the first layer and `zero` above, in a bias mode.
std::string below_zero(const std::string& rule, const std::string& bias) {
  return "lrp:composite=(first = " + rule + "; any-linear = zero),stabiliser=zero-only,bias=" + bias;
}

TEST(Lrp, GivesTheSheetsTableOnTheToyNetwork) {
  const auto x = rows({{1, 2}});
  const char* const modes[] = {"leak", "ignore", "absorb-uniform", "absorb-proportional"};
  const std::map<std::string, std::vector<std::vector<double>>> table = {
      {"zero", {{5, 2}, {4.8, 1.2}, {3.583333, 2.416667}, {4.285714, 1.714286}}},
      {"z-plus", {{3, 2}, {3.6, 2.4}, {3.416667, 2.583333}, {3.428571, 2.571429}}},
      {"gamma", {{4.416667, 2.083333}, {4.4, 1.6}, {3.444444, 2.555556}, {4, 2}}},
      {"alpha-beta", {{7, 4}, {8.4, 4.8}, {4.333333, 1.666667}, {4.285714, 1.714286}}},
      {"w-square", {{3.5, 0.5}, {5.16, 0.84}, {4.5, 1.5}, {5.057143, 0.942857}}},
      {"flat", {{2.5, 2.5}, {3, 3}, {3, 3}, {3, 3}}},
      {"z-box", {{2.5, 2.5}, {3, 3}, {2.944444, 3.055556}, {3, 3}}}};
  for (const auto& [rule, values] : table) {
    for (size_t mode = 0; mode < 4; ++mode) {
      expect_map(below_zero(rule, modes[mode]), n1(), x, values[mode], kPrinted, 0, kBox);
    }
  }
  const std::vector<std::vector<double>> hidden = {
      {6, -1, 0}, {7.2, -1.2, 0}, {6.333333, -0.666667, 0.333333}, {6.857143, -0.857143, 0}};
  for (size_t mode = 0; mode < 4; ++mode) {
    expect_map("lrp:rule=zero,layer=relu,bias=" + std::string(modes[mode]), n1(), x, hidden[mode]);
  }
}

TEST(Lrp, BooksTheSheetsLeaksOnTheToyNetwork) {
  const std::map<std::string, double> first_layer_bias = {{"zero", -2},    {"z-plus", 0}, {"gamma", -1.5}, {"alpha-beta", -6},
                                                          {"w-square", 1}, {"flat", 0},   {"z-box", 0}};
  const Network network = n1();
  for (const auto& [rule, leak] : first_layer_bias) {
    const auto explanation = explained(below_zero(rule, "leak"), network, rows({{1, 2}}), 0, kBox);
    ASSERT_NE(explanation.ledger, nullptr) << rule;
    const Ledger& ledger = *explanation.ledger;
    const int first = network.graph().find("fc1"), top = network.graph().find("fc2");
    EXPECT_NEAR(ledger.of(top, LedgerColumn::bias).item<double>(), 1, kPrinted) << rule;
    EXPECT_NEAR(ledger.of(first, LedgerColumn::bias).item<double>(), leak, kPrinted) << rule;
    EXPECT_NEAR(ledger.map_sum.item<double>() + ledger.leaks().item<double>(), 6, 1e-12) << rule;
  }
  const auto one_sided = explained(below_zero("alpha-beta", "ignore"), network, rows({{1, 2}}));
  EXPECT_NEAR(one_sided.ledger->of(network.graph().find("fc1"), LedgerColumn::zero_denominator).item<double>(), -7.2, kPrinted);
}

TEST(Lrp, PropagatesThroughBothLayersAsTheSheetSays) {
  const auto x = rows({{1, 2}});
  const auto with_hidden = [&](const std::string& options, const std::vector<double>& hidden, const std::vector<double>& map) {
    expect_map("lrp:" + options + ",layer=relu", n1(), x, hidden);
    expect_map("lrp:" + options, n1(), x, map);
  };
  with_hidden("rule=z-plus,stabiliser=zero-only", {5.142857, 0, 0}, {2.571429, 2.571429});
  expect_map("lrp:rule=z-plus,stabiliser=zero-only,bias=ignore", n1(), x, {3, 3});
  with_hidden("rule=epsilon,epsilon=1", {5.142857, -0.857143, 0}, {3, 1.714286});
  with_hidden("rule=gamma,stabiliser=zero-only", {5.806452, -0.774194, 0}, {4.145161, 2.338710});
  expect_map("lrp:rule=gamma,gamma=1,stabiliser=zero-only", n1(), x, {3.318681, 2.549451});
  with_hidden("rule=alpha-beta,stabiliser=zero-only", {10.285714, -6, 0}, {16.285714, -1.714286});
  const auto ledger = explained("lrp:rule=epsilon,epsilon=1", n1(), x).ledger;
  EXPECT_NEAR(ledger->of(n1().graph().find("fc1"), LedgerColumn::bias).item<double>(), -1.285714, kPrinted);
  EXPECT_NEAR(ledger->total(LedgerColumn::stabiliser).item<double>(), 2 * 0.857143, kPrinted);
}

TEST(Lrp, GivesTheSheetsConvolution) {
  const auto x = at::tensor({1.0, 0.0, 2.0}, at::kDouble).reshape({1, 1, 3});
  const LegalRange box{{-1}, {3}};
  const auto is = [&](const std::string& rule, const std::vector<double>& leak, const std::vector<double>& ignore) {
    for (const auto& [bias, expected] : {std::pair{"leak", leak}, {"ignore", ignore}}) {
      expect_map("lrp:composite=(first = " + rule + "; any-linear = epsilon),bias=" + bias, n5(), x, expected, 2e-5, 0, box);
    }
  };
  is("epsilon", {2, 0, 4}, {2.5, 0, 4.5});
  is("z-plus", {2, 0, 4}, {2.5, 0, 4.5});
  is("gamma", {2, 0, 4}, {2.5, 0, 4.5});
  is("alpha-beta", {4, 0, 8}, {5, 0, 9});
  is("w-square", {1.904762, 1.333333, 3.428571}, {2, 1.4, 3.6});
  is("flat", {1.25, 3.5, 2.25}, {1.25, 3.5, 2.25});
  is("z-box", {1.428571, 1.714286, 3.857143}, {1.428571, 1.714286, 3.857143});
  const std::map<std::string, std::vector<double>> composites = {{"epsilon-plus", {2, 0, 4}},
                                                                 {"epsilon-plus-flat", {1.25, 3.5, 2.25}},
                                                                 {"epsilon-gamma-box", {1.428571, 1.714286, 3.857143}},
                                                                 {"epsilon-alpha2-beta1", {4, 0, 8}},
                                                                 {"epsilon-alpha2-beta1-flat", {1.25, 3.5, 2.25}}};
  for (const auto& [name, expected] : composites) expect_map("lrp:composite=" + name, n5(), x, expected, 2e-5, 0, box);
}

TEST(ModifiedBackprop, GivesTheSheetsValues) {
  const auto x = at::tensor({1.0, 0.0, 2.0}, at::kDouble).reshape({1, 1, 3});
  expect_map("guided-backprop", n5(), x, {2, 0, 2});
  expect_map("deconvnet", n5(), x, {3, 2, 1});
  expect_map("guided-backprop", n5({1, 2, -3}), x, {2, -1, 0});
  expect_map("deconvnet", n5({1, 2, -3}), x, {4, 3, -2});
  expect_map("guided-backprop", testing::toy_network(), rows({{3, 1}}), {2, -4});
  expect_map("deconvnet", testing::toy_network(), rows({{3, 1}}), {2, -4});
  expect_map("guided-backprop", testing::toy_network(), rows({{1, 1}}), {0, 0});
  expect_map("deconvnet", testing::toy_network(), rows({{1, 1}}), {2, -4});
}

TEST(DeepTaylor, GivesTheSheetsValues) {
  const auto x = rows({{1, 2}});
  const Network n3 = n1({-1, 0, -1}, {{2, -1, 3}}, {0}), positive = n1({-1, 0, -1}, {{2, 1, 3}}, {0});
  expect_map("deep-taylor:layer=relu", n3, x, {5, 0, 0});
  expect_map("deep-taylor:input=z-plus", n3, x, {2.5, 2.5});
  expect_map("deep-taylor", n3, x, {2.5, 2.5}, kPrinted, 0, kBox);
  expect_map("deep-taylor:input=w-square", n3, x, {4, 1});
  expect_map("deep-taylor:layer=relu", positive, x, {6, 1, 0});
  expect_map("deep-taylor:input=z-plus", positive, x, {3, 4});
  expect_map("deep-taylor", positive, x, {3.5, 3.5}, kPrinted, 0, kBox);
  expect_map("deep-taylor:input=w-square", positive, x, {5.3, 1.7});
}

TEST(Lrp, ContrastsAsTheSheetSays) {
  const Network two = n1({-1, 0, 1}, {{2, -1, 3}, {-1, 2, 1}}, {1, 0});
  const auto x = rows({{1, 2}});
  expect_map("lrp:rule=zero", two, x, {-4, 2}, kPrinted, 1);
  expect_map("lrp:rule=zero,output=logit-difference", two, x, {9, 0}, kPrinted, 0);
  expect_map("lrp:rule=zero,output=softmax-contrast", two, x, {-2.882367e-3, 2.123849e-3}, 1e-9, 0);
  const std::string plus = "lrp:rule=z-plus,bias=ignore,stabiliser=zero-only,output=";
  expect_map(plus + "logit", two, x, {3, 3});
  expect_map(plus + "clrp1", two, x, {3, 0});
  expect_map(plus + "clrp2", two, x, {3, 0});
}

TEST(ExcitationBackprop, GivesTheSheetsValues) {
  const auto x = rows({{1, 2}});
  const Network two = n1({-1, 0, 1}, {{2, -1, 3}, {-1, 2, 1}}, {1, 0});
  expect_map("excitation-backprop:bias=ignore,negative=drop,layer=relu", two, x, {1, 0, 0});
  expect_map("excitation-backprop:bias=ignore,negative=drop", two, x, {0.5, 0.5});
  expect_map("excitation-backprop", two, x, {0.428571, 0.428571});
  const std::string contrast = "excitation-backprop:bias=ignore,negative=drop,contrastive=1";
  expect_map(contrast + ",positive=0", two, x, {0.5, -0.5});
  expect_map(contrast, two, x, {0.5, 0});
  const Network toy = testing::toy_network();
  expect_map("excitation-backprop", toy, rows({{3, 1}}), {1, 0});
  expect_map(contrast, toy, rows({{3, 1}}), {0.1, 0});
  const auto dead = explained("excitation-backprop:bias=ignore,negative=drop", toy, rows({{1, 1}}));
  EXPECT_EQ(dead.maps.abs().max().item<double>(), 0);
  EXPECT_NEAR(dead.ledger->total(LedgerColumn::zero_denominator).item<double>(), 1, 1e-12);
  const Network biased = testing::kink_network({3}, 4);
  expect_map("excitation-backprop", biased, rows({{2}}), {0.6});
  expect_map("excitation-backprop:bias=ignore", biased, rows({{2}}), {1});
}

/// min(x1, x2) = x1 - relu(x1 - x2).
Network minimum_network() {
  GraphBuilder g({2});
  const int gap = g.node(Op::relu, "relu", {g.linear("gap", g.input(), rows({{1, -1}}))});
  const int first = g.linear("first", g.input(), rows({{1, 0}}));
  return g.finish(g.node(Op::sub, "minimum", {first, gap}));
}

TEST(DeepLift, GivesTheSheetsMinimum) {
  const Network f = minimum_network();
  expect_map("deep-lift", f, rows({{3, 1}}), {0, 1});
  expect_map("deep-lift", f, rows({{1, 3}}), {1, 0});
  expect_map("deep-lift", f, rows({{2, 2}}), {2, 0});
  expect_map("deep-lift:rule=reveal-cancel", f, rows({{3, 1}}), {0.5, 0.5});
  expect_map("deep-lift:rule=reveal-cancel", f, rows({{1, 3}}), {0.5, 0.5});
  expect_map("deep-lift:rule=reveal-cancel", f, rows({{2, 2}}), {1, 1});
  expect_map("deep-lift", n1(), rows({{1, 2}}), {5, -3});
  expect_map("deep-lift:rule=reveal-cancel", n1(), rows({{1, 2}}), {5, -3});
}

TEST(DeepLift, SharesAProductAndASoftmaxExactly) {
  // 3 * -1 from 1 * 2: contributions (1, -6). The baseline is one number for all pixels, so the inputs are shifted.
  GraphBuilder g({2});
  const int shifted = g.node(Op::add, "shift", {g.input(), g.constant("by", rows({{1, 2}}))});
  const auto part = [&](const char* name, int64_t start) {
    return g.node(Op::slice, name, {shifted}, {{"dim", int64_t{1}}, {"start", start}, {"end", start + 1}, {"step", int64_t{1}}});
  };
  const Network product = g.finish(g.node(Op::mul, "product", {part("a", 0), part("b", 1)}));
  expect_map("deep-lift", product, rows({{2, -3}}), {1, -6});

  GraphBuilder s({2});
  const Network softmax = s.finish(s.node(Op::softmax, "softmax", {s.input()}, {{"dim", int64_t{1}}}));
  expect_map("deep-lift", softmax, rows({{0, std::log(3.0)}}), {0, 0.25}, kPrinted, 1);
}

TEST(DeepLift, AddsUpWindowsThatOverlap) {
  GraphBuilder g({1, 5, 5});
  const int pool = g.node(Op::max_pool, "pool", {g.input()},
                          {{"kernel", std::vector<int64_t>{3, 3}},
                           {"stride", std::vector<int64_t>{2, 2}},
                           {"padding", std::vector<int64_t>{0, 0}},
                           {"dilation", std::vector<int64_t>{1, 1}},
                           {"ceil_mode", false}});
  const Network f = g.finish(g.linear("fc", g.flatten("flat", pool, 4), rows({{1, 2, 4, 8}})));
  at::Tensor x = at::zeros({1, 1, 5, 5}, at::kDouble);
  x[0][0][2][2] = 5;
  std::vector<double> expected(25, 0);
  expected[12] = 75;
  expect_map("deep-lift", f, x, expected);
  expected[12] = 40;
  expect_map("deep-lift:max-pool=captum", f, x, expected);
}

/// What attacks differentiate in the place of rules with poles is the same map, at inner layers too: batch norm is folded there.
TEST(Lrp, StandsInForItselfAtInnerLayers) {
  GraphBuilder g({1, 3, 3});
  const int a = g.convolution("conv", g.input(), rows({{1, -2, 3, 1}, {-1, 2, 1, 0}}).reshape({2, 1, 2, 2}), vector({0.1, 0.2}));
  const int b = g.batch_norm("bn", a, vector({2, -1}), vector({0.3, 0.4}), vector({0.1, -0.2}), vector({1.5, 0.7}));
  const Network f =
      g.finish(g.linear("fc", g.flatten("flat", g.node(Op::relu, "relu", {b}), 8), rows({{1, 2, -1, 3, 1, 1, -2, 1}})));
  const at::Tensor x = at::tensor({0.1, 0.9, 0.4, 0.7, 0.2, 0.6, 0.3, 0.8, 0.5}, at::kDouble).reshape({1, 1, 3, 3});
  for (const std::string layer : {"conv", "relu", "input"}) {
    const std::string spec = "lrp:rule=zero,layer=" + layer;
    const at::Tensor own = explained(spec, f, x).maps;
    const at::Tensor other = explainers().make(spec)->stand_in(f)->explain(f, testing::samples_at(x, 0), Context{}).maps;
    ASSERT_EQ(own.sizes(), other.sizes()) << layer;
    EXPECT_LE((own - other).abs().max().item<double>(), 1e-12) << layer;
    EXPECT_GT(own.abs().max().item<double>(), 0.1) << layer;
  }
}

TEST(Lrp, RefusesToCompareTheOneClassThereIs) {
  GraphBuilder g({2});
  const Network f = g.finish(g.linear("fc", g.input(), rows({{1, 2}})));
  for (const std::string output : {"logit-difference", "logit-contrast", "softmax-contrast", "clrp1", "clrp2"}) {
    EXPECT_THROW(explained("lrp:output=" + output, f, rows({{1, 1}})), Error) << output;
  }
  expect_map("lrp:output=all", f, rows({{1, 1}}), {1, 2}, 1e-5);
}

/// zennit's composites take these as arguments; a value of the composite's own line wins.
TEST(Lrp, GivesItsParametersToTheLinesOfAComposite) {
  GraphBuilder g({1, 3, 3});
  const int a = g.node(Op::relu, "relu1", {g.convolution("conv1", g.input(), rows({{1, -2, 3, 1}}).reshape({1, 1, 2, 2}))});
  const int b = g.node(Op::relu, "relu2", {g.convolution("conv2", a, rows({{2, -1}}).reshape({2, 1, 1, 1}), vector({0.5, 1}))});
  const Network f = g.finish(g.linear("fc", g.flatten("flat", b, 8), rows({{1, 2, -1, 3, 1, 1, -2, 1}}), vector({0.3})));
  const at::Tensor x = at::tensor({0.1, 0.9, 0.4, 0.7, 0.2, 0.6, 0.3, 0.8, 0.5}, at::kDouble).reshape({1, 1, 3, 3});
  const auto map = [&](const std::string& spec) { return explained("lrp:composite=" + spec, f, x).maps; };
  const at::Tensor table = map("(first = z-box:low=-2,high=3; convolution = gamma:gamma=2; linear = epsilon:epsilon=0.4)");
  EXPECT_TRUE(at::equal(map("epsilon-gamma-box,low=-2,high=3,gamma=2,epsilon=0.4"), table));
  EXPECT_TRUE(at::equal(map("(first = z-box; convolution = gamma; linear = epsilon:epsilon=0.4),low=-2,high=3,gamma=2"), table));
  EXPECT_FALSE(at::equal(map("epsilon-gamma-box"), table));
  for (const std::string key : {"low=-2,high=3", "gamma=2", "epsilon=0.4"}) {
    EXPECT_FALSE(at::allclose(map("epsilon-gamma-box," + key), map("epsilon-gamma-box"), 1e-3, 0)) << key;
  }
  EXPECT_THROW(map("epsilon-plus,rule=gamma"), Error);
}

/// An option that nothing reads is a mistake, and not passed over. lrp's parameters are an exception: one spec with all of them
/// serves every rule.
TEST(Explainers, RefuseOptionsThatNothingReads) {
  for (const std::string spec :
       {"lrp:composite=(any-linear = epsilon; any-linear = z-plus)", "lrp:composite=(any-linear = z-plus:gamma=3)",
        "deep-taylor:exact-sum=1", "deep-taylor:fit-samples=5", "excitation-backprop:positive=0", "deep-lift:value=0.3",
        "deep-lift:file=x.npy", "deep-shap:file=x.npy,baselines=3", "integrated-gradients:blur-sigma=3"}) {
    EXPECT_THROW(explainers().make(spec), Error) << spec;
  }
  for (const std::string spec : {"lrp:rule=z-plus,epsilon=0.1,gamma=1.5", "lrp:composite=epsilon-plus,gamma=0.7",
                                 "deep-lift:baseline=constant,value=0.3", "excitation-backprop:contrastive=1,positive=0"}) {
    EXPECT_NO_THROW(explainers().make(spec)) << spec;
  }
}

/// Relevance sheet 3: outside of the box shares may be negative.
TEST(Lrp, NotesInputsOutsideOfTheBox) {
  const at::Tensor x = rows({{0, 1}, {1, 1.1}});
  const auto notes = explained("lrp:rule=z-box", n1(), x, 0, {{0}, {1}}).notes;
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_TRUE(notes[0].empty());
  EXPECT_EQ(notes[1], std::vector<std::string>{"outside-box"});
  EXPECT_TRUE(explained("lrp:rule=z-box,high=1.2", n1(), x, 0, {{0}, {1}}).notes.empty());
  EXPECT_EQ(explained("deep-taylor:low=0.5", n1(), x, 0, {{0}, {1.2}}).notes.size(), 2u);
  EXPECT_THROW(explained("deep-taylor:low=0.9,high=0.1", n1(), x), Error);
}

TEST(DeepLift, PoolsRowsAsItPoolsPictures) {
  const auto network = [](bool is_1d) {
    GraphBuilder g(is_1d ? std::vector<int64_t>{1, 5} : std::vector<int64_t>{1, 1, 5});
    const auto sizes = [&](int64_t across, int64_t along) {
      return is_1d ? std::vector<int64_t>{along} : std::vector<int64_t>{across, along};
    };
    const int pool = g.node(Op::max_pool, "pool", {g.input()},
                            {{"kernel", sizes(1, 3)},
                             {"stride", sizes(1, 1)},
                             {"padding", sizes(0, 1)},
                             {"dilation", sizes(1, 1)},
                             {"ceil_mode", false}});
    return g.finish(g.linear("fc", g.flatten("flat", pool, 5), rows({{1, 2, 4, 8, 16}})));
  };
  const at::Tensor x = at::tensor({0.0, 5.0, 0.0, 1.0, 0.0}, at::kDouble).reshape({1, 1, 5});
  // The peak is chosen by the first three windows, of which max_unpool keeps the third.
  expect_map("deep-lift", network(true), x, {0, 35, 0, 24, 0});
  expect_map("deep-lift:max-pool=captum", network(true), x, {0, 20, 0, 16, 0});
  expect_map("deep-lift:max-pool=captum", network(false), x.unsqueeze(1), {0, 20, 0, 16, 0});
}

/// Windows that overlap, overhang and skip entries; black areas are tied.
TEST(Lrp, SplitsAWindowsRelevanceOverItsEqualMaxima) {
  const auto network = [](int64_t padding, bool ceil_mode, int64_t dilation, int64_t features) {
    GraphBuilder g({1, 1, 5});
    const int pool = g.node(Op::max_pool, "pool", {g.input()},
                            {{"kernel", std::vector<int64_t>{1, 2}},
                             {"stride", std::vector<int64_t>{1, 2}},
                             {"padding", std::vector<int64_t>{0, padding}},
                             {"dilation", std::vector<int64_t>{1, dilation}},
                             {"ceil_mode", ceil_mode}});
    const at::Tensor weight = at::pow(10, at::arange(features, at::kDouble)).unsqueeze(0);
    return g.finish(g.linear("fc", g.flatten("flat", pool, features), weight));
  };
  const at::Tensor x = at::tensor({2.0, 2.0, 1.0, 3.0, 3.0}, at::kDouble).reshape({1, 1, 1, 5});
  const std::string spec = "lrp:rule=z-plus,stabiliser=zero-only,max-pool=ties-split";
  expect_map(spec, network(0, false, 1, 2), x, {1, 1, 0, 30, 0});      // (2 2) (1 3)
  expect_map(spec, network(0, true, 1, 3), x, {1, 1, 0, 30, 300});     // (2 2) (1 3) (3 .)
  expect_map(spec, network(1, false, 1, 3), x, {2, 20, 0, 150, 150});  // (. 2) (2 1) (3 3)
  expect_map(spec, network(0, false, 2, 2), x, {2, 0, 0, 0, 30});      // (2 1) (1 3)
}

/// zennit's composite has no rule for activations and batch norm, so that its walk follows their gradients there.
TEST(ExcitationBackprop, FollowsGradientsBetweenLayersAsZennitDoes) {
  GraphBuilder g({1});
  const auto one = [](double value) { return at::tensor({value}, at::kDouble); };
  const int a = g.node(Op::relu, "relu1", {g.linear("fc1", g.input(), rows({{1}}))});
  const int b = g.node(Op::relu, "relu2", {g.batch_norm("bn", a, one(2), one(1), one(0), one(1), 0)});
  const Network f = g.finish(g.linear("fc2", b, rows({{3}})));
  const std::string exact = "excitation-backprop:bias=ignore";
  expect_map(exact, f, rows({{0.5}}), {2}, 1e-5);
  expect_map(exact + ",between=pass", f, rows({{0.5}}), {1}, 1e-5);
  expect_map(exact + ",negative=drop", f, rows({{0.5}}), {1}, 1e-5);
}

TEST(Cam, ReadsAnyActivationBehindItsLayer) {
  GraphBuilder g({1, 1, 2});
  const int a = g.convolution("conv", g.input(), at::ones({1, 1, 1, 1}, at::kDouble));
  const int b = g.node(Op::elu, "elu", {a}, {{"alpha", 1.0}, {"scale", 1.0}, {"input_scale", 1.0}});
  const int pooled = g.node(Op::mean, "pool", {b}, {{"dims", std::vector<int64_t>{2, 3}}, {"keepdim", false}});
  const Network f = g.finish(g.linear("fc", pooled, rows({{2}})));
  const at::Tensor x = at::tensor({-1.0, 3.0}, at::kDouble).reshape({1, 1, 1, 2});
  // A gradient of 1 at every place behind it; before it, the mean of e^-1 and 1.
  const double below = std::exp(-1.0);
  expect_map("grad-cam:relu=0,upsample=none,at=after-activation", f, x, {below - 1, 3});
  expect_map("grad-cam:relu=0,upsample=none", f, x, {-(below + 1) / 2, 3 * (below + 1) / 2});
}

TEST(Cam, GivesTheSheetsFeatureMaps) {
  // A 1x1 convolution that copies its two channels stands for the layer.
  const auto network = [](bool flat) {
    GraphBuilder g({2, 2, 2});
    const int a = g.convolution("conv", g.input(), at::eye(2, at::kDouble).reshape({2, 2, 1, 1}));
    if (flat) return g.finish(g.linear("fc", g.flatten("flat", a, 8), rows({{1, 0, 0, -1, 0, 2, 0, 0}})));
    const int pooled = g.node(Op::mean, "pool", {a}, {{"dims", std::vector<int64_t>{2, 3}}, {"keepdim", false}});
    return g.finish(g.linear("fc", pooled, rows({{1, -2}})));
  };
  const auto x = at::tensor({1.0, 2.0, 3.0, 4.0, 4.0, 0.0, 0.0, 0.0}, at::kDouble).reshape({1, 2, 2, 2});
  expect_map("grad-cam:relu=0", network(false), x, {-1.75, 0.5, 0.75, 1});
  expect_map("grad-cam", network(false), x, {0, 0.5, 0.75, 1});
  expect_map("cam", network(false), x, {-7, 2, 3, 4});
  expect_map("grad-cam-plus-plus", network(false), x, {2.0 / 9, 4.0 / 9, 6.0 / 9, 8.0 / 9});
  expect_map("grad-cam:relu=0", network(true), x, {2, 0, 0, 0});
  EXPECT_THROW(explained("cam", network(true), x), Error);
}

}  // namespace
}  // namespace faultline
