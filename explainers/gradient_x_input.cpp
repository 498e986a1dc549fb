#include "explainers/gradient_x_input.h"

namespace faultline {
namespace {

/// True where f(c x) = c f(x) for c > 0 by construction: linear maps without bias, ReLU and leaky ReLU, poolings, rearrangements
/// and sums of such (Euler's theorem then gives sum x_i df/dx_i = f).
bool is_positively_homogeneous(const LayerGraph& graph) {
  static const std::set<Op> kHomogeneous = {Op::input,        Op::parameter,
                                            Op::constant,     Op::relu,
                                            Op::leaky_relu,   Op::prelu,
                                            Op::abs,          Op::max_pool,
                                            Op::avg_pool,     Op::adaptive_avg_pool,
                                            Op::maximum_over, Op::mean,
                                            Op::sum,          Op::cat,
                                            Op::reshape,      Op::adaptive_max_pool,
                                            Op::permute,      Op::expand,
                                            Op::slice,        Op::select,
                                            Op::neg,          Op::roll,
                                            Op::flip};
  const auto is_leaf = [&](int input) { return graph.nodes[input].op == Op::constant || graph.nodes[input].op == Op::parameter; };
  for (const auto& node : graph.nodes) {
    if (kHomogeneous.count(node.op)) continue;
    const bool without_bias = (node.op == Op::convolution || node.op == Op::linear) && node.inputs.size() == 2;
    const bool sum = (node.op == Op::add || node.op == Op::sub) && !is_leaf(node.inputs[0]) && !is_leaf(node.inputs[1]);
    if (!without_bias && !sum) return false;
  }
  return true;
}

}  // namespace

const OptionTable<GradientXInput::Options>& GradientXInput::options() {
  static const auto table = OptionTable<Options>().include(&Options::output, OutputOptions::options());
  return table;
}

std::vector<Claim> GradientXInput::claims(const Network& network) const {
  std::vector<Claim> claims = claims_of_derivatives();
  claims.push_back({"linearity", 1e-4, "differentiation is linear"});
  if (options_.output.output == Output::logit && is_positively_homogeneous(network.graph())) {
    claims.push_back({"conservativity", 1e-4, "the network is positively homogeneous of degree 1 (Euler's theorem)"});
  }
  return claims;
}

}  // namespace faultline
