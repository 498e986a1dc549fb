#include "models/blocks.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <numeric>

#include "core/error.h"
#include "models/block_plan.h"
#include "models/graph_builder.h"
#include "models/small_nets.h"
#include "models/transforms.h"
#include "support/gradcheck.h"

namespace faultline {
namespace {

using testing::normal;

at::Tensor doubles(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }
at::Tensor longs(const std::vector<int64_t>& values) { return at::tensor(values, at::kLong); }

Points points_of(const at::Tensor& inputs, const at::Tensor& targets) {
  Points points;
  points.inputs = inputs;
  points.targets = targets;
  points.slots.resize(static_cast<size_t>(inputs.size(0)));
  std::iota(points.slots.begin(), points.slots.end(), 0);
  return points;
}

Points select(const Points& points, const std::vector<int64_t>& rows) {
  Points chosen;
  chosen.inputs = points.inputs.index_select(0, longs(rows));
  chosen.targets = points.targets.index_select(0, longs(rows));
  for (const int64_t row : rows) chosen.slots.push_back(points.slots[static_cast<size_t>(row)]);
  return chosen;
}

RC_GTEST_PROP(BlockPlan, PutsEveryRowOnceInItsOwnSlot, ()) {
  const int64_t size = *rc::gen::inRange<int64_t>(1, 7);
  const auto slots = *rc::gen::container<std::vector<int64_t>>(rc::gen::inRange<int64_t>(0, 30));
  std::vector<int> seen(slots.size(), 0);
  size_t fullest = 0;
  std::vector<size_t> of_slot(static_cast<size_t>(size), 0);
  for (const int64_t slot : slots) fullest = std::max(fullest, ++of_slot[static_cast<size_t>(slot % size)]);
  const auto plan = plan_blocks(slots, size);
  RC_ASSERT(plan.size() == fullest);
  for (const auto& block : plan) {
    RC_ASSERT(static_cast<int64_t>(block.row_of_slot.size()) == size);
    RC_ASSERT(!block.active_rows.empty());
    for (size_t i = 0; i < block.active_rows.size(); ++i) {
      const size_t row = static_cast<size_t>(block.active_rows[i]);
      ++seen[row];
      RC_ASSERT(slots[row] % size == block.active_slots[i]);
      RC_ASSERT(block.row_of_slot[static_cast<size_t>(block.active_slots[i])] == block.active_rows[i]);
    }
  }
  for (const int count : seen) RC_ASSERT(count == 1);
}

/// Everything the blocks compute, for exact comparison.
std::vector<at::Tensor> everything(const Network& network, const Points& points) {
  const auto both =
      gradient_and_product(network, points, Output::log_probability,
                           [](const at::Tensor& gradient, const std::vector<int64_t>&) { return gradient * gradient; });
  return {block_logits(network, points), input_gradient(network, points, Output::log_probability), both.maps, both.product};
}

TEST(Blocks, GiveTheSameBitsForAnyBatch) {
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    const Network network = to(with_softplus(small_cnn(3, 12, 12, 5, 3), 8), dtype);
    at::Tensor targets = at::arange(64, at::kLong).remainder(5);
    const Points all = points_of(normal({64, 3, 12, 12}, 4).to(dtype), targets);
    const auto expected = everything(network, all);
    for (const int64_t batch : {1, 7, 64}) {
      std::vector<std::vector<at::Tensor>> parts(expected.size());
      for (int64_t start = 0; start < 64; start += batch) {
        std::vector<int64_t> rows(static_cast<size_t>(std::min(batch, 64 - start)));
        std::iota(rows.begin(), rows.end(), start);
        const auto found = everything(network, select(all, rows));
        for (size_t k = 0; k < found.size(); ++k) parts[k].push_back(found[k]);
      }
      for (size_t k = 0; k < expected.size(); ++k)
        EXPECT_TRUE(at::cat(parts[k]).equal(expected[k])) << "batch " << batch << ", result " << k;
    }
    // A subset in another order, with two rows that want one slot.
    const std::vector<int64_t> rows{9, 2, 5, 1, 40};
    const auto found = everything(network, select(all, rows));
    for (size_t k = 0; k < expected.size(); ++k) EXPECT_TRUE(found[k].equal(expected[k].index_select(0, longs(rows)))) << k;
  }
}

TEST(Blocks, CountActiveRowsOnly) {
  const Network network = small_mlp({3, 4, 2}, 1);
  const Points points = points_of(normal({6, 3}, 1), longs({0, 1, 0, 1, 0, 1}));
  PassCount passes;
  block_logits(network, points, &passes);
  EXPECT_EQ(passes.forward, 6);
  EXPECT_EQ(passes.backward, 0);
  input_gradient(network, points, Output::logit, &passes);
  EXPECT_EQ(passes.forward, 12);
  EXPECT_EQ(passes.backward, 6);
  hessian_vector(network, points, Output::logit, points.inputs, &passes);
  EXPECT_EQ(passes.forward, 18);
  EXPECT_EQ(passes.backward, 12);
  EXPECT_EQ(passes.double_backward, 6);
}

TEST(Blocks, WorkUnderNoGradAndLeaveNoGraph) {
  const Network network = small_mlp({3, 4, 2}, 1);
  const Points points = points_of(normal({3, 3}, 1), longs({0, 1, 0}));
  const at::Tensor expected = input_gradient(network, points, Output::probability);
  EXPECT_GT(expected.abs().sum().item<double>(), 0);
  const at::AutoGradMode no_graph(false);
  const at::Tensor found = input_gradient(network, points, Output::probability);
  EXPECT_TRUE(found.equal(expected));
  EXPECT_FALSE(found.requires_grad());
  EXPECT_FALSE(at::GradMode::is_enabled());
}

TEST(Blocks, ShowMakeVTheGradientsOfItsRows) {
  const Network network = small_mlp({3, 4, 2}, 1);
  Points points = points_of(normal({5, 3}, 1), longs({0, 1, 0, 1, 1}));
  points.slots = {2, 6, 1, 0, 3};  // rows 0 and 1 want the same slot of a block of 4
  const at::Tensor gradients = input_gradient(network, points, Output::logit);
  std::vector<int64_t> seen;
  const auto make_v = [&](const at::Tensor& gradient, const std::vector<int64_t>& rows) {
    EXPECT_FALSE(gradient.requires_grad());
    EXPECT_TRUE(gradient.equal(gradients.index_select(0, longs(rows))));
    seen.insert(seen.end(), rows.begin(), rows.end());
    return gradient;
  };
  gradient_and_product(network, points, Output::logit, make_v);
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, (std::vector<int64_t>{0, 1, 2, 3, 4}));
}

/// f(x) = (2 x1 - x2 through an activation).
Network one_unit(Op activation) {
  GraphBuilder g({2});
  const int linear = g.linear("fc", g.input(), doubles({2, -1}).reshape({1, 2}));
  return g.finish(g.node(activation, "unit", {linear}));
}

TEST(Blocks, HessianOfOneSoftplusUnitIsTheClosedForm) {
  // gradient.md G12.
  const Network network = with_softplus(one_unit(Op::relu), 10);
  const Points points = points_of(doubles({0.5, 1}).reshape({1, 2}), longs({0}));
  EXPECT_NEAR(block_logits(network, points).item<double>(), 0.0693147180559945, 1e-15);
  EXPECT_TRUE(at::allclose(input_gradient(network, points, Output::logit), doubles({1, -0.5}).reshape({1, 2}), 1e-14, 1e-14));
  const auto row = [&](double v1, double v2) {
    return hessian_vector(network, points, Output::logit, doubles({v1, v2}).reshape({1, 2}));
  };
  EXPECT_TRUE(at::allclose(row(1, 0), doubles({10, -5}).reshape({1, 2}), 1e-13, 1e-13));
  EXPECT_TRUE(at::allclose(row(0, 1), doubles({-5, 2.5}).reshape({1, 2}), 1e-13, 1e-13));
}

TEST(Blocks, HessianOfAReluOrLinearNetworkIsZero) {
  const Points points = points_of(doubles({3, 1}).reshape({1, 2}), longs({0}));
  for (const Op op : {Op::relu, Op::neg}) {
    EXPECT_TRUE(hessian_vector(one_unit(op), points, Output::logit, doubles({1, 1}).reshape({1, 2}))
                    .equal(at::zeros({1, 2}, at::kDouble)));
  }
}

TEST(ExplainedOutput, FollowsItsDefinitions) {
  const at::Tensor logits = doubles({1, 2, 4, 0, -1, 3}).reshape({2, 3});
  const at::Tensor t = longs({2, 0}), u = longs({1, 2});
  const auto f = [&](Output output) { return explained_output(logits, output, t, u); };
  EXPECT_TRUE(f(Output::logit).equal(doubles({4, 0})));
  EXPECT_TRUE(f(Output::logit_difference).equal(doubles({2, -3})));
  EXPECT_TRUE(f(Output::logit_contrast).equal(doubles({4 - 1.5, 0 - 1})));
  const double p0 = std::exp(4) / (std::exp(1) + std::exp(2) + std::exp(4)), p1 = 1 / (1 + std::exp(-1) + std::exp(3));
  EXPECT_TRUE(at::allclose(f(Output::probability), doubles({p0, p1}), 1e-14, 1e-14));
  EXPECT_TRUE(at::allclose(f(Output::log_probability), doubles({std::log(p0), std::log(p1)}), 1e-14, 1e-14));
  EXPECT_THROW(explained_output(logits.narrow(1, 0, 1), Output::logit_contrast, longs({0, 0}), {}), Error);
}

TEST(Blocks, RefuseATargetThatIsNoClass) {
  const Network network = small_mlp({3, 2}, 1);
  EXPECT_THROW(input_gradient(network, points_of(normal({1, 3}, 1), longs({2})), Output::logit), Error);
  EXPECT_THROW(input_gradient(network, points_of(normal({1, 3}, 1), longs({-1})), Output::logit), Error);
}

TEST(Blocks, GiveNothingForNoRows) {
  const Network network = small_mlp({3, 2}, 1);
  const Points none = points_of(at::zeros({0, 3}, at::kDouble), at::zeros({0}, at::kLong));
  EXPECT_EQ(block_logits(network, none).size(0), 0);
  EXPECT_EQ(input_gradient(network, none, Output::logit).size(0), 0);
}

TEST(Blocks, RunAFrozenNetworkInItsOwnBatch) {
  // A reshape to exactly [3, 4] works for no other batch.
  LayerGraph graph = small_mlp({4, 2}, 1).graph();
  graph.frozen_batch = 3;
  Node reshape;
  reshape.op = Op::reshape;
  reshape.name = "frozen";
  reshape.inputs = {static_cast<int>(graph.nodes.size()) - 1};
  reshape.attributes = {{"size", std::vector<int64_t>{3, 2}}, {"per_batch", std::vector<int64_t>{0, 0}}};
  graph.nodes.push_back(reshape);
  graph.output = static_cast<int>(graph.nodes.size()) - 1;
  const Network original = small_mlp({4, 2}, 1);
  const Network network(std::make_shared<const LayerGraph>(graph), original.parameters());
  EXPECT_EQ(network.block_size(), 3);
  const Points points = points_of(normal({5, 4}, 1), longs({0, 1, 0, 1, 1}));
  EXPECT_TRUE(at::allclose(block_logits(network, points), block_logits(original, points), 1e-14, 1e-14));
}

}  // namespace
}  // namespace faultline
