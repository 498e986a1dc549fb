#pragma once
#include <string>
#include <vector>

#include "report/summary.h"

namespace faultline {

/// What a run says of shifted inputs (suite shift), in plain words.

/// One condition as people read it.
struct ShiftWords {
  const ConditionSummary* condition = nullptr;
  std::string shift;         ///< "-1", "per-channel", "chequers"
  std::string taken_back;    ///< "first layers", "normalisation"
  std::string circumstance;  ///< "reference 0, moved along", "range moved along", ...; "" for the explainer as it was given
  std::string verdict;       ///< "invariant", "not invariant", "not applicable", "not measured"
  bool is_optimised = false;

  bool is_invariant() const;
  bool is_not_invariant() const;
};
ShiftWords shift_words(const ConditionSummary& condition);

/// The conditions of one explainer: as it was given first.
std::vector<ShiftWords> shift_words_of(const RunSummary& run, const std::string& explainer);

/// What was found, a sentence each.
std::vector<std::string> shift_sentences(const RunSummary& run);

}  // namespace faultline
