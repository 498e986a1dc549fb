#include "explainers/pattern_net.h"

#include "core/error.h"
#include "explainers/patterns/pattern_rules.h"
#include "explainers/relevance/relevance_explanation.h"
#include "explainers/relevance/relevance_walk.h"

namespace faultline {

namespace {

/// Memos of networks tell fits apart by what was learned, files by their names: a file that changes while faultline runs is read
/// once.
std::string key_of(const PatternOptions& options, const PatternMoments* fitted) {
  return options.patterns + " " + (fitted ? std::to_string(fitted->digest()) : "");
}

}  // namespace

const OptionTable<PatternOptions>& PatternOptions::options() {
  using O = PatternOptions;
  static const auto table =
      OptionTable<O>()
          .choice<SignalEstimator>("estimator", &O::estimator,
                                   {{"s-a-pm", SignalEstimator::two_regime},
                                    {"s-a", SignalEstimator::linear},
                                    {"s-w", SignalEstimator::filter},
                                    {"s-x", SignalEstimator::identity}},
                                   "which part of a layer's input is signal", "Kindermans 2018: S_a+-, S_a, S_w, S_x")
          .text("patterns", &O::patterns, "a file that --save-patterns wrote; without it patterns are learned from --data", "",
                "FILE")
          .integer("fit-samples", &O::fit_samples, {0, 1e12}, "learn from the first so many samples of the data; 0: from all")
          .choice<Start>("output", &O::start, {{"logit", Start::logit}, {"logit-difference", Start::logit_difference}},
                         "where the walk starts")
          .text("target", &O::target, "the explained class", "", "predicted|label|second|INT");
  return table;
}

bool PatternExplainer::learns() const {
  return options_.estimator == SignalEstimator::linear || options_.estimator == SignalEstimator::two_regime;
}

Traits PatternExplainer::traits() const {
  Traits traits;
  traits.access = Access::layer_graph;
  traits.needs_fitting = learns() && options_.patterns.empty();
  traits.keeps_ledger = is_attribution();
  return traits;
}

void PatternExplainer::fit(const Network& network, const Dataset& data, const Context&) {
  if (!learns() || !options_.patterns.empty()) return;
  const auto form = form_of(network, BatchNormOption::fold);
  fitted_ = std::make_shared<const PatternMoments>(PatternMoments::fit(*form, data, options_.fit_samples));
}

void PatternExplainer::save_fit(const std::string& path) const {
  if (!fitted_) return Explainer::save_fit(path);
  fitted_->save(path);
}

std::shared_ptr<const BlockExplainer> PatternExplainer::on(const Network& network, const Samples&, const Context&) const {
  const auto form = form_of(network, BatchNormOption::fold);
  const std::string key = std::string(name()) + " " + std::to_string(static_cast<int>(options_.estimator)) + " " +
                          std::to_string(static_cast<int>(options_.start)) + " " +
                          std::to_string(static_cast<int>(options_.residual)) + " " + key_of(options_, fitted_.get());
  return network.memo().get<BlockExplainer>(key, [&]() -> std::shared_ptr<const BlockExplainer> {
    const at::NoGradGuard no_graph;
    RelevanceExplanation::Parts parts;
    parts.start = options_.start;
    parts.until = form->graph().input;
    parts.is_relevance = is_attribution();
    if (options_.estimator == SignalEstimator::identity) {
      parts.walk = std::make_shared<Walk>(*form, identity_attribution_rules(*form, options_.residual));
      return std::make_shared<RelevanceExplanation>(std::move(parts));
    }
    std::shared_ptr<const PatternMoments> moments = fitted_;
    if (learns() && !options_.patterns.empty()) {
      moments = network.memo().get<PatternMoments>(
          options_.patterns, [&] { return std::make_shared<const PatternMoments>(PatternMoments::load(options_.patterns)); });
    }
    if (learns() && !moments) throw_usage(name(), "has no patterns", "give --data, or patterns=FILE");
    LayerPatterns patterns;
    bool has_few_active = false;
    for (const auto& [node, layer] : linear_layers_of(*form)) {
      // Behind the last activation nobody asks whether a unit is active.
      const bool has_regimes = is_rectified(form->graph(), node);
      const SignalEstimator estimator =
          options_.estimator == SignalEstimator::two_regime && !has_regimes ? SignalEstimator::linear : options_.estimator;
      const std::string& layer_name = form->graph().nodes[static_cast<size_t>(node)].name;
      FilterPatterns found = patterns_of(layer, learns() ? &moments->of(layer_name, layer) : nullptr, estimator, false);
      has_few_active = has_few_active || found.has_few_active;
      patterns[node] = std::move(found.positive);
    }
    if (has_few_active) parts.notes.emplace_back("few-active-samples");
    parts.walk = std::make_shared<Walk>(*form, is_attribution() ? pattern_attribution_rules(*form, patterns, options_.residual)
                                                                : pattern_net_rules(*form, patterns));
    return std::make_shared<RelevanceExplanation>(std::move(parts));
  });
}

std::vector<Claim> PatternNet::claims(const Network&) const { return {{"determinism", 0, "no random number is drawn"}}; }

Explanation PatternNet::explain(const Network& network, const Samples& samples, const Context& context) const {
  if (options_.estimator != SignalEstimator::identity) return PatternExplainer::explain(network, samples, context);
  throw_usage(kName, "estimator=s-x takes all of the input for signal, and its map would be the input itself",
              "pattern-attribution has this estimator");
}

const OptionTable<PatternOptions>& PatternAttribution::options() {
  using O = PatternOptions;
  static const auto table = [] {
    OptionTable<O> all = O::options();
    return std::move(all.choice<ResidualMode>("residual", &O::residual, residual_words(), "how a sum of two branches shares",
                                              "ours: the publication has no sums"));
  }();
  return table;
}

std::vector<Claim> PatternAttribution::claims(const Network&) const {
  return {{"determinism", 0, "no random number is drawn"},
          {"conservativity-with-ledger", 1e-5, "w.a = 1 in every unit, and what closed rectifiers stop is in the ledger"}};
}

}  // namespace faultline
