#include "report/summary_ledger.h"

#include <algorithm>
#include <cmath>

#include "report/words.h"
#include "suites/facts.h"

namespace faultline {

std::optional<LedgerSummary> ledger_summary(const std::vector<const Record*>& records) {
  if (records.empty()) return std::nullopt;
  LedgerSummary out;
  for (const Record* record : records) {
    const auto parts = facts::parts_of(record->metric);
    if (record->value && parts.size() == 4 && parts[0] == facts::quantity::kLeak)
      out.leaks.push_back({parts[1], parts[2], parts[3], *record->value});
    if (record->metric == facts::quantity::kRelevanceMagnitude && record->value) out.magnitude += *record->value;
    if (record->metric != facts::quantity::kRelevanceLeak) continue;
    ++(record->value ? out.used : out.skipped);
    out.leak += record->value.value_or(0);
  }
  if (out.used > 0) {
    out.leak /= static_cast<double>(out.used);
    out.magnitude /= static_cast<double>(out.used);
  }
  std::stable_sort(out.leaks.begin(), out.leaks.end(),
                   [](const Leak& a, const Leak& b) { return std::abs(a.share) > std::abs(b.share); });
  return out;
}

std::string words_of(const Leak& leak) {
  struct Words {
    const char *column, *lost, *created;
  };
  static constexpr Words kWords[] = {
      {"bias", "went to biases", "came from biases"},
      {"stabiliser", "kept by stabilisers of denominators", "added by stabilisers of denominators"},
      {"zero-denominator", "stopped at units that could send nothing on", "created at units that could send nothing on"},
      {"normalisation", "went to shifts of normalisation layers", "came from shifts of normalisation layers"},
      {"constant", "went to constant values", "came from constant values"},
      {"gate", "stopped at closed gates", "created at closed gates"},
      {"padding", "went to padding", "came from padding"},
      {"non-conservative", "lost by a rule that does not conserve", "created by a rule that does not conserve"}};
  for (const auto& words : kWords) {
    if (leak.column == words.column) return leak.share < 0 ? words.created : words.lost;
  }
  return leak.column;
}

std::string share_text(double share) {
  if (share != 0 && std::abs(share) < 1e-4) return "below 0.01 %";
  return people_number(100 * share) + " %";
}

std::string ledger_sentence(const LedgerSummary& ledger) {
  if (ledger.used == 0) return "no sample had a map whose relevance could be followed.";
  std::string out;
  if (std::abs(ledger.leak) < 0.001) {
    out = "the map adds up to what is explained, to less than 0.1 %";
  } else if (ledger.leak > 0) {
    out = share_text(ledger.leak) + " of what is explained leaks on the way and does not reach the input";
  } else {
    out = "the map adds up to " + share_text(-ledger.leak) + " more than what is explained: relevance is created on the way";
  }
  const bool has_places = !ledger.leaks.empty() && std::abs(ledger.leaks[0].share) >= 0.001;
  if (has_places) {
    const Leak& most = ledger.leaks[0];
    out += "; the largest leak at one place is " + share_text(most.share) + ", at " + most.node + " (" + most.column + ")";
  }
  out += ". Its magnitudes add up to ";
  out += ledger.magnitude >= 999 ? "a thousand times what is explained or more, so it claims nothing."
                                 : people_number(ledger.magnitude) + " times what is explained.";
  return out;
}

std::string ledger_samples(const LedgerSummary& ledger) {
  std::string out = "mean of " + std::to_string(ledger.used) + (ledger.used == 1 ? " sample" : " samples");
  if (ledger.skipped > 0) out += ", " + std::to_string(ledger.skipped) + " without a map";
  return out;
}

}  // namespace faultline
