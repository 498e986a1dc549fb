#include "explainers/relevance/relevance_walk.h"

#include <algorithm>

#include "core/error.h"
#include "core/nearest.h"
#include "core/numbers.h"
#include "explainers/relevance/input_bounds.h"

namespace faultline {

namespace {

template <class Mode>
using Words = std::vector<std::pair<std::string, Mode>>;

/// Rules that fit any operation but linear layers (universal_rule).
constexpr const char* kUniversal[] = {"pass", "gradient", "share"};

const Words<AffineMode> kAffine = {{"pass", AffineMode::pass}, {"leak", AffineMode::leak}, {"gradient", AffineMode::gradient}};
const Words<GateMode> kGate = {{"signal", GateMode::signal}, {"half", GateMode::half}};
const Words<ActivationMode> kActivation = {{"pass", ActivationMode::pass}, {"gradient", ActivationMode::gradient}};
const Words<MaxPoolMode> kMaxPool = {
    {"argmax", MaxPoolMode::argmax}, {"proportional", MaxPoolMode::proportional}, {"ties-split", MaxPoolMode::ties_split}};
const Words<AttentionMode> kAttention = {{"detach", AttentionMode::detach},
                                         {"attn-lrp", AttentionMode::attn_lrp},
                                         {"gradient-x-input", AttentionMode::gradient_x_input}};
const Words<NormMode> kNorm = {{"detach", NormMode::detach}, {"pass", NormMode::pass}, {"gradient", NormMode::gradient}};

}  // namespace

const OptionTable<RelevanceOptions>& RelevanceOptions::options() {
  using O = RelevanceOptions;
  static const auto table =
      OptionTable<O>()
          .choice<BiasMode>("bias", &O::bias,
                            {{"leak", BiasMode::leak},
                             {"ignore", BiasMode::ignore},
                             {"absorb-uniform", BiasMode::absorb_uniform},
                             {"absorb-proportional", BiasMode::absorb_proportional}},
                            "what becomes of the share of a bias", "leak: zennit; absorb-uniform: Bach 2015")
          .choice<StabiliserOption>("stabiliser", &O::stabiliser_option,
                                    {{"auto", StabiliserOption::automatic},
                                     {"add", StabiliserOption::add},
                                     {"clip", StabiliserOption::clip},
                                     {"zero-only", StabiliserOption::zero_only}},
                                    "what keeps denominators from zero; auto: add, and zero-only for rule=zero",
                                    "add: Bach 2015, zennit, captum")
          .number("stabiliser-epsilon", &O::stabiliser_epsilon, {0, 1e6}, "the stabiliser of every rule but epsilon", "zennit")
          .choice<bool>("zero-denominator", &O::spreads_zero_denominators, {{"drop", false}, {"uniform", true}},
                        "units that cannot send anything lose what arrives, or send it to all their inputs alike")
          .choice<bool>("one-sided", &O::renormalises_one_sided, {{"keep", false}, {"renormalise", true}},
                        "alpha-beta at units without a positive or a negative part", "keep: zennit")
          .choice<BatchNormOption>("batch-norm", &O::batch_norm_option,
                                   {{"fold", BatchNormOption::fold},
                                    {"fold-after", BatchNormOption::fold_after},
                                    {"pass", BatchNormOption::pass},
                                    {"leak", BatchNormOption::leak}},
                                   "folded into the layers around it, or passed; leak: the shift keeps its share",
                                   "fold-after is zennit's reach")
          .choice<ResidualMode>("residual", &O::residual, residual_words(), "how a sum of two branches shares")
          .choice<AffineMode>("affine", &O::affine, kAffine, "constants that are added or multiplied outside of layers")
          .choice<GateMode>("gate", &O::gate, kGate, "a product of two variables: all to the signal, or half to each",
                            "half: Achtibat 2024")
          .choice<ActivationMode>("activation", &O::activation, kActivation, "element-wise functions")
          .choice<MaxPoolMode>("max-pool", &O::max_pool, kMaxPool,
                               "to the first maximum, in proportion over the window, or to equal maxima alike")
          .choice<AttentionMode>("attention", &O::attention, kAttention, "products of two variables and softmax",
                                 "detach: Ali 2022; attn-lrp: Achtibat 2024")
          .choice<NormMode>("norm", &O::norm, kNorm, "layer and group norm", "detach: Ali 2022; gradient: zennit");
  return table;
}

Stabiliser RelevanceOptions::chosen_stabiliser() const {
  switch (stabiliser_option) {
    case StabiliserOption::clip: return {StabiliserKind::clip, stabiliser_epsilon};
    case StabiliserOption::zero_only: return {StabiliserKind::zero_only, stabiliser_epsilon};
    default: return {StabiliserKind::add, stabiliser_epsilon};
  }
}

std::shared_ptr<const Network> form_of(const Network& network, BatchNormOption batch_norm) {
  const BatchNormFolding folding = batch_norm == BatchNormOption::fold         ? BatchNormFolding::both
                                   : batch_norm == BatchNormOption::fold_after ? BatchNormFolding::after
                                                                               : BatchNormFolding::none;
  return network.memo().get<Network>("relevance form " + std::to_string(static_cast<int>(folding)),
                                     [&] { return std::make_shared<const Network>(relevance_form(network, folding)); });
}

namespace {

LinearRuleOptions linear_options(const Network& network, int index, const CompositeLine& line, LinearRuleKind kind,
                                 const RelevanceOptions& options, const LegalRange& range) {
  LinearRuleOptions out;
  out.kind = kind;
  out.epsilon = line.parameters.epsilon;
  out.alpha = line.parameters.alpha;
  out.beta = line.parameters.beta;
  out.gamma = line.parameters.gamma;
  out.stabiliser = options.chosen_stabiliser();
  out.bias = options.bias;
  out.spreads_zero_denominators = options.spreads_zero_denominators;
  out.renormalises_one_sided = options.renormalises_one_sided;
  if (kind == LinearRuleKind::alpha_beta && std::abs(out.alpha - out.beta - 1) > 1e-9) {
    throw_usage("alpha-beta", "alpha - beta is " + short_number(out.alpha - out.beta),
                "it must be 1, so that relevance is conserved");
  }
  if (kind == LinearRuleKind::z_box) {
    const Bounds bounds = bounds_of_layer(network, index, range, line.parameters.low, line.parameters.high);
    out.low = bounds.low;
    out.high = bounds.high;
  }
  return out;
}

template <class Mode>
Mode word_of(const CompositeLine& line, const Node& node, const Words<Mode>& words) {
  std::string allowed;
  for (const auto& [word, mode] : words) {
    if (word == line.rule) return mode;
    allowed += (allowed.empty() ? "" : ", ") + word;
  }
  for (const std::string universal : kUniversal) {
    if (std::none_of(words.begin(), words.end(), [&](const auto& word) { return word.first == universal; })) {
      allowed += ", " + universal;
    }
  }
  throw_usage("composite", "'" + line.rule + "' is no rule for " + name_of(node.op) + " " + node.name, "use " + allowed);
}

/// The options of one operation as a composite's line changes them.
OperationOptions changed(OperationOptions options, const CompositeLine& line, const Node& node) {
  switch (node.op) {
    case Op::add:
    case Op::sub:
      if (line.rule == "pass" || line.rule == "leak" || line.rule == "gradient") {
        options.affine = word_of<AffineMode>(line, node, kAffine);
      } else {
        options.residual = word_of<ResidualMode>(line, node, residual_words());
      }
      break;
    case Op::mul:
    case Op::div: options.gate = word_of<GateMode>(line, node, kGate); break;
    case Op::max_pool: options.max_pool = word_of<MaxPoolMode>(line, node, kMaxPool); break;
    case Op::batch_norm:
      options.batch_norm = word_of<BatchNormMode>(line, node, {{"pass", BatchNormMode::pass}, {"leak", BatchNormMode::leak}});
      break;
    case Op::layer_norm:
    case Op::group_norm: options.norm = word_of<NormMode>(line, node, kNorm); break;
    case Op::matmul:
    case Op::softmax: options.attention = word_of<AttentionMode>(line, node, kAttention); break;
    default: options.activation = word_of<ActivationMode>(line, node, kActivation);
  }
  return options;
}

/// The whole operation replaced by a rule that fits any.
std::shared_ptr<const Rule> universal_rule(const CompositeLine& line, const Stabiliser& stabiliser) {
  if (line.rule == kUniversal[0]) return pass_rule();
  if (line.rule == kUniversal[1]) return gradient_rule();
  if (line.rule == kUniversal[2]) return share_rule(stabiliser);
  return nullptr;
}

}  // namespace

std::vector<std::shared_ptr<const Rule>> relevance_rules(const Network& network, const Composite& composite,
                                                         const RelevanceOptions& options, const LegalRange& range,
                                                         bool drops_negative_inputs, bool negates_last) {
  const LayerGraph& graph = network.graph();
  const GraphFacts facts = facts_of(network);
  composite.check_names(network);
  OperationOptions operations = options;
  if (options.batch_norm_option == BatchNormOption::leak) operations.batch_norm = BatchNormMode::leak;
  operations.stabiliser = options.chosen_stabiliser();

  std::vector<std::shared_ptr<const Rule>> rules(graph.nodes.size());
  const int logits = logits_node(graph);
  for (int i = 0; i <= logits; ++i) {
    const auto place = static_cast<size_t>(i);
    const Node& node = graph.nodes[place];
    if (node.op == Op::input || node.parameter >= 0 || !facts.varies[place]) continue;
    const CompositeLine* line = composite.line_for(network, facts, i);
    if (!facts.linear[place]) {
      std::shared_ptr<const Rule> whole = line ? universal_rule(*line, operations.stabiliser) : nullptr;
      rules[place] = whole ? whole : operation_rule(network, i, line ? changed(operations, *line, node) : operations);
      continue;
    }
    if (!line)
      throw_usage("composite", std::string("has no rule for ") + name_of(node.op) + " " + node.name, "add a line for it");
    const LinearRuleKind* kind = nullptr;
    std::vector<std::string> words;
    for (const auto& [word, value] : linear_rule_words()) {
      words.push_back(word);
      if (word == line->rule) kind = &value;
    }
    if (!kind) throw_usage("rule '" + line->rule + "'", "is no rule for linear layers", suggestion(line->rule, words));
    LinearRuleOptions rule = linear_options(network, i, *line, *kind, options, range);
    rule.drops_negative_inputs = drops_negative_inputs;
    LinearLayer layer(network, i);
    if (negates_last && facts.last[place]) layer = layer.negated();
    const int activations = node.inputs[static_cast<size_t>(layer.activation_input())];
    rules[place] = std::make_shared<LinearRule>(std::move(layer), std::move(rule),
                                                facts.non_negative[static_cast<size_t>(activations)] != 0);
  }
  return rules;
}

}  // namespace faultline
