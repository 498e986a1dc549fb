#pragma once
#include "core/plugin.h"
#include "explainers/explainer.h"

/// In one source file of a plugin: FAULTLINE_PLUGIN_EXPLAINERS(list) { list.add<Mine>(); }
#define FAULTLINE_PLUGIN_EXPLAINERS(list) FAULTLINE_PLUGIN_METHODS(faultline_plugin_explainers, ::faultline::Explainer, list)

namespace faultline {

/// An explainer of a shared library, which it is in everything but its digests: they hold the library's.
class PluginExplainer final : public Explainer {
 public:
  static constexpr const char* kName = "plugin";
  static constexpr const char* kSummary = "an explainer of a shared library of your own";
  static constexpr const char* kFormula = "the library's own";
  static constexpr const char* kSource = "the library's own";
  using Options = PluginOptions;
  static const OptionTable<Options>& options() { return PluginOptions::options(); }
  explicit PluginExplainer(Options options);
  /// Takes its place. Public for tests.
  explicit PluginExplainer(std::unique_ptr<Explainer> own) : own_(std::move(own)) {}

  Traits traits() const override { return own_ ? own_->traits() : Traits{}; }
  std::vector<Claim> claims(const Network& network) const override { return own_ ? own_->claims(network) : std::vector<Claim>{}; }
  Output output() const override { return own_->output(); }
  at::Tensor references(const Samples& samples, const Context& context) const override {
    return own_->references(samples, context);
  }
  void fit(const Network& network, const Dataset& data, const Context& context) override { own_->fit(network, data, context); }
  std::vector<std::string> probe(const Network& network, const Samples& first, const Context& context) override {
    return own_->probe(network, first, context);
  }
  void meet(const Samples& clean) override { own_->meet(clean); }
  std::map<std::string, std::string> digests() const override;
  void save_fit(const std::string& path) const override { own_->save_fit(path); }
  Explanation explain(const Network& network, const Samples& samples, const Context& context) const override {
    return own_->explain(network, samples, context);
  }
  at::Tensor pull_back(const Network& network, const Samples& samples, const at::Tensor& cotangent, const PointSubset& subset,
                       const Context& context) const override {
    return own_->pull_back(network, samples, cotangent, subset, context);
  }
  at::Tensor differentiated_maps(const Network& network, const Samples& samples, const Context& context) const override {
    return own_->differentiated_maps(network, samples, context);
  }
  at::Tensor push_forward(const Network& network, const Samples& samples, const at::Tensor& direction, double reach,
                          const Context& context) const override {
    return own_->push_forward(network, samples, direction, reach, context);
  }
  ValueAndGradient value_and_gradient(const Network& network, const Samples& samples, const MapLoss& loss,
                                      const PointSubset& subset, const Context& context) const override {
    return own_->value_and_gradient(network, samples, loss, subset, context);
  }
  std::unique_ptr<Explainer> stand_in(const Network& network) const override { return own_->stand_in(network); }
  std::unique_ptr<Explainer> with_points(int64_t points) const override { return own_->with_points(points); }

 private:
  std::unique_ptr<Explainer> own_;  // null where nothing but the option table is asked for
  std::map<std::string, std::string> digests_;
};

}  // namespace faultline
