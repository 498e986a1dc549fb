#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gate/verdict.h"

namespace faultline {

struct Score;

/// An absolute limit: `EXPLAINER/SUITE/CONDITION: [mean|median|min|max] METRIC OP NUMBER`, for instance
/// `lrp/fragility/ghorbani-topk@8/255: top-k >= 0.4`. Without a condition every condition of the suite that has the metric is
/// meant; `*` in it stands for any text. A whole number n after @ means n/255 too.
struct Requirement {
  enum class Statistic { mean, median, min, max };
  enum class Comparison { at_least, at_most, above, below };
  std::string text;    ///< as the user wrote it
  std::string scores;  ///< EXPLAINER/SUITE[/CONDITION]
  std::string metric;
  Statistic statistic = Statistic::mean;
  Comparison comparison = Comparison::at_least;
  double limit = 0;
};
/// Throws usage, saying what a requirement looks like.
Requirement parse_requirement(const std::string& text);
const char* name_of(Requirement::Statistic statistic);

/// What a requirement says of one score.
struct RequirementResult {
  const Score* score = nullptr;
  Outcome outcome = Outcome::inconclusive;
  int64_t n = 0;  ///< samples; 0 where the number is one of the whole condition
  double value = 0;
  std::optional<ConfidenceInterval> interval;
  std::string why;  ///< of inconclusive and skipped
};

/// The scores meant, each with its outcome: passed where the 95 % bootstrap interval of the mean or median lies wholly on the
/// right side, failed where wholly on the wrong one, else inconclusive. The least and greatest value and numbers of a whole
/// condition have no interval: they are compared as they are. names: every explainer's names (its label and canonical spec), by
/// the label that scores use. Throws usage where nothing is meant, or where an explainer's name means several.
std::vector<RequirementResult> results_of(const Requirement& requirement, const std::vector<Score>& scores,
                                          const std::map<std::string, std::string>& spec_by_explainer);

}  // namespace faultline
