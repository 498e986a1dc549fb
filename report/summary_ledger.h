#pragma once
#include <optional>
#include <string>
#include <vector>

#include "suites/record.h"

namespace faultline {

/// A place where relevance leaks: a node of the network and a column of the ledger (docs/explanation/relevance.md).
struct Leak {
  std::string node, operation, column;
  double share = 0;  ///< of what is explained, mean over samples; negative where relevance is created
};

/// Where an explainer's relevance goes, on a few clean samples.
struct LedgerSummary {
  int64_t used = 0, skipped = 0;  ///< samples
  /// Means over the samples used, on the scale of what is explained. Meaningful where used > 0.
  double leak = 0;          ///< all that leaks
  double magnitude = 0;     ///< sum of the map's magnitudes
  std::vector<Leak> leaks;  ///< the largest first, by magnitude
};

/// From the records of one explainer's condition facts::kLedger; empty where there are none, as in runs of earlier versions.
std::optional<LedgerSummary> ledger_summary(const std::vector<const Record*>& records);

/// What became of it, in a few words: "went to biases".
std::string words_of(const Leak& leak);

/// "12.0 %", "-0.40 %", "340 %", "below 0.01 %": a share of what is explained.
std::string share_text(double share);

/// What the ledger says in one sentence, that follows "EXPLAINER: ".
std::string ledger_sentence(const LedgerSummary& ledger);

/// "mean of 15 samples, 1 without a map".
std::string ledger_samples(const LedgerSummary& ledger);

}  // namespace faultline
