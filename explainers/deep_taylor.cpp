#include "explainers/deep_taylor.h"

#include "explainers/relevance/input_bounds.h"
#include "explainers/relevance/relevance_explanation.h"

namespace faultline {

namespace {

/// Units that may be active by their bias alone, and then have nobody to send to.
int64_t positive_biases(const Network& network) {
  int64_t count = 0;
  const GraphFacts facts = facts_of(network);
  for (size_t i = 0; i < facts.linear.size(); ++i) {
    if (!facts.linear[i] || !facts.varies[i]) continue;
    const LinearLayer layer(network, static_cast<int>(i));
    if (layer.bias().defined()) count += (layer.bias() > 0).sum().item<int64_t>();
  }
  return count;
}

/// z-plus everywhere but at the first layers. One of these whose input is no function of the pixels' range alone (a sum of pixels
/// and of another layer's output) has no box, and takes all numbers for its domain.
Composite composite_of(const Network& network, const DeepTaylor::Options& options) {
  std::vector<CompositeLine> lines;
  const GraphFacts facts = facts_of(network);
  for (size_t i = 0; i < facts.first.size(); ++i) {
    if (!facts.first[i]) continue;
    const Node& node = network.graph().nodes[i];
    const LinearLayer layer(network, static_cast<int>(i));
    const bool is_boxed = has_bounds(network, node.inputs[static_cast<size_t>(layer.activation_input())]);
    CompositeLine line{"name:" + node.name, "z-plus", {}};
    if (options.input == LinearRuleKind::z_box) line.rule = is_boxed ? "z-box" : "w-square";
    if (options.input == LinearRuleKind::w_square) line.rule = "w-square";
    line.parameters.low = options.low;
    line.parameters.high = options.high;
    lines.push_back(std::move(line));
  }
  lines.push_back({"any-linear", "z-plus", {}});
  return Composite(std::move(lines));
}

}  // namespace

const OptionTable<DeepTaylor::Options>& DeepTaylor::options() {
  using O = Options;
  static const auto table =
      OptionTable<O>()
          .choice<LinearRuleKind>(
              "input", &O::input,
              {{"z-box", LinearRuleKind::z_box}, {"w-square", LinearRuleKind::w_square}, {"z-plus", LinearRuleKind::z_plus}},
              "the domain of the inputs: a box, all numbers, or what is >= 0", "Montavon 2017")
          .number_or("auto", "low", &O::low, {-1e9, 1e9}, "z-box: the smallest legal pixel", "auto: the legal range")
          .number_or("auto", "high", &O::high, {-1e9, 1e9}, "z-box: the largest legal pixel", "auto: the legal range")
          .choice<BatchNormOption>(
              "batch-norm", &O::batch_norm,
              {{"fold", BatchNormOption::fold}, {"fold-after", BatchNormOption::fold_after}, {"pass", BatchNormOption::pass}},
              "folded into the layers around it, or passed")
          .text("target", &O::target, "the explained class", "", "predicted|label|second|INT")
          .text("layer", &O::layer, "stop at this layer's output and return its relevance");
  return table;
}

Traits DeepTaylor::traits() const {
  Traits traits;
  traits.access = Access::layer_graph;
  traits.keeps_ledger = true;
  traits.needs_smooth_network = false;  // activations enter the shares
  traits.is_signed = false;
  return traits;
}

std::vector<Claim> DeepTaylor::claims(const Network& network) const {
  const auto form = form_of(network, options_.batch_norm);
  const int64_t with_bias = positive_biases(*form);
  const std::string lost = with_bias == 0 ? ""
                                          : "; " + std::to_string(with_bias) +
                                                " biases are positive, and a unit active by its bias alone sends nothing on";
  std::vector<Claim> claims{{"determinism", 0, "no random number is drawn"},
                            {"conservativity", 1e-4, "shares of a unit add up to 1" + lost}};
  if (!shares_signed_values(*form)) {
    claims.push_back({"positivity", 1e-6, "every share is a quotient of numerators >= 0, and the start is"});
  }
  return claims;
}

std::shared_ptr<const BlockExplainer> DeepTaylor::on(const Network& network, const Samples&, const Context& context) const {
  const std::string key = print(canonical_spec(kName, options_, options())) + " " + print(context.range);
  return network.memo().get<BlockExplainer>(key, [&]() -> std::shared_ptr<const BlockExplainer> {
    const auto form = form_of(network, options_.batch_norm);
    RelevanceOptions relevance;
    relevance.bias = BiasMode::ignore;
    relevance.stabiliser_option = StabiliserOption::zero_only;
    relevance.batch_norm_option = options_.batch_norm;
    const Composite composite = composite_of(*form, options_);
    RelevanceExplanation::Parts parts;
    parts.walk = std::make_shared<Walk>(*form, relevance_rules(*form, composite, relevance, context.range));
    parts.starts_non_negative = true;
    parts.until = options_.layer.empty() ? form->graph().input : layer_named(*form, options_.layer);
    return std::make_shared<RelevanceExplanation>(std::move(parts));
  });
}

}  // namespace faultline
