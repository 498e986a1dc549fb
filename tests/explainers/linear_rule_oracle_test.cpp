// Every rule of linear layers against the sheet's table written out over all pairs of a unit and an input.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/random.h"
#include "explainers/dense_rules.h"
#include "explainers/relevance/relevance_walk.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::DenseLayer;
using testing::DenseLeaks;
using testing::DenseRelevance;
using testing::MatrixRule;

/// A layer between a picture and nothing, of any geometry; with or without a ReLU before it, so that rules see inputs of both
/// signs and inputs known to be >= 0.
struct LayerPlan {
  enum class Kind { convolution, transposed, linear } kind = Kind::convolution;
  int64_t groups = 1, in_of_group = 1, out_of_group = 1, height = 4, width = 5;
  std::vector<int64_t> kernel{1, 1}, stride{1, 1}, padding{0, 0}, dilation{1, 1};
  bool has_bias = true, has_relu = false;
  uint64_t seed = 0;
};

void showValue(const LayerPlan& plan, std::ostream& out) {
  out << "kind " << static_cast<int>(plan.kind) << ", groups " << plan.groups << ", " << plan.in_of_group << " to "
      << plan.out_of_group << " channels each, kernel " << at::IntArrayRef(plan.kernel) << ", stride "
      << at::IntArrayRef(plan.stride) << ", padding " << at::IntArrayRef(plan.padding) << ", dilation "
      << at::IntArrayRef(plan.dilation) << (plan.has_bias ? ", bias" : "") << (plan.has_relu ? ", ReLU" : "") << ", seed "
      << plan.seed;
}

rc::Gen<LayerPlan> arbitrary_layer() {
  using rc::gen::inRange;
  using rc::gen::set;
  const auto pair = [](int64_t low, int64_t high) {
    return rc::gen::container<std::vector<int64_t>>(2, inRange<int64_t>(low, high));
  };
  return rc::gen::build<LayerPlan>(
      set(&LayerPlan::kind, rc::gen::element(LayerPlan::Kind::convolution, LayerPlan::Kind::convolution,
                                             LayerPlan::Kind::transposed, LayerPlan::Kind::linear)),
      set(&LayerPlan::groups, inRange<int64_t>(1, 3)), set(&LayerPlan::in_of_group, inRange<int64_t>(1, 3)),
      set(&LayerPlan::out_of_group, inRange<int64_t>(1, 3)), set(&LayerPlan::kernel, pair(1, 4)),
      set(&LayerPlan::stride, pair(1, 4)), set(&LayerPlan::padding, pair(0, 3)), set(&LayerPlan::dilation, pair(1, 3)),
      set(&LayerPlan::has_bias), set(&LayerPlan::has_relu), set(&LayerPlan::seed, rc::gen::arbitrary<uint64_t>()));
}

/// Numbers in [-1, 1], about a quarter of them exactly 0.
at::Tensor with_zeros(const std::vector<int64_t>& shape, uint64_t seed, uint32_t draw) {
  const auto n = static_cast<size_t>(c10::multiply_integers(shape));
  const at::Tensor u = at::tensor(RandomStream(seed, "test/layers", 0).uniforms(draw, n), at::kDouble) * 2 - 1;
  return (u * (u.abs() > 0.25)).reshape(shape);
}

struct Subject {
  Network network;
  int layer = 0, activations = 0;
  at::Tensor inputs, arrived;
};

Subject subject_of(const LayerPlan& plan) {
  Subject out;
  const int64_t channels = plan.groups * plan.in_of_group, features = channels * plan.height * plan.width;
  const bool is_linear = plan.kind == LayerPlan::Kind::linear, is_transposed = plan.kind == LayerPlan::Kind::transposed;
  const std::vector<int64_t> shape =
      is_linear ? std::vector<int64_t>{features} : std::vector<int64_t>{channels, plan.height, plan.width};
  GraphBuilder g(shape);
  out.activations = plan.has_relu ? g.node(Op::relu, "relu", {g.input()}) : g.input();
  const int64_t outputs = plan.groups * plan.out_of_group;
  const at::Tensor bias = plan.has_bias ? with_zeros({outputs}, plan.seed, 1) / 2 : at::Tensor();
  int last = -1;
  if (is_linear) {
    last = out.layer = g.linear("layer", out.activations, with_zeros({outputs, features}, plan.seed, 0), bias);
  } else {
    const int64_t first = is_transposed ? channels : outputs, second = is_transposed ? plan.out_of_group : plan.in_of_group;
    const at::Tensor weight = with_zeros({first, second, plan.kernel[0], plan.kernel[1]}, plan.seed, 0);
    std::vector<int> inputs{out.activations, g.parameter("layer.weight", weight)};
    if (plan.has_bias) inputs.push_back(g.parameter("layer.bias", bias));
    // Output padding makes a transposed convolution's border of units that read nothing.
    const std::vector<int64_t> output_padding(2, is_transposed && plan.stride[0] > 1 && plan.stride[1] > 1);
    out.layer = g.node(Op::convolution, "layer", inputs,
                       {{"stride", plan.stride},
                        {"padding", plan.padding},
                        {"dilation", plan.dilation},
                        {"output_padding", output_padding},
                        {"transposed", is_transposed},
                        {"groups", plan.groups}});
    last = g.node(Op::mean, "mean", {out.layer}, {{"dims", std::vector<int64_t>{2, 3}}, {"keepdim", false}});
  }
  out.network = g.finish(last);
  std::vector<int64_t> batch{2};
  batch.insert(batch.end(), shape.begin(), shape.end());
  out.inputs = with_zeros(batch, plan.seed, 2);
  out.arrived =
      with_zeros(out.network.run_with_tape(out.inputs).values[static_cast<size_t>(out.layer)].sizes().vec(), plan.seed, 3);
  return out;
}

/// Kernels that fit into the padded picture, and transposed ones whose result is not cropped away.
bool is_possible(const LayerPlan& plan) {
  for (size_t d = 0; d < 2; ++d) {
    const int64_t size = d == 0 ? plan.height : plan.width, reach = plan.dilation[d] * (plan.kernel[d] - 1) + 1;
    if (plan.kind == LayerPlan::Kind::convolution && size + 2 * plan.padding[d] < reach) return false;
    if (plan.kind == LayerPlan::Kind::transposed && (size - 1) * plan.stride[d] - 2 * plan.padding[d] + reach < 1) return false;
  }
  return true;
}

constexpr double kLow = -0.9, kHigh = 0.8;  // some inputs lie outside, where numerators are negative

Walk walk_of(const Network& network, const MatrixRule& rule) {
  RelevanceOptions options =
      parse_options(parse_spec("lrp:bias=" + rule.bias + ",stabiliser=" + rule.stabiliser + ",stabiliser-epsilon=0.2" +
                               ",zero-denominator=" + rule.zero_denominator + ",one-sided=" + rule.one_sided),
                    RelevanceOptions::options());
  const Composite composite = Composite::parse("any-linear = " + rule.rule + (rule.rule == "epsilon" ? ":epsilon=0.3" : ""));
  return Walk(network, relevance_rules(network, composite, options, LegalRange{{kLow}, {kHigh}}, rule.drops_negative_inputs));
}

void expect_the_table(const Subject& of, const DenseLayer& dense, const MatrixRule& rule) {
  const Walk walk = walk_of(of.network, rule);
  const at::NoGradGuard no_graph;
  const WalkTape tape = walk.run(of.inputs, false);
  Ledger ledger = walk.new_ledger(of.inputs.size(0));
  const at::Tensor R = walk.back(tape, of.arrived, of.layer, of.activations, &ledger);
  const at::Tensor a = tape.values[static_cast<size_t>(of.activations)];
  for (int64_t row = 0; row < a.size(0); ++row) {
    DenseLeaks leaks;
    const DenseRelevance arrived(testing::numbers_of(of.arrived[row]));
    const DenseRelevance expected = testing::sent_by(rule, dense, testing::numbers_of(a[row]), arrived, leaks);
    const auto leaked = [&](LedgerColumn column) { return ledger.of(of.layer, column)[row].item<double>(); };
    std::ostringstream said;
    said << rule.rule << ", bias=" << rule.bias << ", stabiliser=" << rule.stabiliser
         << ", zero-denominator=" << rule.zero_denominator << ", one-sided=" << rule.one_sided << ", row " << row << ": ";
    const double excess = testing::excess(R[row], expected);
    if (!(excess <= 1)) RC_FAIL(said.str() + "the map is " + std::to_string(excess) + " roundings off");
    double scale = 1e-300;
    for (size_t i = 0; i < expected.doubt.size(); ++i) scale += expected.doubt[i];
    for (const double R_j : arrived.values) scale += std::abs(R_j);
    for (const auto& [column, amount] : {std::pair{LedgerColumn::bias, leaks.bias},
                                         {LedgerColumn::stabiliser, leaks.stabiliser},
                                         {LedgerColumn::zero_denominator, leaks.zero_denominator}}) {
      if (!(std::abs(leaked(column) - amount) <= 1e-12 * scale)) {
        RC_FAIL(said.str() + name_of(column) + " is " + std::to_string(leaked(column)) + ", not " + std::to_string(amount));
      }
    }
  }
}

RC_GTEST_PROP(LinearRule, IsTheSheetsTableOnLayersOfAnyGeometry, ()) {
  const auto plan = *rc::gen::suchThat(arbitrary_layer(), is_possible);
  MatrixRule rule;
  rule.epsilon = 0.3;
  rule.stabiliser_epsilon = 0.2;
  rule.bias = *rc::gen::element<std::string>("leak", "ignore", "absorb-uniform", "absorb-proportional");
  rule.stabiliser = *rc::gen::element<std::string>("add", "clip", "zero-only");
  rule.zero_denominator = *rc::gen::element<std::string>("drop", "uniform");
  rule.one_sided = *rc::gen::element<std::string>("keep", "renormalise");
  const Subject of = subject_of(plan);
  const DenseLayer dense = testing::dense_layer(of.network, of.layer, of.inputs.sizes().slice(1));
  // The table is the layer's: it computes what the layer computes.
  const auto tape = of.network.run_with_tape(of.inputs);
  const at::Tensor a = tape.values[static_cast<size_t>(of.activations)], z = tape.values[static_cast<size_t>(of.layer)];
  for (int64_t row = 0; row < 2; ++row) {
    const at::Tensor own = at::tensor(dense.values(testing::numbers_of(a[row])), at::kDouble);
    RC_ASSERT(at::allclose(own, z[row].flatten(), 1e-12, 1e-13));
  }
  rule.low.assign(dense.inputs, plan.has_relu ? 0 : kLow);  // the legal range behind a ReLU
  rule.high.assign(dense.inputs, kHigh);
  for (const char* word : {"zero", "epsilon", "gamma", "alpha-beta", "z-plus", "w-square", "flat", "z-box"}) {
    rule.rule = word;
    expect_the_table(of, dense, rule);
  }
  rule.rule = "z-plus";
  rule.drops_negative_inputs = true;
  expect_the_table(of, dense, rule);
}

/// Numerators 1 and -1: the unit's output is 0, and it has something to send.
TEST(LinearRule, SendsWhatTheSheetSaysWhereNumeratorsCancelExactly) {
  GraphBuilder g({2});
  Subject of;
  of.layer = g.linear("layer", g.input(), testing::rows({{1, -1}}));
  of.network = g.finish(of.layer);
  of.inputs = testing::rows({{1, 1}});
  of.arrived = testing::rows({{5}});
  const DenseLayer dense = testing::dense_layer(of.network, of.layer, {2});
  for (const std::string stabiliser : {"add", "clip", "zero-only"}) {
    for (const std::string denominator : {"drop", "uniform"}) {
      MatrixRule rule;
      rule.epsilon = 0.3;
      rule.stabiliser_epsilon = 0.2;
      rule.stabiliser = stabiliser;
      rule.zero_denominator = denominator;
      for (const char* word : {"zero", "epsilon", "gamma"}) {
        rule.rule = word;
        expect_the_table(of, dense, rule);
      }
    }
  }
}

}  // namespace
}  // namespace faultline
