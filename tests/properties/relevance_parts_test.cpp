// What relevance walks are made of, against its definition.
#include <gtest/gtest.h>

#include <map>

#include "explainers/min_max/min_max_model.h"
#include "explainers/relevance/graph_facts.h"
#include "explainers/relevance/stabiliser.h"
#include "models/small_nets.h"
#include "subjects.h"
#include "support/gradcheck.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

/// D + epsilon sign(D), sign(D) max(|D|, epsilon), or nothing at D = 0: in one loop where no derivative is asked for, by tensors
/// where one is.
TEST(Quotient, IsItsFormulaHoweverItIsComputed) {
  const std::vector<double> above{1, -2, 3, 4, 5}, below{0, 0.5, -0.5, 1e-3, -1e-3};
  const double epsilon = 0.01;
  for (const StabiliserKind kind : {StabiliserKind::add, StabiliserKind::clip, StabiliserKind::zero_only}) {
    for (const bool is_negative : {false, true}) {
      std::vector<double> wanted;
      for (size_t i = 0; i < above.size(); ++i) {
        const double D = below[i], sign = D < 0 || (D == 0 && is_negative) ? -1 : 1;
        double divisor = kind == StabiliserKind::add ? D + sign * epsilon : sign * std::max(std::abs(D), epsilon);
        if (kind == StabiliserKind::zero_only) divisor = D;
        wanted.push_back(divisor == 0 ? 0 : above[i] / divisor);
      }
      for (const bool is_differentiable : {false, true}) {
        const at::AutoGradMode mode(is_differentiable);
        const at::Tensor D = at::tensor(below, at::kDouble).set_requires_grad(is_differentiable);
        const at::Tensor found = quotient(at::tensor(above, at::kDouble), D, {kind, epsilon, is_negative}, {});
        EXPECT_TRUE(at::allclose(found.detach(), at::tensor(wanted, at::kDouble), 1e-14, 0))
            << found << static_cast<int>(kind) << is_negative << is_differentiable;
      }
    }
  }
}

/// What the stabiliser keeps is booked, apart where the denominator is zero: with what is sent on, all that arrived.
TEST(Quotient, BooksWhatItKeeps) {
  GraphBuilder g({5});
  const Network network = g.finish(g.linear("fc", g.input(), testing::normal({5, 5}, 1)));
  const at::Tensor R = testing::rows({{1, -2, 3, 4, 5}}), D = testing::rows({{0, 0.5, -0.5, 1e-3, 0}});
  for (const StabiliserKind kind : {StabiliserKind::add, StabiliserKind::clip, StabiliserKind::zero_only}) {
    Ledger ledger(network.graph(), std::vector<int64_t>(network.graph().nodes.size(), 0), 1, at::kCPU);
    const int node = network.graph().find("fc");
    const at::Tensor sent = quotient(R, D, {kind, 0.01, false}, {&ledger, node}) * D;
    const double stabiliser = ledger.of(node, LedgerColumn::stabiliser).item<double>();
    const double at_zero = ledger.of(node, LedgerColumn::zero_denominator).item<double>();
    EXPECT_NEAR(at_zero, 1 + 5, 1e-12);
    EXPECT_NEAR(sent.sum().item<double>() + stabiliser + at_zero, R.sum().item<double>(), 1e-12);
    EXPECT_EQ(stabiliser != 0, kind != StabiliserKind::zero_only);
  }
}

/// Montavon 2017, equations 8 to 13: on one linear layer each domain of the inputs has its shares in closed form.
TEST(DeepTaylor, SharesByTheDomainOfItsInputs) {
  const at::Tensor w = testing::rows({{0.7, -0.4, 0.9, -0.2, 0.3}}), x = testing::rows({{0.5, 0.1, 0.8, 0.3, 0}});
  GraphBuilder g({5});
  const Network network = g.finish(g.linear("fc", g.input(), w));
  const at::Tensor f = x.matmul(w.t()), up = w.clamp_min(0), down = w.clamp_max(0);
  ASSERT_GT(f.item<double>(), 0);
  const double low = -0.25, high = 1.5;
  Context context;
  context.range = {{low}, {high}};
  const std::map<std::string, at::Tensor> shares{
      {"z-plus", x * up}, {"w-square", w * w}, {"z-box", x * w - low * up - high * down}};
  for (const auto& [domain, share] : shares) {
    const auto explainer = explainers().make("deep-taylor:input=" + domain);
    const at::Tensor map = explainer->explain(network, testing::samples_at(x), context).maps;
    EXPECT_TRUE(at::allclose(map, share / share.sum() * f, 1e-9, 1e-12)) << domain << "\n" << map;
  }
}

/// Achtibat 2024, proposition 3.1: of what a softmax gives away, each score gets x_i (R_i - P_i sum R).
TEST(Lrp, TakesSoftmaxByItsTaylorExpansion) {
  const at::Tensor v = testing::normal({2, 4}, 1), x = testing::normal({3, 4}, 2);
  GraphBuilder g({4});
  const Network network = g.finish(g.linear("fc", g.node(Op::softmax, "softmax", {g.input()}, {{"dim", int64_t{1}}}), v));
  const at::Tensor P = at::softmax(x, 1), R = P * v[0];
  const at::Tensor map =
      explainers().make("lrp:rule=zero,attention=attn-lrp")->explain(network, testing::samples_at(x, 0), Context{}).maps;
  EXPECT_TRUE(at::allclose(map, x * (R - P * R.sum(1, true)), 1e-9, 1e-12)) << map;
}

/// Rules for activations that are never negative are shorter: what is said to be one has to be one.
TEST(GraphFacts, CallNothingNonNegativeThatIsNot) {
  std::vector<std::pair<Network, at::Tensor>> cases;
  for (const testing::Subject& subject : testing::subjects()) cases.emplace_back(subject.network, subject.samples.inputs);
  GraphBuilder g({3});
  const int a = g.node(Op::relu, "relu", {g.linear("fc1", g.input(), testing::normal({4, 3}, 1))});
  const int mixed = g.node(Op::add, "mixed", {a, g.parameter("both-signs", at::tensor({1.0, -2.0, 0.5, -0.1}, at::kDouble))});
  const int positive = g.node(Op::add, "positive", {a, g.parameter("one-sign", at::tensor({1.0, 2.0, 0.5, 0.1}, at::kDouble))});
  const Network network =
      g.finish(g.linear("fc2", g.node(Op::cat, "both", {mixed, positive}, {{"dim", int64_t{1}}}), testing::normal({2, 8}, 2)));
  cases.emplace_back(network, testing::uniform({5, 3}, -1, 1, 3));
  int said = 0;
  for (const auto& [of, inputs] : cases) {
    const GraphFacts facts = facts_of(of);
    for (const at::Tensor& x : {inputs, -inputs}) {
      const Tape tape = of.run_with_tape(x);
      for (size_t i = 0; i < tape.values.size(); ++i) {
        if (!facts.non_negative[i] || !tape.values[i].defined() || !tape.values[i].is_floating_point()) continue;
        EXPECT_GE(tape.values[i].min().item<double>(), 0) << of.graph().nodes[i].name;
        ++said;
      }
    }
  }
  EXPECT_GT(said, 30);
  const auto is_said = [&](const char* name) {
    return facts_of(network).non_negative[static_cast<size_t>(network.graph().find(name))] != 0;
  };
  EXPECT_TRUE(is_said("relu") && is_said("positive"));
  EXPECT_FALSE(is_said("mixed"));
}

/// Montavon 2017: what no feature above supports is inhibited; nothing makes a detector louder than its own evidence.
TEST(MinMaxDetectors, AreInhibitedAndNeverExcited) {
  LinearRuleOptions z_plus;
  z_plus.kind = LinearRuleKind::z_plus;
  const MinMaxModel model(small_mlp({4, 5, 3}, 2), z_plus);
  MinMaxLayer layer;
  for (size_t u = 0; u < 2; ++u) {
    layer.weight[u] = testing::normal({5, 4}, 10 + u);
    layer.top[u] = testing::normal({3, 5}, 20 + u);
    layer.shift[u] = testing::normal({5}, 30 + u);
  }
  const at::Tensor x = testing::uniform({16, 4}, 0, 1, 3);
  const MinMaxUnits units = model.units(model.walk().run(x, false), 0, layer, testing::uniform({16, 3}, 0, 1, 4));
  int quieter = 0, as_loud = 0;
  for (size_t u = 0; u < 2; ++u) {
    const at::Tensor alone = at::relu(model.layer(0).map(x, layer.weight[u]));
    EXPECT_TRUE(units.y[u].le(alone + 1e-12).all().item<bool>());
    const at::Tensor is_inhibited = units.inhibition[u]<0, is_on = alone> 0;
    quieter += static_cast<int>(is_inhibited.logical_and(is_on).logical_and(units.y[u] < alone).sum().item<int64_t>());
    EXPECT_TRUE(units.y[u].eq(alone).logical_or(is_inhibited).all().item<bool>());
    as_loud += static_cast<int>(is_inhibited.logical_not().logical_and(is_on).sum().item<int64_t>());
  }
  EXPECT_GT(quieter, 5);
  EXPECT_GT(as_loud, 5);
}

/// zero-denominator=uniform: what a unit cannot send to any input in proportion goes to all of them alike, and nothing is lost. A
/// unit of negative weights has no positive part for z-plus to share by.
TEST(ZeroDenominators, AreSentToAllInputsAlike) {
  GraphBuilder g({3});
  const int z = g.linear("fc1", g.input(), testing::rows({{1, 2, 1}, {-1, -1, -2}}), at::tensor({0.0, 5.0}, at::kDouble));
  const Network network = g.finish(g.linear("fc2", g.node(Op::relu, "relu", {z}), testing::rows({{1, 1}})));
  const at::Tensor x = testing::rows({{1, 1, 1}, {0.5, 0.25, 1}});
  const auto map = [&](const std::string& zero) {
    return explainers()
        .make("lrp:rule=z-plus,bias=ignore,stabiliser=zero-only,zero-denominator=" + zero)
        ->explain(network, testing::samples_at(x), Context{})
        .maps;
  };
  const at::Tensor hidden =
      at::relu(at::linear(x, testing::rows({{1, 2, 1}, {-1, -1, -2}}), at::tensor({0.0, 5.0}, at::kDouble)));
  const at::Tensor spread = map("uniform") - map("drop");
  for (int64_t column = 0; column < 3; ++column)
    EXPECT_TRUE(at::allclose(spread.select(1, column), hidden.select(1, 1) / 3, 1e-9, 1e-12)) << spread << hidden;
  EXPECT_TRUE(at::allclose(map("uniform").sum(1), hidden.sum(1), 1e-9, 1e-12));
}

}  // namespace
}  // namespace faultline
