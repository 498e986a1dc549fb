#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "explainers/explainer.h"
#include "explainers/ledger_check.h"
#include "models/plan_generator.h"
#include "models/transforms.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

std::shared_ptr<const Ledger> ledger_of(const std::string& spec, const Network& network, const at::Tensor& x) {
  Context context;
  context.ledger = true;
  return explainers().make(spec)->explain(network, testing::samples_at(x.to(network.dtype())), context).ledger;
}

/// Map and leaks add up to what was explained, and every node's columns to what arrived there, by formula and not by remainder.
void expect_closed(const Network& network, const at::Tensor& x) {
  const auto tolerance = testing::ClosingTolerance::of(network.dtype());
  const std::vector<std::string>& specs = testing::ledger_specs();
  for (size_t i = *rc::gen::inRange<size_t>(0, 3); i < specs.size(); i += 3) {
    for (const std::string& fault : testing::faults_of(*ledger_of(specs[i], network, x), tolerance)) {
      RC_FAIL(specs[i] + ": " + fault);
    }
  }
}

RC_GTEST_PROP(Ledger, ClosesOnRandomNetworks, ()) {
  const auto plan = *arbitrary_network_plan();
  expect_closed(network_of(plan), inputs_of(plan, 3));
}

RC_GTEST_PROP(Ledger, ClosesOnRandomNetworksInFloat32, ()) {
  const auto plan = *arbitrary_network_plan();
  expect_closed(to(network_of(plan), at::kFloat), inputs_of(plan, 3));
}

at::Tensor numbers(int64_t n, double step) { return at::sin(at::arange(n, at::kDouble) * step); }

/// Where relevance leaks in every way: a shift before the first layer, explicit padding with a value, batch norm that is not
/// folded, a constant piece of a concatenation, units without numerators, an activation whose gradient is taken.
Network leaky_network() {
  GraphBuilder g({1, 4, 4});
  int x = g.node(Op::sub, "centre", {g.input(), g.scalar("mean", 0.3)});
  x = g.node(Op::pad, "pad", {x},
             {{"pads", std::vector<int64_t>{1, 1, 1, 1}}, {"mode", std::string("constant")}, {"value", 0.5}});
  x = g.convolution("conv", x, numbers(18, 1.3).reshape({2, 1, 3, 3}), numbers(2, 0.7) + 0.2);
  x = g.batch_norm("norm", x, numbers(2, 0.9) + 1, numbers(2, 1.9), numbers(2, 2.3) / 5, numbers(2, 0.4) + 1);
  x = g.flatten("flat", g.node(Op::silu, "silu", {x}), 32);
  x = g.node(Op::add, "sum", {x, g.linear("mix", x, numbers(32 * 32, 0.31).reshape({32, 32}) / 6)});
  // The first unit has weights 0 and a bias.
  const at::Tensor weight = numbers(6 * 32, 0.77).reshape({6, 32}) / 3 * (at::arange(6, at::kDouble) > 0).unsqueeze(1);
  x = g.node(Op::relu, "relu", {g.linear("hidden", x, weight, at::ones({6}, at::kDouble))});
  const int one = g.constant("token", at::full({1, 1}, 0.7, at::kDouble));
  const int token =
      g.node(Op::expand, "token.all", {one}, {{"size", std::vector<int64_t>{0, 1}}, {"per_batch", std::vector<int64_t>{1, 0}}});
  x = g.node(Op::cat, "cat", {x, token}, {{"dim", int64_t{1}}});
  return g.finish(g.linear("classes", x, numbers(14, 1.1).reshape({2, 7}), numbers(2, 0.6) + 0.1));
}

/// Every entry that is left out shows: the check can say no.
TEST(Ledger, DoesNotCloseWhereABookingIsLeftOut) {
  const Network network = leaky_network();
  const at::Tensor x = numbers(32, 0.37).reshape({2, 1, 4, 4}).abs();
  const auto tolerance = testing::ClosingTolerance::of(at::kDouble);
  std::set<std::string> planted;
  for (const char* spec : {"lrp:rule=z-plus,affine=leak,batch-norm=leak,activation=gradient",
                           "lrp:rule=z-plus,bias=ignore,stabiliser=zero-only,batch-norm=pass", "lrp:rule=gamma",
                           "lrp:rule=alpha-beta,one-sided=keep"}) {
    const auto ledger = ledger_of(spec, network, x);
    EXPECT_TRUE(testing::faults_of(*ledger, tolerance).empty()) << spec << ": " << testing::faults_of(*ledger, tolerance)[0];
    for (int node = 0; node < ledger->nodes(); ++node) {
      for (int c = 0; c < kLedgerColumns; ++c) {
        const auto column = static_cast<LedgerColumn>(c);
        const at::Tensor amount = ledger->of(node, column).abs(), magnitude = ledger->of(node, LedgerColumn::magnitude);
        if (column == LedgerColumn::magnitude || !(amount > 1e-9 * magnitude).any().item<bool>()) continue;
        EXPECT_FALSE(testing::faults_of(testing::without(*ledger, node, column), tolerance).empty())
            << spec << " closes without " << name_of(column) << " at " << ledger->name(node);
        planted.insert(name_of(column));
      }
    }
  }
  EXPECT_EQ(planted, (std::set<std::string>{"in", "out", "bias", "stabiliser", "zero-denominator", "normalisation", "constant",
                                            "padding", "non-conservative"}));
}

}  // namespace
}  // namespace faultline
