#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/numbers.h"
#include "core/options.h"
#include "core/range.h"
#include "metrics/similarity.h"

namespace faultline {

class Explainer;

/// norm=linf|l2
const std::vector<std::pair<std::string, Norm>>& norm_words();

/// Keys of every attack that iterates: budget, steps, and how iterates are judged.
struct SearchOptions {
  std::optional<double> epsilon;  ///< unset: the run's
  Norm norm = Norm::linf;
  bool epsilon_per_pixel = false;
  int64_t iterations = 300;
  std::optional<double> step;  ///< unset: epsilon/16
  std::string select = "top-k";
  Amount k{0.1, true};
  int64_t select_every = 1;
  bool stop_at_floor = false;
  enum class OnLabelFlip { go_on, backtrack };
  OnLabelFlip on_label_flip = OnLabelFlip::go_on;
  int64_t steps = 0;  ///< path points or draws of the maps made inside the attack; 0: the explainer's own
  static const OptionTable<SearchOptions>& options();

  /// The budget for inputs of `elements` entries.
  Budget budget(double run_epsilon, int64_t elements) const;
  double step_length(const Budget& budget) const { return step.value_or(budget.epsilon / 16); }
  /// The selection metric; `top-k` takes this attack's k.
  std::unique_ptr<SimilarityMetric> selection_metric() const;
  /// Its canonical spec and its name.
  Spec selection_spec() const;
  /// How many path points or draws a map made inside the attack takes: one map is that many passes.
  int64_t points_inside(const Explainer& explainer) const;
  /// Passes that judge one input: its map, and its label where the map's own passes do not show it.
  double passes_to_judge(const Explainer& explainer) const;
  /// "" where iterates are judged by top-k, else "[metric]", for labels.
  std::string label_suffix() const;
};

/// Keys of attacks that judge a few candidates and have no steps.
struct CandidateOptions {
  std::optional<double> epsilon;  ///< unset: the run's
  Norm norm = Norm::linf;
  std::string select = "top-k";
  Amount k{0.1, true};
  int64_t steps = 0;
  static const OptionTable<CandidateOptions>& options();
  /// The same as a search of so many candidates.
  SearchOptions search(int64_t candidates) const;
};

/// The explainer whose maps the attack looks at: the problem's own, or the same with `steps` points. `holder` keeps it alive.
const Explainer& explainer_inside(const Explainer& explainer, int64_t steps, std::unique_ptr<Explainer>* holder);

}  // namespace faultline
