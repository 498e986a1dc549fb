#include "explainers/deep_taylor.h"

#include "core/error.h"
#include "core/numbers.h"
#include "core/random.h"
#include "explainers/min_max/min_max_explanation.h"
#include "explainers/min_max/min_max_fit.h"
#include "explainers/relevance/input_bounds.h"
#include "explainers/relevance/relevance_explanation.h"
#include "models/transforms.h"

namespace faultline {

namespace {

/// Units that may be active by their bias alone, and then have nobody to send to.
int64_t positive_biases(const Network& network) {
  int64_t count = 0;
  for (const auto& [node, layer] : linear_layers_of(network)) {
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
          .choice<RelevanceModel>(
              "model", &O::model, {{"training-free", RelevanceModel::training_free}, {"min-max", RelevanceModel::min_max}},
              "what a unit's relevance is as a function of its inputs; min-max is learned from --data", "Montavon 2017")
          .flag("exact-sum", &O::is_exact, "min-max: the learned relevances are scaled to the true one, so that nothing is lost")
          .integer("fit-samples", &O::fit_samples, {2, 1e9}, "min-max: learns from the first so many samples of the data")
          .text("target", &O::target, "the explained class", "", "predicted|label|second|INT")
          .text("layer", &O::layer, "stop at this layer's output and return its relevance");
  return table;
}

DeepTaylor::DeepTaylor(Options options) : options_(std::move(options)) {
  if (options_.model == RelevanceModel::min_max && !options_.layer.empty())
    throw_usage("deep-taylor:model=min-max", "returns the relevance of the input alone", "leave layer= out");
  const Options standard;
  if (options_.model != RelevanceModel::min_max &&
      (options_.is_exact != standard.is_exact || options_.fit_samples != standard.fit_samples)) {
    throw_usage("deep-taylor", "exact-sum= and fit-samples= go with model=min-max", "give both, or neither");
  }
}

Traits DeepTaylor::traits() const {
  Traits traits;
  traits.access = Access::layer_graph;
  traits.keeps_ledger = true;
  traits.needs_smooth_network = false;  // activations enter the shares
  traits.is_signed = false;
  traits.needs_fitting = options_.model == RelevanceModel::min_max;
  return traits;
}

std::vector<Claim> DeepTaylor::claims(const Network& network) const {
  if (options_.model == RelevanceModel::min_max) {
    return {{"determinism", 0, "no random number is drawn once the model is learned"},
            {"positivity", 1e-6, "every share is a quotient of numerators >= 0, and so is what the model gives"}};
  }
  const auto form = form_of(network, options_.batch_norm);
  const int64_t with_bias = positive_biases(*form);
  std::vector<Claim> claims{{"determinism", 0, "no random number is drawn"}};
  if (with_bias == 0 && !shares_signed_values(*form)) {
    claims.push_back({"conservativity", 1e-4, "shares of a unit add up to 1, and no active unit is without any"});
  } else {
    const std::string why = with_bias == 0 ? "branches may cancel exactly"
                                           : std::to_string(with_bias) +
                                                 " biases are positive, and a unit active by its bias alone"
                                                 " sends nothing on";
    claims.push_back({"conservativity-with-ledger", 1e-5, "map and ledger add up to the start; " + why});
  }
  if (!shares_signed_values(*form)) {
    claims.push_back({"positivity", 1e-6, "every share is a quotient of numerators >= 0, and the start is"});
  }
  return claims;
}

MinMaxModel DeepTaylor::unlearned(const Network& form, const Context& context) const {
  LinearRuleOptions input;
  input.kind = options_.input;
  const int first = chain_of(form).layers.front();
  if (options_.input == LinearRuleKind::z_box) {
    const Bounds bounds = bounds_of_layer(form, first, context.range, options_.low, options_.high);
    input.low = bounds.low;
    input.high = bounds.high;
  }
  return MinMaxModel(form, input);
}

void DeepTaylor::fit(const Network& network, const Dataset& data, const Context& context) {
  if (options_.model != RelevanceModel::min_max) return;
  MinMaxModel model = unlearned(to(*form_of(network, options_.batch_norm), at::kDouble), context);
  MinMaxFitOptions options;
  options.samples = options_.fit_samples;
  fit_min_max(model, data, options, context);
  learned_.clear();
  names_.clear();
  fit_ = fnv1a64(data.digest());
  for (size_t i = 0; i < model.hidden_layers(); ++i) {
    learned_.push_back(model.of(i));
    names_.push_back(model.walk().network().graph().nodes[static_cast<size_t>(model.chain().layers[i])].name);
    fit_ = mix(fit_ ^ fnv1a64(exact_number(model.of(i).weight[0].sum().item<double>())));
  }
}

Explanation DeepTaylor::explain(const Network& network, const Samples& samples, const Context& context) const {
  Explanation out = WalkExplainer::explain(network, samples, context);
  for (size_t i = 0; i < learned_.size() && context.figures; ++i)
    out.figures["r-squared:" + names_[i]].assign(static_cast<size_t>(samples.size()), learned_[i].r_squared);
  return out;
}

std::shared_ptr<const BlockExplainer> DeepTaylor::on(const Network& network, const Samples&, const Context& context) const {
  const std::string key =
      print(canonical_spec(kName, options_, options())) + " " + print(context.range) + " " + std::to_string(fit_);
  return network.memo().get<BlockExplainer>(key, [&]() -> std::shared_ptr<const BlockExplainer> {
    const auto form = form_of(network, options_.batch_norm);
    if (options_.model == RelevanceModel::min_max) {
      MinMaxModel model = unlearned(*form, context);
      if (learned_.size() != model.hidden_layers())
        throw_usage("deep-taylor:model=min-max", "has learned nothing about this network", "give --data");
      for (size_t i = 0; i < learned_.size(); ++i) model.set(i, to(learned_[i], form->dtype()));
      return std::make_shared<MinMaxExplanation>(std::move(model), options_.is_exact);
    }
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
