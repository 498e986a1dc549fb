#include "explainers/lrp.h"

#include "core/error.h"
#include "core/nearest.h"
#include "explainers/relevance/input_gradient_walk.h"
#include "explainers/relevance/relevance_explanation.h"

namespace faultline {

namespace {

std::string word_of(LinearRuleKind kind) {
  for (const auto& [word, value] : linear_rule_words()) {
    if (value == kind) return word;
  }
  throw std::logic_error("a rule without a word");
}

Composite composite_of(const Lrp::Options& options) {
  if (!options.composite.empty()) {
    if (options.rule != Lrp::Options().rule || !options.upper.empty()) {
      throw_usage("lrp", "rule= and upper= mean nothing beside composite=", "leave them out, or write a table of your own");
    }
    // The spec's parentheses are gone by now; no name of a composite has an '='.
    if (options.composite.find('=') != std::string::npos) return Composite::parse(options.composite, options.parameters);
    return Composite::named(options.composite, options.parameters);
  }
  // These say something about the domain of a layer's input, which only the first layer's is known for.
  const bool is_for_inputs =
      options.rule == LinearRuleKind::z_box || options.rule == LinearRuleKind::flat || options.rule == LinearRuleKind::w_square;
  CompositeLine line{"any-linear", word_of(options.rule), options.parameters};
  const std::string upper = options.upper.empty() && options.rule == LinearRuleKind::z_box ? "z-plus" : options.upper;
  if (upper.empty()) return Composite({line});
  if (!is_for_inputs) throw_usage("lrp", "upper= goes with rule=z-box, flat or w-square", "use composite= for other tables");
  CompositeLine first = line;
  first.selector = "first";
  line.rule = upper;
  return Composite({first, line});
}

}  // namespace

const OptionTable<Lrp::Options>& Lrp::options() {
  static const auto table =
      OptionTable<Options>()
          .choice<LinearRuleKind>("rule", &Options::rule, linear_rule_words(), "the rule of every linear layer",
                                  "Bach 2015; Montavon 2017, 2019")
          .include(&Options::parameters, LinearRuleParameters::options())
          .text("upper", &Options::upper, "the rule of the layers above the first, for rule=z-box, flat or w-square",
                "z-plus for z-box")
          .text("composite", &Options::composite, "a table of rules instead of one; lines of your own: (selector = rule; ...)",
                "zennit's composites",
                "epsilon-plus|epsilon-plus-flat|epsilon-gamma-box|epsilon-alpha2-beta1|epsilon-alpha2-beta1-flat|(LINES)")
          .include(&Options::relevance, RelevanceOptions::options())
          .choice<Start>("output", &Options::start,
                         {{"logit", Start::logit},
                          {"one", Start::one},
                          {"logit-difference", Start::logit_difference},
                          {"logit-contrast", Start::logit_contrast},
                          {"softmax-contrast", Start::softmax_contrast},
                          {"clrp1", Start::contrast_others},
                          {"clrp2", Start::contrast_dual},
                          {"all", Start::all}},
                         "where relevance starts", "softmax-contrast: Iwana 2019; clrp: Gu 2018")
          .text("target", &Options::target, "the explained class", "", "predicted|label|second|INT")
          .text("layer", &Options::layer, "stop at this layer's output and return its relevance");
  return table;
}

Lrp::Lrp(Options options) : options_(std::move(options)), composite_(composite_of(options_)) {
  const bool has_composite = !options_.composite.empty();
  if (!has_composite && options_.rule == LinearRuleKind::zero &&
      options_.relevance.stabiliser_option == StabiliserOption::automatic) {
    // Otherwise sums and average pools would keep a part, and the map would not be gradient x input (relevance sheet 18.11).
    options_.relevance.stabiliser_option = StabiliserOption::zero_only;
  }
}

Traits Lrp::traits() const {
  Traits traits;
  traits.access = Access::layer_graph;
  traits.keeps_ledger = options_.start != Start::contrast_others && options_.start != Start::contrast_dual;
  traits.needs_smooth_network = false;  // activations enter the shares
  return traits;
}

std::vector<Claim> Lrp::claims(const Network&) const {
  std::vector<Claim> claims{{"determinism", 0, "no random number is drawn"}};
  if (traits().keeps_ledger) {
    claims.push_back(
        {"conservativity-with-ledger", 1e-5, "every node's leaks are in the ledger: map and leaks add up to the start"});
  }
  return claims;
}

std::unique_ptr<Explainer> Lrp::stand_in(const Network& network) const {
  const auto form = form_of(network, options_.relevance.batch_norm_option);
  const GraphFacts facts = facts_of(*form);
  for (size_t i = 0; i < facts.linear.size(); ++i) {
    // The last layers have no activation behind them; their rule does not matter.
    if (!facts.linear[i] || !facts.varies[i] || facts.last[i]) continue;
    const CompositeLine* line = composite_.line_for(*form, facts, static_cast<int>(i));
    if (line && line->rule != "zero" && line->rule != "epsilon") return nullptr;
  }
  const InnerLayer layer{options_.layer, options_.relevance.batch_norm_option};
  switch (options_.start) {
    case Start::logit_difference: return input_gradient_walk(Output::logit_difference, layer);
    case Start::logit_contrast: return input_gradient_walk(Output::logit_contrast, layer);
    default: return input_gradient_walk(Output::logit, layer);
  }
}

std::shared_ptr<const BlockExplainer> Lrp::on(const Network& network, const Samples&, const Context& context) const {
  const std::string key = print(canonical_spec(kName, options_, options())) + " " + print(context.range);
  return network.memo().get<BlockExplainer>(key, [&]() -> std::shared_ptr<const BlockExplainer> {
    const auto form = form_of(network, options_.relevance.batch_norm_option);
    RelevanceExplanation::Parts parts;
    parts.walk = std::make_shared<Walk>(*form, relevance_rules(*form, composite_, options_.relevance, context.range));
    if (options_.start == Start::contrast_dual) {
      parts.dual =
          std::make_shared<Walk>(*form, relevance_rules(*form, composite_, options_.relevance, context.range, false, true));
    }
    parts.start = options_.start;
    parts.until = options_.layer.empty() ? form->graph().input : layer_named(*form, options_.layer);
    return std::make_shared<RelevanceExplanation>(std::move(parts));
  });
}

}  // namespace faultline
