#include <cmath>

#include "core/numbers.h"
#include "report/summary_curvature.h"
#include "report/words.h"
#include "suites/curvature_facts.h"

namespace faultline {
namespace {

namespace names = facts::curvature;

std::string of_samples(int64_t count) { return std::to_string(count) + (count == 1 ? " sample" : " samples"); }

/// "3.1 %", "310 %": of a map's length, or of a prediction.
std::string in_percent(double share) { return people_number(100 * share) + " %"; }

/// Whether the prediction holds, and where.
std::string validity_sentence(const CurvatureSummary& of) {
  const CheckedRadius& smallest = of.radii.front();
  const MetricSummary* ratio = smallest.measure(names::on(names::kRatio, true));
  if (!ratio) return "no sample has a map that should move along the leading curvature, so nothing is predicted.";
  const auto median_of = [](const CheckedRadius& at, const std::string& metric) -> std::optional<double> {
    const MetricSummary* summary = at.measure(metric);
    return summary ? std::optional<double>(summary->median) : std::nullopt;
  };
  if (of.validity_surrogate == 0) {
    return "already at L2 length " + short_number(smallest.radius) + " the map of the smooth surrogate moves by " +
           in_percent(ratio->median) + " of what its curvature predicts (median of " + of_samples(ratio->used) +
           "), so nothing is predicted.";
  }
  const CheckedRadius& last = *of.at(of.validity_surrogate);
  std::string out = "a step of L2 length " + short_number(last.radius) + " along the leading curvature moves the map";
  const auto relative = median_of(last, names::kRelativePredicted);
  const auto achieved = median_of(last, names::on(names::kRatio, true));
  if (relative) out += " by a predicted " + in_percent(*relative) + " of its length";
  if (achieved) out += "; on the smooth surrogate it moves by " + in_percent(*achieved) + " of that";
  if (const auto gain = median_of(last, names::on(names::kGain, true)))
    out += ", " + people_number(*gain) + " times as far as a random step";
  return out + " (medians of " + of_samples(ratio->used) + ").";
}

/// How far the prediction holds, beside the budgets of the run.
std::string reach_sentence(const CurvatureSummary& of, const RunSummary& run) {
  const auto where = [](double radius) {
    return radius == 0 ? std::string("at none of the lengths tried") : "up to L2 length " + short_number(radius);
  };
  std::string out = "the prediction holds within 20 % " + where(of.validity_surrogate) + " on the smooth surrogate and " +
                    where(of.validity_original) + " on the network itself";
  const auto epsilons = epsilons_of(run);
  if (!epsilons.empty()) {
    if (const auto reach = reach_in_l2(run, epsilons.back())) {
      out += "; the largest epsilon, " + short_number(epsilons.back()) + ", reaches L2 length " + people_number(*reach);
      out += *reach <= of.validity_surrogate ? ", which is inside" : ", where nothing is predicted";
    }
  }
  return out + ".";
}

std::string correlation_sentence(const CurvatureSummary& of) {
  const FragilityCorrelation& c = *of.correlation;
  if (c.is_saturated) {
    return "every sample lost equally much to " + of.attack +
           ", so there is no order that a prediction could match; give the attack a smaller epsilon= of its own.";
  }
  if (!c.value) return "too few samples to say whether the prediction ranks them as " + of.attack + " does.";
  std::string out = "ordered by predicted fragility, samples agree with what they lose to " + of.attack +
                    " to a rank correlation of " + fixed_number(*c.value, 2);
  if (c.low && c.high) out += " (95 % interval " + fixed_number(*c.low, 2) + " to " + fixed_number(*c.high, 2) + ")";
  out += ", n = " + std::to_string(c.samples);
  if (c.samples < 8) return out + ": too few samples to rely on.";
  return out + (c.low && *c.low <= 0 && *c.high >= 0 ? ": chance alone can give that." : ".");
}

}  // namespace

std::vector<std::string> curvature_sentences_of(const CurvatureSummary& of, const RunSummary& run) {
  if (of.radii.empty()) {
    return {of.not_applicable == "not-applicable" ? "the explanation has no derivative, so its curvature cannot be looked at."
                                                  : "no sample could be looked at."};
  }
  std::vector<std::string> out{validity_sentence(of), reach_sentence(of, run)};
  if (of.unsettled > 0) {
    out.push_back("the leading curvature of " + of_samples(of.unsettled) +
                  " is not settled to a thousandth; give more lanczos-steps=.");
  }
  if (of.correlation) out.push_back(correlation_sentence(of));
  return out;
}

std::vector<std::string> curvature_sentences(const RunSummary& run) {
  std::vector<std::string> out;
  for (const auto& of : curvature_summaries(run)) {
    for (const auto& sentence : curvature_sentences_of(of, run)) out.push_back(of.explainer + ": " + sentence);
  }
  return out;
}

}  // namespace faultline
