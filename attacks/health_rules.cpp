#include "attacks/health.h"

namespace faultline {

const std::vector<HealthRule>& health_rules() {
  static const std::vector<HealthRule> rules = {
      {"no-better-than-random",
       "condition: against the stronger random control of the same budget the mean gain is not above 0, or from 8 samples on the "
       "one-sided paired sign-flip p is above 0.05",
       "The search found no more than random noise of the same budget: this says something about the attack, not about the "
       "explainer."},
      {"gradient-masking",
       "condition: a random control beats the attack by more than 0.05 in the mean, an attack that only queries beats every "
       "attack of the same ball that follows a gradient by more than 0.05, twice the iterations or twice the epsilon make it "
       "weaker by more than 0.02, or a random start changes its mean by more than 0.2 (of the metric's range; without a "
       "range, of the larger mean)",
       "The gradients that guide the attack mislead it: compare other values of beta, start=random and more iterations before "
       "you believe this score."},
      {"vanishing-second-derivative",
       "the median over the iterates of epsilon * |gradient of the objective| / |objective| is below 0.001, or more than half of "
       "the gradient's entries are exactly 0",
       "The objective is flat where the attack looked, so it had no direction to follow: keep surrogate=softplus, try a smaller "
       "beta or surrogate-pool=soft."},
      {"exploding-or-nan-gradient", "a gradient had an entry that is NaN or infinite, or one over 1e6 times the median entry",
       "The gradients that guide the attack break: try another beta, --dtype float64, or a stabiliser of the explainer."},
      {"surrogate-mismatch",
       "the clean maps of surrogate (the last one, where a schedule changes it) and network have a Spearman correlation below "
       "0.7, or the two predict differently, or over at least 10 iterates the objective does not follow the metric (Spearman "
       "below 0.3)",
       "The smooth surrogate explains or predicts differently from the network, so its gradients may mislead: set beta by hand."},
      {"still-improving", "the last tenth of the iterates brought more than 5 % of the whole gain, and more than 0.005",
       "The map was still moving when the iterations ran out: run more iterations (or queries) before you quote this score."},
      {"label-lost", "more than half of the iterates changed the prediction",
       "Most iterates changed the prediction and did not count: on-label-flip=backtrack, a smaller epsilon or step leaves more "
       "of them usable."},
      {"stuck-at-start", "no iterate was accepted, or the objective did not change (by 1e-9 of itself) over the first 5",
       "No iterate was accepted or the objective did not change: try start=random, another beta, or a query attack."},
      {"budget-unused", "the selected input uses less than half of epsilon",
       "The best input uses less than half of epsilon: raise iterations (or queries) or step."},
      {"piecewise-constant", "in more than half of the iterates the map is the clean one, bit for bit",
       "The explanation did not change at all where the attack looked: it is constant in the input there, which is no "
       "robustness."},
      {"randomised-explainer",
       "two maps of the clean input with different seeds have a Spearman correlation below 0.99; or, of somebody else's code, "
       "two with the same seed differ by more than 1e-5 of the largest entry: the same command then gives other numbers",
       "The explainer's own random numbers move its map, and a part of the score is that: give it more draws, or make it use the "
       "seeds that it is given."},
      {"failed-queries", "the explainer gave no map at some of the inputs that the attack tried",
       "Inputs without a map cannot be chosen, so the attack searched less than it seems: look at the explainer's stderr and at "
       "timeout=."},
      {"ties", "entries that tie across the boundary of the top k, on the clean map, are more than 1 % of k",
       "The tie rule and not the explanation decides a part of the top k: choose a k at which the map has no ties, or read "
       "Spearman."},
      {"zero-map", "the explanation of the clean input is zero everywhere; the sample is skipped",
       "The explanation of the clean input is zero everywhere: look for a clipped output or a saturated probability."},
      {"non-finite-map", "the explanation of the clean input has NaN or infinite entries; the sample is skipped",
       "The explanation has NaN or infinite entries: look at the explainer's options and the network's numbers."},
      {"out-of-range-input", "the clean input leaves the legal range by more than 1e-6; the sample is skipped",
       "The inputs do not lie where --range says: give the range of the data, and --mean and --std where they are normalised "
       "already."},
  };
  return rules;
}

const char* advice_for(const std::string& id) {
  for (const auto& rule : health_rules()) {
    if (rule.id == id) return rule.advice;
  }
  throw std::logic_error("no health warning is called " + id);
}

}  // namespace faultline
