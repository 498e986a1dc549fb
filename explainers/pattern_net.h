#pragma once
#include "explainers/patterns/pattern_moments.h"
#include "explainers/relevance/operation_rules.h"
#include "explainers/relevance/start.h"
#include "explainers/walk_explainer.h"

namespace faultline {

struct PatternOptions {
  SignalEstimator estimator = SignalEstimator::two_regime;
  std::string patterns;  ///< a file that was saved; empty: learned from the reference data
  int64_t fit_samples = 2000;
  Start start = Start::logit;
  std::string target = "predicted";
  /// Of pattern-attribution. Patterns know nothing of cancellation: in proportion, relevance grows wherever branches cancel.
  ResidualMode residual = ResidualMode::absolute;
  static const OptionTable<PatternOptions>& options();
};

/// What the two methods of Kindermans 2018 share: patterns learned from reference data, one pass, and one walk back through the
/// network's relevance form. Maps: signed, the inputs' shape.
class PatternExplainer : public WalkExplainer {
 public:
  Traits traits() const override;
  Output output() const override { return output_of(options_.start); }
  void fit(const Network& network, const Dataset& data, const Context& context) override;
  void save_fit(const std::string& path) const override;

 protected:
  explicit PatternExplainer(PatternOptions options) : options_(std::move(options)) {}
  std::shared_ptr<const BlockExplainer> on(const Network& network, const Samples& samples, const Context& context) const override;
  virtual const char* name() const = 0;
  virtual bool is_attribution() const = 0;

  PatternOptions options_;

 private:
  bool learns() const;

  std::shared_ptr<const PatternMoments> fitted_;
};

/// PatternNet (Kindermans 2018): the signal that the logit was read from, an estimate in input units: the logit walks back with
/// patterns in place of weights.
class PatternNet final : public PatternExplainer {
 public:
  static constexpr const char* kName = "pattern-net";
  static constexpr const char* kSummary = "the part of the input that carried the logit, by patterns learned from data";
  static constexpr const char* kFormula =
      "the logit walks back with patterns a = cov(x, y) / (w cov(x, y)) in the place of weights w";
  static constexpr const char* kSource = "Kindermans et al. 2018";
  using Options = PatternOptions;
  static const OptionTable<Options>& options() { return PatternOptions::options(); }
  explicit PatternNet(Options options) : PatternExplainer(std::move(options)) {}
  std::vector<Claim> claims(const Network& network) const override;
  Explanation explain(const Network& network, const Samples& samples, const Context& context) const override;

 protected:
  const char* name() const override { return kName; }
  bool is_attribution() const override { return false; }
};

/// PatternAttribution (Kindermans 2018): how much each part of that signal contributed: deep Taylor decomposition with the
/// distractor for a root point, that is relevance shared out by w a.
class PatternAttribution final : public PatternExplainer {
 public:
  static constexpr const char* kName = "pattern-attribution";
  static constexpr const char* kSummary = "how the logit is shared out over the signal, by patterns learned from data";
  static constexpr const char* kFormula = "as pattern-net, with w a in the place of weights";
  static constexpr const char* kSource = "Kindermans et al. 2018";
  using Options = PatternOptions;
  static const OptionTable<Options>& options();
  explicit PatternAttribution(Options options) : PatternExplainer(std::move(options)) {}
  std::vector<Claim> claims(const Network& network) const override;

 protected:
  const char* name() const override { return kName; }
  bool is_attribution() const override { return true; }
};

}  // namespace faultline
