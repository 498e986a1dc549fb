// What relevance walks are made of, against its definition.
#include <gtest/gtest.h>

#include "explainers/relevance/graph_facts.h"
#include "explainers/relevance/stabiliser.h"
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

}  // namespace
}  // namespace faultline
