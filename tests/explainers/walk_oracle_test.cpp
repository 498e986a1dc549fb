// Whole walks against the sheet's tables, layer after layer, with pools and sums between them.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "explainers/dense_chain.h"
#include "explainers/dense_rules.h"
#include "explainers/explainer.h"
#include "support/gradcheck.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::DenseChain;
using testing::DenseLayer;
using testing::DenseLeaks;
using testing::DenseRelevance;
using testing::MatrixRule;
using testing::Numbers;

constexpr double kLow = -1, kHigh = 1;
constexpr int64_t kTarget = 1;

at::Tensor maps_of(const std::string& spec, const Network& network, const at::Tensor& x) {
  Context context;
  context.range = {{kLow}, {kHigh}};
  return explainers().make(spec)->explain(network, testing::samples_at(x, kTarget), context).maps;
}

/// `arrived` at the last layer, walked back to the input by one rule a layer, the first first.
DenseRelevance walked(const DenseChain& chain, std::vector<MatrixRule> rules, const Numbers& x, DenseRelevance arrived) {
  const std::vector<Numbers> a = chain.activations(x);
  DenseLeaks leaks;
  for (size_t l = chain.layers.size(); l-- > 0;) {
    rules[l].low.assign(chain.layers[l].inputs, kLow);
    rules[l].high.assign(chain.layers[l].inputs, kHigh);
    arrived = testing::sent_by(rules[l], chain.layers[l], a[l], arrived, leaks);
  }
  return arrived;
}

DenseRelevance at_target(double start) {
  DenseRelevance out(3);
  out.values[kTarget] = start;
  out.doubt[kTarget] = 1;  // logits are sums of terms of order 1, however small they are
  return out;
}

void expect_chain(const DenseChain& chain, const std::string& spec, const std::vector<MatrixRule>& rules, bool starts_at_one) {
  const at::Tensor maps = maps_of(spec, chain.network, chain.inputs);
  for (int64_t row = 0; row < 2; ++row) {
    const Numbers x = testing::numbers_of(chain.inputs[row]);
    const double start = starts_at_one ? 1 : chain.activations(x).back()[kTarget];
    const double excess = testing::excess(maps[row], walked(chain, rules, x, at_target(start)));
    if (!(excess <= 1)) RC_FAIL(spec + ": the map is " + std::to_string(excess) + " roundings off");
  }
}

RC_GTEST_PROP(Lrp, IsTheSheetsTablesOneAfterTheOther, ()) {
  const DenseChain chain = *testing::arbitrary_chain();
  MatrixRule rule;
  rule.epsilon = 0.3;
  rule.stabiliser_epsilon = 0.2;
  rule.alpha = 1.5;
  rule.beta = 0.5;
  rule.gamma = 0.7;
  rule.bias = *rc::gen::element<std::string>("leak", "ignore", "absorb-uniform", "absorb-proportional");
  rule.stabiliser = *rc::gen::element<std::string>("add", "clip", "zero-only");
  rule.zero_denominator = *rc::gen::element<std::string>("drop", "uniform");
  rule.one_sided = *rc::gen::element<std::string>("keep", "renormalise");
  const std::string keys = ",epsilon=0.3,stabiliser-epsilon=0.2,alpha=1.5,beta=0.5,gamma=0.7,bias=" + rule.bias +
                           ",stabiliser=" + rule.stabiliser + ",zero-denominator=" + rule.zero_denominator +
                           ",one-sided=" + rule.one_sided;
  for (const std::string word : {"zero", "epsilon", "gamma", "alpha-beta", "z-plus", "w-square", "flat"}) {
    rule.rule = word;
    expect_chain(chain, "lrp:rule=" + word + keys, std::vector<MatrixRule>(chain.layers.size(), rule), false);
  }
  rule.rule = "z-plus";
  std::vector<MatrixRule> rules(chain.layers.size(), rule);
  for (const std::string word : {"w-square", "flat", "z-box"}) {
    rules[0].rule = word;
    expect_chain(chain, "lrp:upper=z-plus,rule=" + word + keys, rules, false);
  }
}

RC_GTEST_PROP(ExcitationBackprop, IsTheSheetsTablesOneAfterTheOther, ()) {
  const DenseChain chain = *testing::arbitrary_chain();
  for (const std::string bias : {"leak", "ignore"}) {
    for (const bool drops : {false, true}) {
      MatrixRule rule;
      rule.rule = "z-plus";
      rule.bias = bias;
      rule.drops_negative_inputs = drops;
      if (drops && bias == "ignore") rule.stabiliser = "zero-only";
      expect_chain(chain, "excitation-backprop:bias=" + bias + (drops ? ",negative=drop" : ""),
                   std::vector<MatrixRule>(chain.layers.size(), rule), true);
    }
  }
}

RC_GTEST_PROP(DeepTaylor, IsTheSheetsTablesOneAfterTheOther, ()) {
  const DenseChain chain = *testing::arbitrary_chain();
  MatrixRule rule;
  rule.rule = "z-plus";
  rule.bias = "ignore";
  rule.stabiliser = "zero-only";
  std::vector<MatrixRule> rules(chain.layers.size(), rule);
  for (const std::string input : {"z-box", "w-square", "z-plus"}) {
    rules[0].rule = input;
    const at::Tensor maps = maps_of("deep-taylor:input=" + input, chain.network, chain.inputs);
    for (int64_t row = 0; row < 2; ++row) {
      const Numbers x = testing::numbers_of(chain.inputs[row]);
      const double start = std::max(chain.activations(x).back()[kTarget], 0.0);
      const double excess = testing::excess(maps[row], walked(chain, rules, x, at_target(start)));
      if (!(excess <= 1)) RC_FAIL("input=" + input + ": the map is " + std::to_string(excess) + " roundings off");
    }
  }
}

/// convolution - ReLU - (convolution + identity) - ReLU - average pool - max pool - linear.
struct Block {
  Network network;
  DenseLayer conv1, conv2, average, classes;
  std::vector<std::vector<size_t>> windows;  ///< of the max pool: the entries each unit reads, in row-major order
  at::Tensor inputs;
};

Block random_block(bool counts_padding, uint64_t seed) {
  GraphBuilder g({2, 6, 6});
  const auto drawn = [&](const std::vector<int64_t>& shape, uint64_t draw) {
    return testing::uniform(shape, -0.5, 0.5, 100 * seed + draw);
  };
  const std::vector<int64_t> two{2, 2}, three{3, 3}, one{1, 1}, none{0, 0};
  const int conv1 = g.convolution("conv1", g.input(), drawn({3, 2, 3, 3}, 0), drawn({3}, 1), 1, 1);
  const int a = g.node(Op::relu, "relu1", {conv1});
  const int conv2 = g.convolution("conv2", a, drawn({3, 3, 3, 3}, 2), drawn({3}, 3), 1, 1);
  const int sum = g.node(Op::relu, "relu2", {g.node(Op::add, "sum", {conv2, a})});
  const int average = g.node(Op::avg_pool, "average", {sum},
                             {{"kernel", three},
                              {"stride", two},
                              {"padding", one},
                              {"ceil_mode", false},
                              {"count_include_pad", counts_padding},
                              {"divisor", int64_t{0}}});
  const int maximum = g.node(Op::max_pool, "maximum", {average},
                             {{"kernel", two}, {"stride", one}, {"padding", none}, {"dilation", one}, {"ceil_mode", false}});
  const int classes = g.linear("classes", g.flatten("flat", maximum, 12), drawn({3, 12}, 4), drawn({3}, 5));
  Block out;
  out.network = g.finish(classes);
  out.conv1 = testing::dense_layer(out.network, conv1, {2, 6, 6});
  out.conv2 = testing::dense_layer(out.network, conv2, {3, 6, 6});
  out.average = testing::dense_layer(out.network, average, {3, 6, 6});
  out.classes = testing::dense_layer(out.network, classes, {12});
  for (size_t c = 0; c < 3; ++c) {
    for (const size_t corner : {0, 1, 3, 4}) {
      std::vector<size_t> window;
      for (const size_t offset : {0, 1, 3, 4}) window.push_back(9 * c + corner + offset);
      out.windows.push_back(std::move(window));
    }
  }
  out.inputs = testing::uniform({2, 2, 6, 6}, -1, 1, 100 * seed + 6);
  return out;
}

Numbers rectified(Numbers values) {
  for (double& value : values) value = std::max(value, 0.0);
  return values;
}

/// Every window's relevance at its first maximum.
DenseRelevance routed(const Block& block, const Numbers& a, const DenseRelevance& arrived) {
  DenseRelevance out(a.size());
  for (size_t j = 0; j < block.windows.size(); ++j) {
    size_t chosen = block.windows[j][0];
    for (const size_t i : block.windows[j]) chosen = a[i] > a[chosen] ? i : chosen;
    out.values[chosen] += arrived.values[j];
    out.doubt[chosen] += arrived.doubt[j];
  }
  return out;
}

RC_GTEST_PROP(Lrp, SharesPoolsAndSumsAsTheSheetSays, ()) {
  const bool counts_padding = *rc::gen::arbitrary<bool>();
  const Block block = random_block(counts_padding, *rc::gen::inRange<uint64_t>(0, 1000000));
  MatrixRule share;  // of sums and averages
  share.stabiliser = *rc::gen::element<std::string>("add", "clip", "zero-only");
  share.epsilon = share.stabiliser_epsilon = 0.05;
  MatrixRule plus = share;
  plus.rule = "z-plus";
  for (const std::string residual : {"proportional", "absolute", "half"}) {
    const at::Tensor maps =
        maps_of("lrp:rule=z-plus,stabiliser-epsilon=0.05,stabiliser=" + share.stabiliser + ",residual=" + residual, block.network,
                block.inputs);
    for (int64_t row = 0; row < 2; ++row) {
      const Numbers x = testing::numbers_of(block.inputs[row]);
      const Numbers a = rectified(block.conv1.values(x)), branch = block.conv2.values(a);
      Numbers sum = branch;
      for (size_t k = 0; k < sum.size(); ++k) sum[k] += a[k];
      const Numbers behind = rectified(sum), averages = block.average.values(behind);
      Numbers maxima;
      for (const auto& window : block.windows) {
        double largest = averages[window[0]];
        for (const size_t i : window) largest = std::max(largest, averages[i]);
        maxima.push_back(largest);
      }
      DenseLeaks leaks;
      const double logit = block.classes.values(maxima)[kTarget];
      DenseRelevance R = testing::sent_by(plus, block.classes, maxima, at_target(logit), leaks);
      R = testing::sent_by(share, block.average, behind, routed(block, averages, R), leaks);
      const auto [to_branch, to_identity] = testing::shared_by_sum(residual, share, branch, a, R);
      R = testing::sent_by(plus, block.conv2, a, to_branch, leaks);
      for (size_t k = 0; k < a.size(); ++k) {
        R.values[k] += to_identity.values[k];
        R.doubt[k] += to_identity.doubt[k];
      }
      R = testing::sent_by(plus, block.conv1, x, R, leaks);
      RC_ASSERT(testing::excess(maps[row], R) <= 1);
    }
  }
}

}  // namespace
}  // namespace faultline
