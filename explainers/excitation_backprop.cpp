#include "explainers/excitation_backprop.h"

#include "core/error.h"
#include "explainers/relevance/relevance_explanation.h"
#include "models/apply_families.h"

namespace faultline {

namespace {

/// The activations that the one last linear layer reads.
int below_last_layer(const Network& network) {
  const GraphFacts facts = facts_of(network);
  int found = -1;
  for (size_t i = 0; i < facts.last.size(); ++i) {
    if (!facts.last[i]) continue;
    if (found >= 0)
      throw_input("the network", "has several last linear layers, so that there is no one dual unit of a class",
                  "use contrastive=0");
    const LinearLayer layer(network, static_cast<int>(i));
    found = network.graph().nodes[i].inputs[static_cast<size_t>(layer.activation_input())];
  }
  if (found < 0) throw_input("the network", "has no linear layer before its output", "use contrastive=0");
  return found;
}

/// Whether an activation or a normalisation may have a negative derivative.
bool may_fall(const Network& form, const Node& node) {
  switch (node.op) {
    case Op::batch_norm: {
      const int gamma = form.graph().nodes[static_cast<size_t>(node.inputs[1])].parameter;
      return gamma < 0 || form.parameters()[static_cast<size_t>(gamma)].min().item<double>() < 0;
    }
    case Op::layer_norm:
    case Op::group_norm: return true;
    case Op::leaky_relu: return node.number("slope") < 0;
    case Op::smooth_relu: return node.has("of");
    case Op::relu:
    case Op::relu6:
    case Op::clamp:
    case Op::threshold:
    case Op::hardsigmoid:
    case Op::elu:
    case Op::tanh:
    case Op::sigmoid:
    case Op::softplus:
    case Op::log_sigmoid:
    case Op::exp:
    case Op::erf: return false;
    default: return is_elementwise(node.op);
  }
}

bool has_falling_parts(const Network& form) {
  const GraphFacts facts = facts_of(form);
  const auto& nodes = form.graph().nodes;
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (facts.varies[i] && may_fall(form, nodes[i])) return true;
  }
  return false;
}

}  // namespace

const OptionTable<ExcitationBackprop::Options>& ExcitationBackprop::options() {
  using O = Options;
  static const auto table =
      OptionTable<O>()
          .choice<BiasMode>("bias", &O::bias, {{"leak", BiasMode::leak}, {"ignore", BiasMode::ignore}},
                            "whether the positive part of a bias takes a share", "leak: zennit; ignore: Zhang 2016")
          .choice<bool>("negative", &O::drops_negative, {{"pair", false}, {"drop", true}},
                        "negative inputs times negative weights count as positive, or not at all", "drop: Zhang 2016")
          .flag("contrastive", &O::is_contrastive, "less the walk from the dual unit, whose weights are negated", "Zhang 2016")
          .flag("positive", &O::keeps_positive, "of a contrastive map, only the positive part", "Zhang 2016")
          .choice<BatchNormOption>(
              "batch-norm", &O::batch_norm,
              {{"fold", BatchNormOption::fold}, {"fold-after", BatchNormOption::fold_after}, {"pass", BatchNormOption::pass}},
              "folded into the layers around it, or left where it is")
          .choice<Between>("between", &O::between,
                           {{"auto", Between::automatic}, {"pass", Between::pass}, {"gradient", Between::gradient}},
                           "activations and normalisations that are not folded: relevance passes, or follows their gradients; "
                           "auto: gradient, and pass with negative=drop",
                           "gradient: zennit; pass: TorchRay")
          .text("target", &O::target, "the explained class", "", "predicted|label|second|INT")
          .text("layer", &O::layer, "stop at this layer's output", "the paper stops at a pooling layer");
  return table;
}

ExcitationBackprop::ExcitationBackprop(Options options) : options_(std::move(options)) {
  if (!options_.keeps_positive && !options_.is_contrastive) {
    throw_usage(kName, "positive=0 goes with contrastive=1", "give both, or neither");
  }
}

Traits ExcitationBackprop::traits() const {
  Traits traits;
  traits.access = Access::layer_graph;
  traits.keeps_ledger = !options_.is_contrastive;
  traits.needs_smooth_network = false;  // activations enter the shares
  traits.is_signed = options_.is_contrastive && !options_.keeps_positive;
  return traits;
}

bool ExcitationBackprop::goes_by_gradients() const {
  return options_.between == Between::gradient || (options_.between == Between::automatic && !options_.drops_negative);
}

std::vector<Claim> ExcitationBackprop::claims(const Network& network) const {
  std::vector<Claim> claims{{"determinism", 0, "no random number is drawn"}};
  const auto form = form_of(network, options_.batch_norm);
  const bool keeps_sign = !shares_signed_values(*form) && !(goes_by_gradients() && has_falling_parts(*form));
  if (options_.is_contrastive ? options_.keeps_positive : keeps_sign) {
    claims.push_back({"positivity", 1e-6, "every share is a quotient of positive parts"});
  }
  if (!options_.is_contrastive) {
    claims.push_back({"conservativity-with-ledger", 1e-5, "map and ledger add up to 1"});
  }
  return claims;
}

std::shared_ptr<const BlockExplainer> ExcitationBackprop::on(const Network& network, const Samples&,
                                                             const Context& context) const {
  return network.memo().get<BlockExplainer>(
      print(canonical_spec(kName, options_, options())), [&]() -> std::shared_ptr<const BlockExplainer> {
        const auto form = form_of(network, options_.batch_norm);
        RelevanceOptions relevance;
        relevance.bias = options_.bias;
        relevance.batch_norm_option = options_.batch_norm;
        if (goes_by_gradients()) {
          relevance.activation = ActivationMode::gradient;
          relevance.batch_norm = BatchNormMode::gradient;
          relevance.norm = NormMode::gradient;
        }
        if (options_.bias == BiasMode::ignore && options_.drops_negative)
          relevance.stabiliser_option = StabiliserOption::zero_only;
        const Composite composite(std::vector<CompositeLine>{{"any-linear", "z-plus", {}}});
        const auto walk = [&](bool negates_last) {
          return std::make_shared<Walk>(
              *form, relevance_rules(*form, composite, relevance, context.range, options_.drops_negative, negates_last));
        };
        RelevanceExplanation::Parts parts;
        parts.walk = walk(false);
        parts.start = Start::one;
        parts.until = options_.layer.empty() ? form->graph().input : layer_named(*form, options_.layer);
        if (options_.is_contrastive) {
          parts.dual = walk(true);
          parts.meets = below_last_layer(*form);
          parts.keeps_positive = options_.keeps_positive;
        }
        return std::make_shared<RelevanceExplanation>(std::move(parts));
      });
}

}  // namespace faultline
