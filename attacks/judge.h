#pragma once
#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "attacks/attack.h"
#include "attacks/common_options.h"
#include "attacks/gradient_gauge.h"
#include "metrics/similarity.h"

namespace faultline {

/// Judges candidates on the original network and keeps the best of each sample (attacks sheet 1.2): a candidate counts where the
/// label is kept and its selection metric is strictly better; the earliest wins; the clean input is candidate 0. Counts
/// evaluations.
class Judge {
 public:
  /// Clean maps, labels and probabilities are made here.
  Judge(const AttackProblem& problem, const SearchOptions& search);

  /// The explainer whose maps are compared: the problem's, or the same with the points that the search asks for.
  const Explainer& explainer() const { return explainer_; }
  const Budget& budget() const { return budget_; }
  bool higher_is_better() const { return higher_is_better_; }
  /// Rows that can be attacked (the others carry a reason), minus finished ones.
  const std::vector<int64_t>& active() const { return active_; }
  const at::Tensor& clean_maps() const { return clean_maps_; }  ///< [N,...]

  /// Judges candidates [n,...] of rows `rows` as iterate number `iteration` (from 1), where `select-every` has its turn. Returns
  /// where the search goes on from: the candidates, or with on-label-flip=backtrack, for those that lost the label, half-way back
  /// to the last judged one that kept it (at first the clean input). Candidates of iteration 0 and below are always judged: a
  /// start counts down from -1.
  at::Tensor judge(const at::Tensor& candidates, const std::vector<int64_t>& rows, int64_t iteration);
  /// Whether an iterate of this number is judged at all.
  bool has_turn(int64_t iteration) const {
    return iteration < 1 || iteration % search_.select_every == 0 || iteration == search_.iterations;
  }
  /// What the last judged candidates were like, one for each of the rows given.
  struct Verdict {
    double score;   ///< lower is stronger; infinite where there is no value
    bool keeps;     ///< the label
    double margin;  ///< clean label's logit over the largest other
  };
  const std::vector<Verdict>& verdicts() const { return verdicts_; }
  /// What the explainer and the network say of inputs.
  struct Answer {
    at::Tensor maps;              ///< [n,...]
    at::Tensor logits;            ///< [n,K]
    std::vector<bool> keeps;      ///< the clean input's label
    std::vector<double> margins;  ///< clean label's logit over the largest other; negative where it is lost
    std::vector<bool> has_map;    ///< false where the explainer failed
  };
  /// The same of the last judged candidates.
  const Answer& answer() const { return answer_; }
  /// Of points that are no candidates, of rows `rows`, which may repeat: counted, not judged. seed: of the explainer's own
  /// numbers.
  Answer ask(const Samples& points, const std::vector<int64_t>& rows, uint64_t seed);
  const std::vector<double>& clean_margins() const { return clean_margins_; }  ///< [N]
  /// Where on-label-flip=backtrack goes back to: each of several searches has its own, [N,...]. Undefined without that option.
  void exchange_kept(at::Tensor& of_search) { std::swap(kept_inputs_, of_search); }
  bool backtracks() const { return search_.on_label_flip == SearchOptions::OnLabelFlip::backtrack; }
  /// Adds evaluations to each of `rows`, from what `passes` counted in a call on exactly these rows; resets the count.
  void account(PassCount* passes, const std::vector<int64_t>& rows);
  /// The search's objective [n] of `rows` at iterate `iteration` (0: the start).
  void record_objective(const at::Tensor& objective, const std::vector<int64_t>& rows, int64_t iteration);

  /// Fills in the perturbations' sizes, the gradients' figures where the attack has them, and the warnings every attack shares.
  /// `steps_reach`: the largest perturbation the steps allow.
  AttackResult finish(double steps_reach, const GradientGauge* gradients = nullptr);

 private:
  struct State {
    double score;  ///< of the best so far, lower is stronger
    int64_t judged = 0, lost = 0, unchanged = 0, failed = 0;
    double probability = 0;  ///< clean
  };
  double score_of(double metric) const { return higher_is_better_ ? metric : -metric; }
  /// A sample whose similarity has reached 0 leaves the active rows.
  void drop_finished();

  const AttackProblem& problem_;
  SearchOptions search_;
  std::unique_ptr<Explainer> holder_;
  const Explainer& explainer_;
  std::unique_ptr<SimilarityMetric> metric_;
  Budget budget_;
  bool higher_is_better_;
  double trivial_;
  at::Tensor clean_maps_, labels_, best_inputs_, kept_inputs_;
  std::vector<State> states_;
  std::vector<Verdict> verdicts_;
  Answer answer_;
  std::vector<double> clean_margins_;
  std::vector<SampleOutcome> outcomes_;
  std::vector<int64_t> active_;
};

}  // namespace faultline
