#pragma once
#include "suites/shift_conditions.h"
#include "suites/suite.h"

namespace faultline {

/// Does a map depend on where the zero of the inputs lies? Network 1 reads x. Network 2 reads x + m and takes m back in its first
/// layers, so that it is the same function (Kindermans et al. 2017/2019; attacks sheet 7). A map of what the function does is the
/// same for both. Every explainer meets every shift; where its reference input or the legal range counts, it meets the shift with
/// these as they were and with these moved along. Records per sample in float64, float32 beside it (suites/facts.h); a map is
/// invariant where no sample's changes by more than 1e-8 of its norm. Networks that answer otherwise are an error, not a finding.
/// Then a shift is searched, for a few samples, that makes the map look like a picture.
class Shift final : public Suite {
 public:
  static constexpr const char* kName = "shift";
  static constexpr const char* kSummary = "whether an explanation depends on where the inputs' zero lies";
  using Options = ShiftOptions;
  static const OptionTable<Options>& options();
  explicit Shift(Options options);

  Facts facts(const Audit& audit) const override;
  std::vector<Unit> plan(const Audit& audit, RunStore& store, const Speed& speed) const override;
  void finish(const Audit& audit, RunStore& store) const override;
  std::vector<GatedScore> gated_scores(const Audit& audit, const std::map<std::string, std::string>& conditions) const override;

 private:
  Options options_;
};

}  // namespace faultline
