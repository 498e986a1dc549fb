#include <gtest/gtest.h>

#include <map>

#include "core/error.h"
#include "explainers/relevance/ledger.h"
#include "explainers/sheet_examples.h"

namespace faultline {
namespace {

using namespace testing;  // NOLINT: the sheet's examples by their names

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

}  // namespace
}  // namespace faultline
