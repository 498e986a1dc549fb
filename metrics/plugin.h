#pragma once
#include "core/plugin.h"
#include "metrics/similarity.h"

/// In one source file of a plugin: FAULTLINE_PLUGIN_METRICS(list) { list.add<Mine>(); }
#define FAULTLINE_PLUGIN_METRICS(list) FAULTLINE_PLUGIN_METHODS(faultline_plugin_metrics, ::faultline::SimilarityMetric, list)

namespace faultline {

/// A similarity metric of a shared library.
class PluginMetric final : public SimilarityMetric {
 public:
  static constexpr const char* kName = "plugin";
  static constexpr const char* kSummary = "a metric of a shared library of your own";
  static constexpr const char* kFormula = "the library's own";
  static constexpr const char* kSource = "the library's own";
  using Options = PluginOptions;
  static const OptionTable<Options>& options() { return PluginOptions::options(); }
  explicit PluginMetric(const Options& options)
      : own_(options.library.empty() ? nullptr : plugin_method<SimilarityMetric>(options, "faultline_plugin_metrics", "metric")) {
  }

  MetricFacts facts() const override { return own_ ? own_->facts() : MetricFacts{}; }
  Reduce reduce() const override { return own_ ? own_->reduce() : Reduce::as_given; }
  Normalise normalise() const override { return own_ ? own_->normalise() : Normalise::none; }
  MetricValues compare(const at::Tensor& a, const at::Tensor& b) const override { return own_->compare(a, b); }

 private:
  std::unique_ptr<SimilarityMetric> own_;  // null where nothing but the option table is asked for
};

}  // namespace faultline
