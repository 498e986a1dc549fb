#pragma once
#include "suites/suite.h"

namespace faultline {

/// How far can a map be pushed inside a small ball while the prediction stays? Every explainer meets every attack at every
/// epsilon; the maps before and after are compared by every metric of the audit on the original network with the explainer as
/// given (Ghorbani 2019). Records per sample: the metrics, and the effort (suites/facts.h). Attacks that need a gradient are
/// `not-applicable` to explainers without one. Beside the attacks stand the worst of them sample by sample, what rounding does to
/// the clean maps, and of relevance walks where relevance leaks.
class Fragility final : public Suite {
 public:
  static constexpr const char* kName = "fragility";
  static constexpr const char* kSummary = "how far attacks move an explanation while the prediction stays";
  struct Options {
    int64_t pictures = 3;
  };
  static const OptionTable<Options>& options();
  explicit Fragility(Options options) : options_(options) {}

  Facts facts(const Audit& audit) const override;
  std::vector<Unit> plan(const Audit& audit, RunStore& store, const Speed& speed) const override;
  void finish(const Audit& audit, RunStore& store) const override;
  std::vector<GatedScore> gated_scores(const Audit& audit, const std::map<std::string, std::string>& conditions) const override;

 private:
  Options options_;
};

/// One condition of the suite: an attack at an epsilon.
struct FragilityCondition {
  const Assault* assault;
  double epsilon;
  std::string name;  ///< "ghorbani-topk@8/255"
};
std::vector<FragilityCondition> fragility_conditions(const Audit& audit);

/// Whether the attack can work on the explainer at all.
bool is_applicable(const Attack& attack, const Explainer& explainer);

/// Health warnings of every condition: those that a quarter of its samples carry, with the median of what they measured; and
/// those that only whole conditions can show: `no-better-than-random`, by a paired one-sided sign-flip test against the stronger
/// control judged by the same metric, and `gradient-masking`. `out-of-range-input` concerns the run: its explainer and condition
/// are empty.
std::vector<HealthRecord> condition_health(const Audit& audit, const std::vector<Record>& records, const Facts& facts);

/// The worst, median and best samples of each explainer under the attack that moved it most at the largest
/// epsilon, as arrays for panels.
std::vector<PictureRecord> choose_pictures(const Audit& audit, RunStore& store, const std::vector<Record>& records,
                                           int64_t count);

/// Where a unit leaves the perturbed input of a sample for choose_pictures, inside the run folder.
std::string perturbed_file(const std::string& explainer, const std::string& condition, uint64_t sample_id);

}  // namespace faultline
