#pragma once
#include "explainers/min_max/min_max_model.h"
#include "explainers/relevance/relevance_walk.h"
#include "explainers/walk_explainer.h"

namespace faultline {

enum class RelevanceModel { training_free, min_max };

/// Deep Taylor decomposition (Montavon 2017): every ReLU unit is expanded at a root point in the domain of its inputs, which
/// gives z-plus inside and, at the first layer, the rule of the input's domain. Starts at max(0, logit); biases take no part.
/// What a unit's relevance is as a function of its inputs is taken from the layer itself (the training-free model) or learned
/// from reference data (the min-max model, for networks without branches). Maps: >= 0 unless the network sums or averages values
/// of both signs, the inputs' shape.
class DeepTaylor final : public WalkExplainer {
 public:
  static constexpr const char* kName = "deep-taylor";
  static constexpr const char* kSummary = "how the positive part of the output is shared out by Taylor expansions of its units";
  static constexpr const char* kFormula = "R_i = sum over j of the first-order term of R_j at a root point in the inputs' domain";
  static constexpr const char* kSource = "Montavon et al. 2017";
  struct Options {
    LinearRuleKind input = LinearRuleKind::z_box;
    std::optional<double> low, high;
    BatchNormOption batch_norm = BatchNormOption::fold;
    std::string target = "predicted";
    std::string layer;
    RelevanceModel model = RelevanceModel::training_free;
    bool is_exact = false;
    int64_t fit_samples = 1000;
  };
  static const OptionTable<Options>& options();
  explicit DeepTaylor(Options options);

  Traits traits() const override;
  std::vector<Claim> claims(const Network& network) const override;
  void fit(const Network& network, const Dataset& data, const Context& context) override;
  /// Figures of min-max models: `r-squared:LAYER`, how much of the relevance of a layer's units was learned, on held-out data.
  Explanation explain(const Network& network, const Samples& samples, const Context& context) const override;

 protected:
  std::shared_ptr<const BlockExplainer> on(const Network& network, const Samples& samples, const Context& context) const override;

 private:
  MinMaxModel unlearned(const Network& form, const Context& context) const;

  Options options_;
  std::vector<MinMaxLayer> learned_;  ///< of the hidden layers, in float64
  std::vector<std::string> names_;    ///< theirs
  uint64_t fit_ = 0;                  ///< tells fits apart
};

}  // namespace faultline
