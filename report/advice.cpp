#include "report/plain_verdict.h"
#include "report/suite_pages.h"
#include "suites/facts.h"

namespace faultline {
namespace {

/// From this gain over noise on, on a metric between 0 and 1 (or -1 and 1), a reader would see two different maps. A convention:
/// a tenth of the top pixels.
constexpr double kLargeGain = 0.1;
constexpr double kLargeLeak = 0.5;

/// Whether even the low end of the gain's interval is large. Metrics without bounds (pixels, say) have no large or small.
bool is_surely_large(const NoiseComparison& gain, const RunSummary& run) {
  const MetricWords& words = run.words(gain.metric);
  const bool is_share = words.name.rfind("top-k", 0) == 0 || (words.low && words.high && *words.high - *words.low <= 2);
  return is_share && gain.gain_low.value_or(0) >= kLargeGain;
}

/// Another explainer of the run that the same strongest attacks moved less, by intervals that do not touch; "" without one.
std::string steadier(const ExplainerSummary& explainer, const RunSummary& run) {
  const ConditionSummary* mine = strongest_attack(explainer, run);
  const MetricWords& words = run.words(run.headline_metric);
  if (!mine || !words.has_direction) return "";
  const double sign = words.higher_is_better ? 1 : -1;
  std::string best;
  double best_mean = 0;
  for (const auto& other : run.explainers) {
    if (other.is_control || other.name == explainer.name) continue;
    const ConditionSummary* its = strongest_attack(other, run);
    if (!its || its->epsilon_text != mine->epsilon_text) continue;
    const MetricSummary &a = *mine->metric(run.headline_metric), &b = *its->metric(run.headline_metric);
    if (!a.interval_low || !b.interval_low) continue;
    const double my_good_end = words.higher_is_better ? *a.interval_high : *a.interval_low;
    const double its_bad_end = words.higher_is_better ? *b.interval_low : *b.interval_high;
    if (sign * its_bad_end <= sign * my_good_end || (!best.empty() && sign * b.mean <= sign * best_mean)) continue;
    // A map that stood still because it ignores the input is no better choice, nor one that ignores the network.
    if (finding_of(other, run).verdict == Verdict::constant || other_evidence(other, run).is_any()) continue;
    best = other.name;
    best_mean = b.mean;
  }
  return best;
}

void after_attack(const ExplainerSummary& explainer, const RunSummary& run, const Finding& finding,
                  std::vector<std::string>& out) {
  const ConditionSummary* attack = strongest_attack(explainer, run);
  switch (finding.verdict) {
    case Verdict::moved:
      if (attack && attack->against_noise && is_surely_large(*attack->against_noise, run)) {
        const std::string other = steadier(explainer, run);
        out.push_back(other.empty()
                          ? "Choose another method; none in this run was moved surely less."
                          : "Choose another method: " + other +
                                " was moved less by the strongest attack here; audit it on your data before you change.");
        out.push_back(
            "Or smooth: average the map over noisy inputs (smooth-grad), which usually costs sharpness, and audit that.");
        out.push_back(
            "Or retrain with softplus in the place of ReLU (Dombrowski et al. 2019), or with weight decay, so that the gradient "
            "turns less from input to input, and audit again.");
      } else {
        out.push_back("Quote the map together with how far it moved: the effect beyond noise is there, and not surely large.");
        out.push_back("Try a stronger attack or a larger epsilon before you rely on the difference being small.");
      }
      break;
    case Verdict::within_rounding:
      out.push_back("Run again with --dtype float64 and with more iterations before you conclude anything.");
      break;
    case Verdict::constant:
      out.push_back("Run suite parameter-randomization: it tells a steady map from one that ignores the network.");
      break;
    case Verdict::doubtful_attack:
      out.push_back("Do what the warnings ask (more iterations, another beta) and run again; until then nothing is known.");
      break;
    case Verdict::too_few:
      out.push_back("Measure at least 8 samples that every condition can use; 32 give intervals that mean something.");
      break;
    case Verdict::not_compared:
      out.push_back("Add a random control of the same size (--attack random-sign) and a metric with a good end, and run again.");
      break;
    case Verdict::not_broken:
      out.push_back("Before you rely on it, attack harder: annealed-topk, more iterations, a larger epsilon, more samples.");
      break;
    default: out.push_back("Find out above why nothing was tested, mend it, and run again."); break;
  }
}

}  // namespace

std::vector<std::string> advice_for(const ExplainerSummary& explainer, const RunSummary& run, const Finding& finding,
                                    const OtherEvidence& other) {
  std::vector<std::string> out;
  if (other.ignores_parameters || other.ignores_labels)
    out.push_back("Do not use it to explain this network: choose a method whose maps change with what the network learned.");
  if (!other.refuted.empty()) {
    out.push_back(
        "Report it to whoever maintains the method: the counterexample below comes with the command that tries it again. "
        "Until it is mended, do not rely on the refuted promise.");
  }
  if (!other.moved_by_shift.empty())
    out.push_back("Fix how inputs are normalised, and any reference input, before maps of two pipelines are compared.");
  if (other.leak >= kLargeLeak) {
    out.push_back(
        "Try other rules (lrp:composite=epsilon-plus, or bias=absorb-uniform): half or more of what is explained never "
        "reaches the map.");
  }
  if (is_about_fragility(run)) after_attack(explainer, run, finding, out);
  if (out.empty()) out.push_back("Attack it as well (--suite fragility): what was run here says nothing about changed inputs.");
  return out;
}

}  // namespace faultline
