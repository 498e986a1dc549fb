#pragma once
#include "attacks/attack.h"
#include "core/plugin.h"

/// In one source file of a plugin: FAULTLINE_PLUGIN_ATTACKS(list) { list.add<Mine>(); }
#define FAULTLINE_PLUGIN_ATTACKS(list) FAULTLINE_PLUGIN_METHODS(faultline_plugin_attacks, ::faultline::Attack, list)

namespace faultline {

/// An attack of a shared library.
class PluginAttack final : public Attack {
 public:
  static constexpr const char* kName = "plugin";
  static constexpr const char* kSummary = "an attack of a shared library of your own";
  static constexpr const char* kFormula = "the library's own";
  static constexpr const char* kSource = "the library's own";
  using Options = PluginOptions;
  static const OptionTable<Options>& options() { return PluginOptions::options(); }
  explicit PluginAttack(const Options& options)
      : own_(options.library.empty() ? nullptr : plugin_method<Attack>(options, "faultline_plugin_attacks", "attack")) {}

  AttackFacts facts() const override { return own_ ? own_->facts() : AttackFacts{}; }
  Preparation prepare(const AttackProblem& problem) const override { return own_->prepare(problem); }
  AttackResult run(const AttackProblem& problem, const Preparation& preparation) const override {
    return own_->run(problem, preparation);
  }
  double cost(const Explainer& explainer) const override { return own_->cost(explainer); }
  double preparation_cost(const Explainer& explainer, int64_t samples) const override {
    return own_->preparation_cost(explainer, samples);
  }

 private:
  std::unique_ptr<Attack> own_;  // null where nothing but the option table is asked for
};

}  // namespace faultline
