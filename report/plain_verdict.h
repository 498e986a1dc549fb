#pragma once
#include <string>
#include <vector>

#include "report/summary.h"
#include "report/words.h"

namespace faultline {

/// What the suites besides fragility found against one explainer.
struct OtherEvidence {
  std::vector<std::string> tried;                           ///< a sentence a suite
  std::vector<std::string> refuted;                         ///< axioms that it claims and breaks
  std::vector<std::string> moved_by_shift;                  ///< shifts under which its maps change, as it was given
  std::string on_parameters;                                ///< words of the dependence on the parameters; "" where not tried
  std::string on_labels;                                    ///< the same for what was learned
  bool ignores_parameters = false, ignores_labels = false;  ///< its maps hardly depend on them, if at all
  int64_t shifts_tried = 0, claims_tried = 0;
  double leak = 0;  ///< of relevance, by magnitude; 0 where no ledger was kept
  bool is_any() const;
};
OtherEvidence other_evidence(const ExplainerSummary& explainer, const RunSummary& run);

/// One explainer for people who have to act, from every suite of the run. Plain text: the format escapes it.
struct PlainVerdict {
  std::string explainer;
  bool is_control = false;
  std::string label;  ///< in a few words; of fragility where it was tested, else "" or what the other suites found
  std::vector<std::string> tried, broke, how_sure, warnings, meaning;
  std::vector<std::string> advice;  ///< what to do; depends on the evidence alone
  OtherEvidence other;              ///< what is told of the other suites
};
PlainVerdict plain_verdict(const ExplainerSummary& explainer, const RunSummary& run);

/// What to do about one explainer, a sentence each.
std::vector<std::string> advice_for(const ExplainerSummary& explainer, const RunSummary& run, const Finding& finding,
                                    const OtherEvidence& other);

}  // namespace faultline
