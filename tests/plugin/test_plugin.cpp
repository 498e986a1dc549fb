// A plugin with methods of every kind, some of which are built-in ones under other names.
#include "attacks/gaussian_noise.h"
#include "attacks/plugin.h"
#include "explainers/gradient.h"
#include "explainers/plugin.h"
#include "metrics/cosine.h"
#include "metrics/plugin.h"

namespace faultline {
namespace {

struct NoOptions {
  static const OptionTable<NoOptions>& options() {
    static const OptionTable<NoOptions> table;
    return table;
  }
};

/// The gradient, made by the program's own code.
class Slope final : public Explainer {
 public:
  static constexpr const char* kName = "slope";
  static constexpr const char* kSummary = "the gradient";
  using Options = NoOptions;
  static const OptionTable<Options>& options() { return NoOptions::options(); }
  explicit Slope(Options) : gradient_(explainers().make("gradient")) {}
  Traits traits() const override { return gradient_->traits(); }
  std::vector<Claim> claims(const Network& network) const override { return gradient_->claims(network); }
  Explanation explain(const Network& network, const Samples& samples, const Context& context) const override {
    return gradient_->explain(network, samples, context);
  }
  at::Tensor pull_back(const Network& network, const Samples& samples, const at::Tensor& cotangent, const PointSubset& subset,
                       const Context& context) const override {
    return gradient_->pull_back(network, samples, cotangent, subset, context);
  }

 private:
  std::unique_ptr<Explainer> gradient_;
};

/// A map of one number, which options set.
class Flat final : public Explainer {
 public:
  static constexpr const char* kName = "flat";
  static constexpr const char* kSummary = "the same number everywhere";
  struct Options {
    double value = 1;
  };
  static const OptionTable<Options>& options() {
    static const auto table = OptionTable<Options>().number("value", &Options::value, {-10, 10}, "of every entry");
    return table;
  }
  explicit Flat(Options options) : options_(options) {}
  Traits traits() const override {
    Traits traits;
    traits.differentiable = false;
    return traits;
  }
  std::vector<Claim> claims(const Network&) const override { return {}; }
  Explanation explain(const Network& network, const Samples& samples, const Context& context) const override {
    if (options_.value == 7) throw_usage("flat", "does not like seven");
    return {at::full_like(samples.inputs, options_.value)};
  }

 private:
  Options options_;
};

/// Noise that does not call itself a control.
class Noise final : public Attack {
 public:
  static constexpr const char* kName = "noise";
  static constexpr const char* kSummary = "one draw of normal noise";
  using Options = NoOptions;
  static const OptionTable<Options>& options() { return NoOptions::options(); }
  explicit Noise(Options) : noise_(attacks().make("gaussian-noise")) {}
  AttackFacts facts() const override {
    AttackFacts facts = noise_->facts();
    facts.label = kName;
    facts.is_control = false;
    return facts;
  }
  AttackResult run(const AttackProblem& problem, const Preparation& preparation) const override {
    return noise_->run(problem, preparation);
  }
  double cost(const Explainer& explainer) const override { return noise_->cost(explainer); }

 private:
  std::unique_ptr<Attack> noise_;
};

/// The cosine.
class Angle final : public SimilarityMetric {
 public:
  static constexpr const char* kName = "angle";
  static constexpr const char* kSummary = "the cosine";
  using Options = NoOptions;
  static const OptionTable<Options>& options() { return NoOptions::options(); }
  explicit Angle(Options) {}
  MetricFacts facts() const override { return cosine_.facts(); }
  Reduce reduce() const override { return cosine_.reduce(); }
  Normalise normalise() const override { return cosine_.normalise(); }
  MetricValues compare(const at::Tensor& a, const at::Tensor& b) const override { return cosine_.compare(a, b); }

 private:
  Cosine cosine_{Cosine::Options{}};
};

}  // namespace
}  // namespace faultline

FAULTLINE_PLUGIN_EXPLAINERS(list) {
  list.add<faultline::Slope>();
  list.add<faultline::Flat>();
}
FAULTLINE_PLUGIN_ATTACKS(list) { list.add<faultline::Noise>(); }
FAULTLINE_PLUGIN_METRICS(list) { list.add<faultline::Angle>(); }
