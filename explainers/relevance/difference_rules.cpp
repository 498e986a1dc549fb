#include "explainers/relevance/difference_rules.h"

#include "core/error.h"
#include "explainers/relevance/chain_rules.h"
#include "explainers/relevance/difference_slope.h"
#include "explainers/relevance/graph_facts.h"
#include "explainers/relevance/operation_rules.h"
#include "explainers/relevance/reveal_cancel.h"
#include "models/apply_families.h"

namespace faultline {

namespace {

/// Element-wise functions of one variable: m = d_out / d_in, the derivative where d_in vanishes.
class Rescale final : public Rule {
 public:
  bool needs_pull() const override { return true; }
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    size_t place = 0;
    while (!visit.varies[place]) ++place;
    const at::Tensor slope = visit.pull(at::ones_like(visit.output))[place];
    const at::Tensor d_in = visit.inputs[place] - visit.reference_inputs[place], d_out = visit.output - visit.reference_output;
    std::vector<at::Tensor> out(visit.inputs.size());
    out[place] = visit.arrived * slope_between(d_out, d_in, slope.defined() ? slope : at::zeros_like(d_in));
    return out;
  }
};

/// Rescale at a ReLU, whose derivative nobody needs to record.
class RescaleRelu final : public Rule {
 public:
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    return {through_relu(visit.arrived, visit.inputs[0], visit.reference_inputs[0])};
  }
};

/// max(a, b) = a + relu(b - a) and min(a, b) = a - relu(a - b): exact with Rescale at the ReLU.
class LargerOfTwo final : public Rule {
 public:
  explicit LargerOfTwo(bool is_maximum) : sign_(is_maximum ? 1 : -1) {}
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    const at::Tensor gap = sign_ * (visit.inputs[1] - visit.inputs[0]);
    const at::Tensor gap0 = sign_ * (visit.reference_inputs[1] - visit.reference_inputs[0]);
    const at::Tensor share = slope_between(at::relu(gap) - at::relu(gap0), gap - gap0, (gap.detach() > 0).to(gap.scalar_type()));
    return {visit.arrived * (1 - share), visit.arrived * share};
  }

 private:
  int sign_;
};

bool is_linear(const Node& node, int varying) {
  if (family_of(node.op) == Family::rearrangement) return true;
  switch (node.op) {
    case Op::add:
    case Op::sub:
    case Op::cat:
    case Op::where:
    case Op::masked_fill:
    case Op::batch_norm:
    case Op::avg_pool:
    case Op::adaptive_avg_pool:
    case Op::mean:
    case Op::sum:
    case Op::interpolate: return true;
    case Op::mul:
    case Op::matmul: return varying == 1;
    default: return false;
  }
}

/// Of one variable: x / c and c / x, powers and comparisons with a constant too.
bool is_function_of_one(const Node& node, int varying) {
  switch (node.op) {
    case Op::pow:
    case Op::div:
    case Op::maximum:
    case Op::minimum: return varying == 1;
    default: return is_elementwise(node.op);
  }
}

}  // namespace

const OptionTable<DifferenceOptions>& DifferenceOptions::options() {
  using O = DifferenceOptions;
  static const auto table =
      OptionTable<O>()
          .choice<DifferenceRule>(
              "rule", &O::rule,
              {{"rescale", DifferenceRule::rescale},
               {"reveal-cancel", DifferenceRule::reveal_cancel},
               {"genomics", DifferenceRule::genomics}},
              "how an activation behind a linear layer shares its difference; genomics: reveal-cancel behind dense layers alone",
              "Shrikumar 2017; captum and shap have rescale")
          .choice<DifferenceMaxPool>("max-pool", &O::max_pool,
                                     {{"exact", DifferenceMaxPool::exact}, {"captum", DifferenceMaxPool::captum}},
                                     "windows that overlap add up, or the last overwrites the others", "captum 0.8");
  return table;
}

void refuse_saturating(const std::string& method, Output output) {
  if (output == Output::probability || output == Output::log_probability) {
    throw_usage(method,
                "output=" + std::string(output == Output::probability ? "probability" : "log-probability") +
                    " saturates, and its multipliers with it",
                "use logit, logit-difference or logit-contrast");
  }
}

std::vector<std::shared_ptr<const Rule>> difference_rules(const Network& network, const DifferenceOptions& options) {
  const LayerGraph& graph = network.graph();
  const GraphFacts facts = facts_of(network);
  const std::vector<int> uses = graph.use_counts();
  const std::shared_ptr<const Rule> rescale = std::make_shared<Rescale>(), of_relu = std::make_shared<RescaleRelu>();
  std::vector<std::shared_ptr<const Rule>> rules(graph.nodes.size());
  for (int i = 0; i < static_cast<int>(graph.nodes.size()); ++i) {
    const auto place = static_cast<size_t>(i);
    const Node& node = graph.nodes[place];
    if (node.op == Op::input || node.parameter >= 0 || !facts.varies[place]) continue;
    std::vector<char> varies;
    int varying = 0;
    for (const int from : node.inputs) {
      varies.push_back(facts.varies[static_cast<size_t>(from)]);
      varying += varies.back();
    }
    if (facts.linear[place]) {
      rules[place] = linear_chain_rule(LinearLayer(network, i));
    } else if (is_function_of_one(node, varying)) {
      if (options.rule != DifferenceRule::rescale) {
        rules[place] = reveal_cancel(network, i, facts, uses, options.rule == DifferenceRule::genomics);
      }
      if (!rules[place]) rules[place] = node.op == Op::relu ? of_relu : rescale;
    } else if (is_linear(node, varying)) {
      rules[place] = adjoint_rule();  // the derivative is the multiplier
    } else if (node.op == Op::maximum || node.op == Op::minimum) {
      rules[place] = std::make_shared<LargerOfTwo>(node.op == Op::maximum);
    } else {
      rules[place] = difference_of_maximum(node, options.max_pool);
      if (!rules[place]) rules[place] = difference_of_product(node, varies);
      if (!rules[place]) rules[place] = difference_of_normalisation(node);
    }
    if (!rules[place]) {
      throw_input("layer " + node.name,
                  std::string("has the operation ") + name_of(node.op) + ", whose difference has no multiplier",
                  "use integrated-gradients");
    }
  }
  return rules;
}

}  // namespace faultline
