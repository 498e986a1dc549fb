#pragma once
#include <ATen/ATen.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/context.h"
#include "core/range.h"
#include "core/registry.h"
#include "data/samples.h"
#include "explainers/explainer.h"
#include "models/network.h"

namespace faultline {

/// What an attack works on. All samples have targets; inputs lie in the legal range.
struct AttackProblem {
  const Network& network;  ///< the original: every candidate is judged on it
  const Explainer& explainer;
  const Samples& samples;  ///< clean
  double epsilon = 0;      ///< the run's; an attack's own `epsilon=` wins
  const Context& context;
};

/// What an attack learns once per (network, explainer, epsilon) before it runs, from a few samples of the whole run, so that no
/// batch or shard changes it: the sharpness of the surrogate and how faithful that is. Plain numbers, kept in the run store for
/// resuming.
using Preparation = std::map<std::string, double>;

/// A health warning about one sample (attacks sheet 2.5).
struct SampleWarning {
  std::string id;
  double value = 0;
  double threshold = 0;
};

/// What the gradients of an attack's objective D were like over its iterates, for one sample.
struct GradientFigures {
  double predicted_change = 0;  ///< median of epsilon ||grad D|| / max(|D|, 1e-12): what a step of the whole budget promises
  double zero_share = 0;        ///< median share of entries that are exactly zero
  double peak = 0;              ///< largest ratio of the greatest absolute entry to the median of those that are not zero
  bool is_finite = true;        ///< no NaN or infinity in any of them
};

/// What an attack did to one sample.
struct SampleOutcome {
  std::string reason;  ///< skip reason ("zero-map", "non-finite-map", "non-finite-logits", "out-of-range-input"); "" where it was
                       ///< attacked
  std::string detail;  ///< one line for people beside the reason; may be empty
  bool keeps_label = true;        ///< of the selected candidate, always true unless the sample was skipped
  double before = 0, after = 0;   ///< the selection metric at the clean input and at the selected candidate
  int64_t selected = 0;           ///< iterate that was selected; 0 is the clean input, below it a start
  double linf = 0, l2 = 0;        ///< of the selected perturbation, pixel units
  double mean_abs_share = 0;      ///< mean |delta| / epsilon (L2: ||delta|| / epsilon)
  double label_lost_share = 0;    ///< of the iterates
  double probability_change = 0;  ///< |p'_t - p_t|
  double failed_share = 0;        ///< of the judged iterates: the explainer gave no map
  double unchanged_share = 0;     ///< of the judged iterates: the map is the clean one's, bit for bit
  double tie_share = 0;           ///< ties across the k boundary of the clean map, over k; 0 where k has no meaning
  int64_t evaluations = 0;        ///< forward passes (with any backward) plus double backward passes, of this sample
  std::vector<double> best;       ///< the best selection metric after each judged iterate (trace)
  std::vector<int64_t> spent;     ///< evaluations until then
  std::vector<std::pair<int64_t, double>> metric;  ///< selection metric at each judged iterate that has one
  std::vector<std::pair<int64_t, double>>
      objective;                            ///< the search's own objective at iterates where it was computed (0: the start)
  std::optional<GradientFigures> gradient;  ///< of attacks that follow one
  std::vector<SampleWarning> warnings;
};

struct AttackResult {
  at::Tensor inputs;                    ///< [N,...] selected candidates (the clean input where nothing was accepted)
  std::vector<SampleOutcome> outcomes;  ///< [N]
};

/// Facts about an attack as configured.
struct AttackFacts {
  std::string label;            ///< short name for conditions: "ghorbani-topk", "random-sign-walk", ...
  bool is_control = false;      ///< random controls, reported beside attacks
  bool needs_gradient = false;  ///< the explainer must be differentiable
  int64_t iterations = 1;
  std::string selection;       ///< canonical spec of the selection metric
  std::string selection_name;  ///< its name, e.g. "top-k"
  Norm norm = Norm::linf;
  std::optional<double> epsilon;  ///< the attack's own, where its spec has one
  std::string kind;               ///< of a random control: "walk", "one-shot", "resample"
};

/// Searches an input near the clean one whose explanation differs most while the prediction stays. It may optimise a surrogate
/// and judges on the original network. Results depend on nothing but the problem's own samples, seed and preparation.
class Attack {
 public:
  virtual ~Attack() = default;
  virtual AttackFacts facts() const = 0;
  /// problem.samples: the first few clean samples of the whole run (at most 16).
  virtual Preparation prepare(const AttackProblem& problem) const { return {}; }
  virtual AttackResult run(const AttackProblem& problem, const Preparation& preparation) const = 0;
  /// What one sample will cost, without preparation, in evaluations as SampleOutcome counts them; exact where no sample ends
  /// early and the explainer does what its traits say.
  virtual double cost(const Explainer& explainer) const = 0;
  /// What prepare() will cost on so many samples, in the same unit; an estimate.
  virtual double preparation_cost(const Explainer& explainer, int64_t samples) const { return 0; }
};

/// All built-in attacks.
const Registry<Attack>& attacks();

}  // namespace faultline
