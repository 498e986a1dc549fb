// An explainer and a metric of your own, for the faultline program:
//   faultline audit --explainer 'plugin:library=libown_plugin.so' --metric 'plugin:library=libown_plugin.so'
#include <faultline/explainers/output_options.h>
#include <faultline/explainers/plugin.h>
#include <faultline/metrics/plugin.h>

using namespace faultline;

namespace {

/// The gradient times the distance from a grey.
class GradientXContrast final : public Explainer {
 public:
  static constexpr const char* kName = "gradient-x-contrast";
  static constexpr const char* kSummary = "the gradient times the distance from a grey";
  struct Options {
    double grey = 0.5;
  };
  static const OptionTable<Options>& options() {
    static const auto table = OptionTable<Options>().number("grey", &Options::grey, {0, 1}, "what counts as no contrast");
    return table;
  }
  explicit GradientXContrast(Options options) : options_(options) {}

  Traits traits() const override {
    Traits traits;
    traits.differentiable = false;  // pull_back() is not written: attacks that query do
    return traits;
  }
  std::vector<Claim> claims(const Network&) const override {
    return {{"determinism", 0, "it draws nothing"}, {"batch-independence", 0, "every sample has its own gradient"}};
  }
  Explanation explain(const Network& network, const Samples& samples, const Context& context) const override {
    return {(samples.inputs - options_.grey) * input_gradient(network, points_of(samples), Output::logit, context.passes)};
  }

 private:
  Options options_;
};

/// The share of entries whose sign two maps have in common.
class SignAgreement final : public SimilarityMetric {
 public:
  static constexpr const char* kName = "sign-agreement";
  static constexpr const char* kSummary = "share of entries with the same sign";
  struct Options {};
  static const OptionTable<Options>& options() {
    static const OptionTable<Options> table;
    return table;
  }
  explicit SignAgreement(Options) {}

  MetricFacts facts() const override { return {}; }
  Reduce reduce() const override { return Reduce::as_given; }
  Normalise normalise() const override { return Normalise::none; }
  MetricValues compare(const at::Tensor& a, const at::Tensor& b) const override {
    MetricValues out;
    for (int64_t row = 0; row < a.size(0); ++row) {
      out.values.push_back(a[row].sign().eq(b[row].sign()).to(at::kDouble).mean().item<double>());
      out.reasons.emplace_back();
    }
    return out;
  }
};

}  // namespace

FAULTLINE_PLUGIN_EXPLAINERS(list) { list.add<GradientXContrast>(); }
FAULTLINE_PLUGIN_METRICS(list) { list.add<SignAgreement>(); }
