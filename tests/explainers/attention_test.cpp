// Relevance through attention and layer norm: closed forms, and a small transformer.
#include <gtest/gtest.h>

#include "explainers/explainer.h"
#include "explainers/relevance/ledger.h"
#include "explainers/relevance/relevance_walk.h"
#include "support/gradcheck.h"
#include "support/held_dataset.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::rows;
using Sizes = std::vector<int64_t>;

/// Printed numbers of the relevance sheet carry six decimals.
constexpr double kPrinted = 1e-6;

void expect_near(const at::Tensor& values, const at::Tensor& expected, const char* what) {
  EXPECT_LE((values.reshape({-1}) - expected.reshape({-1})).abs().max().item<double>(), kPrinted) << what << ": " << values;
}

/// O = softmax(S) V over two tokens, S and V read from eight inputs.
struct Attention {
  Network network;
  int scores, probabilities, values, output;
};

Attention attention() {
  GraphBuilder g({8});
  const auto half = [&](const std::string& name, int64_t start) {
    const int part = g.node(Op::slice, name + ".part", {g.input()},
                            {{"dim", int64_t{1}}, {"start", start}, {"end", start + 4}, {"step", int64_t{1}}});
    return g.node(Op::reshape, name, {part}, {{"size", Sizes{0, 2, 2}}, {"per_batch", Sizes{1, 0, 0}}});
  };
  Attention out;
  out.scores = half("scores", 0);
  out.values = half("values", 4);
  out.probabilities = g.node(Op::softmax, "softmax", {out.scores}, {{"dim", int64_t{2}}});
  out.output = g.node(Op::matmul, "mix", {out.probabilities, out.values});
  out.network = g.finish(g.flatten("flat", out.output, 4));
  return out;
}

/// What arrives at a node of the sheet's example when R_O does at the output of attention.
at::Tensor arriving(const Attention& of, AttentionMode mode, int at_node, Ledger* ledger = nullptr) {
  RelevanceOptions options;
  options.attention = mode;
  options.stabiliser_option = StabiliserOption::zero_only;
  const Walk walk(of.network, relevance_rules(of.network, Composite::parse("any-linear = epsilon"), options, LegalRange()));
  const WalkTape tape = walk.run(rows({{0, std::log(3.0), 0, 0, 4, 0, 4, -8}}), false);
  if (ledger) *ledger = walk.new_ledger(1);
  return walk.back(tape, rows({{4, -6}, {0, 0}}).unsqueeze(0), of.output, at_node, ledger);
}

TEST(Attention, SharesAsTheSheetHasIt) {  // 18.5
  const Attention of = attention();
  expect_near(arriving(of, AttentionMode::detach, of.values), rows({{1, 0}, {3, -6}}), "R_V, detach");
  expect_near(arriving(of, AttentionMode::detach, of.scores), rows({{0, 0}, {0, 0}}), "R_S, detach");
  expect_near(arriving(of, AttentionMode::attn_lrp, of.values), rows({{0.5, 0}, {1.5, -3}}), "R_V, attn-lrp");
  expect_near(arriving(of, AttentionMode::attn_lrp, of.probabilities), rows({{0.5, -1.5}, {0, 0}}), "R_P, attn-lrp");
  Ledger ledger;
  expect_near(arriving(of, AttentionMode::attn_lrp, of.scores, &ledger), rows({{0, -0.823959}, {0, 0}}), "R_S, attn-lrp");
  expect_near(ledger.total(LedgerColumn::non_conservative), rows({{-0.176041}}), "what softmax loses");
}

TEST(LayerNorm, SharesAsTheSheetHasIt) {  // 18.5
  const auto walked = [](const at::Tensor& gamma, const at::Tensor& beta, Ledger* ledger) {
    GraphBuilder g({3});
    const int norm = g.node(Op::layer_norm, "norm", {g.input(), g.parameter("gamma", gamma), g.parameter("beta", beta)},
                            {{"normalized_shape", Sizes{3}}, {"eps", 1e-14}});
    const Network network = g.finish(norm);
    RelevanceOptions options;
    options.stabiliser_option = StabiliserOption::zero_only;
    const Walk walk(network, relevance_rules(network, Composite::parse("any-linear = epsilon"), options, LegalRange()));
    const WalkTape tape = walk.run(rows({{1, 2, 6}}), false);
    *ledger = walk.new_ledger(1);
    return walk.back(tape, rows({{-2, 1, 3}}), network.graph().output, network.graph().input, ledger);
  };
  Ledger plain, affine;
  const at::Tensor ones = at::ones({3}, at::kDouble);
  expect_near(walked(ones, at::zeros({3}, at::kDouble), &plain), rows({{0.666667, -2.666667, 4}}), "plain");
  expect_near(plain.leaks(), rows({{0}}), "its leaks");
  const at::Tensor map = walked(at::tensor({2.0, 1.0, 0.5}, at::kDouble), at::tensor({0.0, 1.0, 0.0}, at::kDouble), &affine);
  expect_near(map, rows({{0.046038, -0.184153, 0.276229}}), "with gamma and beta");
  expect_near(affine.total(LedgerColumn::normalisation) + affine.total(LedgerColumn::bias), rows({{1.861886}}), "beta's share");
}

/// Two heads, two blocks, a class token: pictures cut into four patches.
Network transformer() {
  const int64_t width = 8, heads = 2, tokens = 5;
  uint64_t seed = 1;
  const auto numbers = [&](const Sizes& shape) { return testing::normal(shape, ++seed) * 0.4; };
  GraphBuilder g({3, 4, 4});
  const int patches = g.convolution("embed", g.input(), numbers({width, 3, 2, 2}), numbers({width}), 2);
  const int flat = g.node(Op::reshape, "tokens", {patches}, {{"size", Sizes{0, width, 4}}, {"per_batch", Sizes{1, 0, 0}}});
  const int turned = g.node(Op::permute, "turned", {flat}, {{"dims", Sizes{0, 2, 1}}});
  const int token = g.node(Op::expand, "class-token", {g.parameter("token", numbers({1, 1, width}))},
                           {{"size", Sizes{0, 1, width}}, {"per_batch", Sizes{1, 0, 0}}});
  int x = g.node(Op::cat, "sequence", {token, turned}, {{"dim", int64_t{1}}});
  x = g.node(Op::add, "positions", {x, g.parameter("position", numbers({1, tokens, width}))});
  for (const std::string block : {"block1", "block2"}) {
    const auto norm = [&](const std::string& name, int from) {
      return g.node(
          Op::layer_norm, block + name,
          {from, g.parameter(block + name + ".g", 1 + numbers({width})), g.parameter(block + name + ".b", numbers({width}))},
          {{"normalized_shape", Sizes{width}}, {"eps", 1e-5}});
    };
    const int before = norm(".norm1", x);
    const auto head = [&](const std::string& name) {
      const int all = g.linear(block + name, before, numbers({width, width}), numbers({width}));
      const int cut = g.node(Op::reshape, block + name + ".cut", {all},
                             {{"size", Sizes{0, tokens, heads, width / heads}}, {"per_batch", Sizes{1, 0, 0, 0}}});
      return g.node(Op::permute, block + name + ".heads", {cut}, {{"dims", Sizes{0, 2, 1, 3}}});
    };
    const int q = head(".q"), k = head(".k"), v = head(".v");
    const int k_turned = g.node(Op::permute, block + ".k.turned", {k}, {{"dims", Sizes{0, 1, 3, 2}}});
    const int product = g.node(Op::matmul, block + ".scores", {q, k_turned});
    const int scaled = g.node(Op::div, block + ".scaled", {product, g.scalar(block + ".scale", 2.0)});
    const int p = g.node(Op::softmax, block + ".softmax", {scaled}, {{"dim", int64_t{3}}});
    const int mixed =
        g.node(Op::permute, block + ".mixed", {g.node(Op::matmul, block + ".mix", {p, v})}, {{"dims", Sizes{0, 2, 1, 3}}});
    const int joined =
        g.node(Op::reshape, block + ".joined", {mixed}, {{"size", Sizes{0, tokens, width}}, {"per_batch", Sizes{1, 0, 0}}});
    x = g.node(Op::add, block + ".sum1", {x, g.linear(block + ".proj", joined, numbers({width, width}), numbers({width}))});
    const int hidden = g.linear(block + ".fc1", norm(".norm2", x), numbers({2 * width, width}), numbers({2 * width}));
    const int active = g.node(Op::gelu, block + ".gelu", {hidden}, {{"approximate", std::string("none")}});
    x = g.node(Op::add, block + ".sum2", {x, g.linear(block + ".fc2", active, numbers({width, 2 * width}), numbers({width}))});
  }
  const int first = g.node(Op::select, "first", {x}, {{"dim", int64_t{1}}, {"index", int64_t{0}}});
  return g.finish(g.linear("head", first, numbers({3, width}), numbers({3})));
}

TEST(Transformer, EveryWalkAccountsForItsRelevance) {
  const Network network = transformer();
  const Samples samples = testing::samples_at(testing::uniform({3, 3, 4, 4}, 0, 1, 99), 1);
  Context context;
  context.ledger = true;
  for (const char* spec :
       {"lrp:rule=zero", "lrp:rule=epsilon,epsilon=0.01", "lrp:rule=gamma", "lrp:rule=z-plus,attention=attn-lrp",
        "lrp:rule=epsilon,norm=pass", "lrp:composite=epsilon-plus", "lrp:rule=epsilon,attention=gradient-x-input", "deep-taylor",
        "excitation-backprop", "pattern-attribution"}) {
    const auto explainer = explainers().make(spec);
    if (explainer->traits().needs_fitting) explainer->fit(network, testing::HeldDataset(samples.inputs), context);
    const Explanation explanation = explainer->explain(network, samples, context);
    EXPECT_TRUE(explanation.maps.isfinite().all().item<bool>()) << spec;
    EXPECT_GT(explanation.maps.abs().max().item<double>(), 0) << spec;
    const Ledger& ledger = *explanation.ledger;
    for (int node = 0; node < ledger.nodes(); ++node) {
      const at::Tensor magnitude = ledger.of(node, LedgerColumn::magnitude).clamp_min(1e-300);
      EXPECT_LE((ledger.rounding(node).abs() / magnitude).max().item<double>(), 1e-11)
          << spec << " at " << ledger.operation(node) << " " << ledger.name(node);
    }
  }
}

TEST(Transformer, DeepLiftIsExactThroughAttention) {
  const Network network = transformer();
  const at::Tensor x = testing::uniform({3, 3, 4, 4}, 0, 1, 99);
  const at::Tensor maps = explainers().make("deep-lift")->explain(network, testing::samples_at(x, 1), {}).maps;
  const at::Tensor change = (network.logits(x) - network.logits(at::zeros_like(x))).select(1, 1);
  EXPECT_LE((maps.flatten(1).sum(1) - change).abs().max().item<double>(),
            1e-11 * maps.abs().flatten(1).sum(1).max().item<double>());
}

}  // namespace
}  // namespace faultline
