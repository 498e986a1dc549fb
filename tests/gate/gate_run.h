#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "gate/run_scores.h"
#include "suites/run_store.h"

namespace faultline::testing {

/// A finished run of made-up numbers: explainers `gradient` and `lrp:composite=epsilon-plus`, an attack (top-k, gated, and
/// spearman, not), the axioms that `gradient` claims, a control.
struct GateRun {
  int64_t samples = 24;
  std::string model = "aaaa", data = "dddd", range = "0,1", attack = "ghorbani-topk:iterations=100";
  /// top-k of a sample, by explainer; NaN: skipped as zero-map.
  std::function<double(const std::string& explainer, int64_t sample)> top_k = [](const std::string&, int64_t sample) {
    return 0.5 + 0.01 * static_cast<double>(sample % 7);
  };
  std::function<int64_t(int64_t sample)> predicted = [](int64_t sample) { return sample % 3; };
  std::map<std::string, std::string> claims{{"positivity", "holds"}, {"determinism", "holds"}};  ///< verdict by axiom
  std::string refuted_part;  ///< of refuted claims: "fc2 to output (1 of 9 layers)"
  std::vector<std::string> explainers{"gradient", "lrp:composite=epsilon-plus"};
  bool is_finished = true;

  /// Writes it into a new folder and opens it.
  RunStore write(const std::string& folder) const;
  RunScores scores(const std::vector<ExtraGate>& extra = {}) const;
};

}  // namespace faultline::testing
