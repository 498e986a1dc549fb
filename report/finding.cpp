#include <algorithm>
#include <cmath>
#include <set>

#include "report/words.h"
#include "suites/facts.h"

namespace faultline {
namespace {

bool is_top_k(const MetricWords& words) { return words.name.rfind("top-k", 0) == 0; }

/// "top-10 %" of "top 10 %": as an adjective of pixels.
std::string top_k_words(const MetricWords& words) {
  if (words.k.empty()) return "top-k";
  return words.k.rfind("top ", 0) == 0 ? "top-" + words.k.substr(4) : words.k;
}

/// A value of the headline metric: a percentage for top-k, with its unit otherwise.
std::string value_text(const MetricWords& words, double value) {
  if (is_top_k(words)) return percent(value);
  return people_number(value) + (words.unit.empty() ? "" : " " + words.unit);
}

std::string outcome(const MetricWords& words, const MetricSummary& summary) {
  std::string between;
  if (summary.interval_low) {
    const std::string low = is_top_k(words) ? fixed_number(100 * *summary.interval_low, 0) : people_number(*summary.interval_low);
    between = " (95 % interval " + low + " to " + value_text(words, *summary.interval_high) + ")";
  }
  const std::string value = value_text(words, summary.mean);
  if (is_top_k(words)) return "leaves " + value + " of the " + top_k_words(words) + " pixels in place" + between;
  if (words.higher_is_better) return "leaves a mean " + words.title + " of " + value + between;
  return "brings the mean " + words.title + " to " + value + between;
}

std::string prediction_text(const ConditionSummary& condition) {
  const MetricSummary* kept = condition.metric(facts::quantity::kKept);
  if (!kept || kept->used == 0) return "";
  const auto stayed = static_cast<int64_t>(std::llround(kept->mean * static_cast<double>(kept->used)));
  if (stayed == kept->used) return "; the prediction stayed the same in all of them";
  return "; the prediction stayed the same in " + std::to_string(stayed) + " of " + std::to_string(kept->used);
}

int attacks_at(const ExplainerSummary& explainer, const std::string& epsilon) {
  int count = 0;
  for (const auto& condition : explainer.conditions) count += condition.is_attack && condition.epsilon_text == epsilon;
  return count;
}

/// "the worst of 3 attacks for each sample leaves ... in place; ", where the ball has several.
std::string worst_words(const ExplainerSummary& explainer, const std::string& epsilon, const RunSummary& run) {
  for (const auto& worst : explainer.worst) {
    const MetricSummary* summary = worst.metric(run.headline_metric);
    if (worst.epsilon_text != epsilon || !summary || summary->used == 0) continue;
    return "the " + worst.label + " for each sample " + outcome(run.words(run.headline_metric), *summary) + "; ";
  }
  return "";
}

std::string attack_sentence(const ExplainerSummary& explainer, const ConditionSummary& attack, const RunSummary& run) {
  const MetricWords& words = run.words(run.headline_metric);
  const MetricSummary& summary = *attack.metric(run.headline_metric);
  const int attacks = attacks_at(explainer, attack.epsilon_text);
  std::string sentence = attack.epsilon_text.empty() ? "" : "at " + attack.epsilon_text + " ";
  sentence += worst_words(explainer, attack.epsilon_text, run);
  sentence += attacks > 1 ? "the strongest of " + std::to_string(attacks) + " attacks" : "an attack";
  sentence += " (" + attack.label;
  if (!attack.iterations.empty()) sentence += ", " + attack.iterations + " iterations";
  sentence += ", " + std::to_string(summary.used) + (summary.used == 1 ? " sample) " : " samples) ") + outcome(words, summary);
  if (const MetricSummary* noise = noise_beside(attack, explainer, run)) {
    const bool brings = !is_top_k(words) && !words.higher_is_better;
    sentence += std::string(", where random noise of the same size ") + (brings ? "brings it to " : "leaves ") +
                value_text(words, noise->mean);
  }
  return sentence + prediction_text(attack) + ".";
}

std::string noise_sentence(const ConditionSummary& attack, const RunSummary& run) {
  const MetricWords& words = run.words(attack.against_noise ? attack.against_noise->metric : run.headline_metric);
  if (!words.has_direction) return words.title + " has no good end, so the attack is not compared with noise.";
  if (!attack.against_noise) {
    return "No random control was measured at this size on the same samples, so nothing here tells the attack from noise.";
  }
  const NoiseComparison& gain = *attack.against_noise;
  const bool points = is_top_k(words);
  const auto amount = [&](double value) { return points ? fixed_number(100 * value, 0) : people_number(value); };
  const std::string unit = points ? " percentage points" : words.unit.empty() ? "" : " " + words.unit;
  std::string numbers = "mean difference " + amount(gain.mean_gain) + unit;
  if (gain.gain_low) numbers += ", 95 % interval " + amount(*gain.gain_low) + " to " + amount(*gain.gain_high);
  numbers += ", one-sided " + p_text(gain.p_value) + ", " + std::to_string(gain.pairs) + " paired samples";
  if (gain.is_better_than_noise) {
    return "The attack moved the maps further than noise did in " +
           (gain.share_gained == 1 ? std::string("all samples") : percent(gain.share_gained) + " of the samples") + " (" +
           numbers + ").";
  }
  if (gain.pairs < 8) {
    return "Too few samples to tell the attack from noise (" + numbers + "; 8 are needed), so this effort (" +
           effort_text(attack, run.headline_metric) + ") says neither that the explainer was broken nor that it was not.";
  }
  return "The attack did no better than random noise of the same size (" + numbers +
         "): this says more about the attack than about the explainer, which was not broken by this effort (" +
         effort_text(attack, run.headline_metric) + ").";
}

bool has_warning(const ConditionSummary& condition, const char* id) {
  return std::any_of(condition.health.begin(), condition.health.end(), [&](const HealthRecord& h) { return h.id == id; });
}

bool search_is_doubted(const ConditionSummary& condition) {
  return std::any_of(condition.health.begin(), condition.health.end(),
                     [](const HealthRecord& h) { return facts::health::doubts_search(h.id); });
}

/// Whether the attack changed the headline metric no more than rounding did.
bool is_within_rounding(const ExplainerSummary& explainer, const ConditionSummary& attack, const RunSummary& run) {
  if (!explainer.rounding) return false;
  const MetricSummary* floor = explainer.rounding->metric(run.headline_metric);
  const auto trivial = run.words(run.headline_metric).trivial;
  if (!floor || floor->used == 0 || !trivial) return false;
  const double by_attack = std::abs(attack.metric(run.headline_metric)->mean - *trivial);
  return by_attack > 0 && by_attack <= std::abs(floor->mean - *trivial);
}

Verdict verdict_of(const ExplainerSummary& explainer, const ConditionSummary& attack, const RunSummary& run) {
  if (has_warning(attack, facts::health::kPiecewiseConstant)) return Verdict::constant;
  if (is_within_rounding(explainer, attack, run)) return Verdict::within_rounding;
  if (!attack.against_noise) return Verdict::not_compared;
  if (attack.against_noise->is_better_than_noise) return Verdict::moved;
  if (attack.against_noise->pairs < 8) return Verdict::too_few;
  return search_is_doubted(attack) ? Verdict::doubtful_attack : Verdict::not_broken;
}

/// How much of the headline's metric rounding alone takes.
std::string rounding_sentence(const ExplainerSummary& explainer, const RunSummary& run) {
  if (!explainer.rounding) return "";
  const MetricWords& words = run.words(run.headline_metric);
  const MetricSummary* floor = explainer.rounding->metric(run.headline_metric);
  const MetricSummary* error = explainer.rounding->metric(facts::quantity::kRoundingError);
  if (!floor || floor->used == 0) return "";
  const std::string value = value_text(words, floor->mean);
  std::string out = "Rounding to float32 alone ";
  if (is_top_k(words)) {
    out += "leaves " + value + " of the " + top_k_words(words) + " pixels in place";
  } else {
    out += (words.higher_is_better ? "leaves a mean " + words.title + " of " : "brings the mean " + words.title + " to ") + value;
  }
  if (error && error->used > 0) {
    out += ", and changes an entry by up to " + people_number(100 * error->maximum) + " % of the map's largest";
  }
  return out + ": no claim can be finer.";
}

const char* const kControlWords =
    "This is a control: its map owes nothing to what the model learned. Its numbers show what a method that explains nothing "
    "gets here; they are for comparison and are no result of their own.";

/// An explainer on which no attack was measured: why not, and what noise did to it.
void untested(const ExplainerSummary& explainer, const RunSummary& run, Finding& out) {
  const MetricWords& words = run.words(run.headline_metric);
  bool has_attack = false;
  std::set<std::string> why;
  const ConditionSummary* noise = nullptr;
  for (const auto& condition : explainer.conditions) {
    const MetricSummary* summary = condition.metric(run.headline_metric);
    if (condition.is_attack) {
      has_attack = true;
      for (const auto& [reason, count] : summary ? summary->reasons : std::map<std::string, int64_t>()) {
        const auto told = condition.details.find(reason);
        why.insert(told == condition.details.end() ? reason + " " + std::to_string(count) : reason + ": " + told->second);
      }
    } else if (summary && summary->used > 0) {
      const bool is_larger = !noise || condition.epsilon.value_or(0) > noise->epsilon.value_or(0);
      const bool is_walk = noise && condition.epsilon_text == noise->epsilon_text && condition.kind == facts::kWalk;
      if (is_larger || is_walk) noise = &condition;
    }
  }
  std::string reasons;
  for (const auto& reason : why) reasons += (reasons.empty() ? "" : "; ") + reason;
  if (!reasons.empty()) reasons = " (" + reasons + ")";
  if (!noise) {
    out.sentence =
        has_attack ? "nothing was tested: no sample could be used" + reasons + "." : "nothing was tested: no attack was run.";
  } else {
    const MetricSummary& summary = *noise->metric(run.headline_metric);
    out.sentence = (has_attack ? "no attack could be measured" + reasons : std::string("no attack was run")) +
                   "; random noise at " + noise->epsilon_text + " (" + noise->label + ", " + std::to_string(summary.used) +
                   (summary.used == 1 ? " sample) " : " samples) ") + outcome(words, summary) + ".";
  }
  out.how_sure.push_back(explainer.is_control ? kControlWords
                                              : "Nothing here says how far an attack would move it: this is not a pass.");
}

}  // namespace

Finding finding_of(const ExplainerSummary& explainer, const RunSummary& run) {
  Finding out;
  out.explainer = explainer.name;
  const ConditionSummary* attack = strongest_attack(explainer, run);
  if (!attack) {
    untested(explainer, run, out);
    return out;
  }
  out.verdict = verdict_of(explainer, *attack, run);
  out.sentence = attack_sentence(explainer, *attack, run);
  if (explainer.is_control) {
    out.how_sure.push_back(kControlWords);
  } else {
    out.how_sure.push_back(noise_sentence(*attack, run));
  }
  if (out.verdict == Verdict::constant) {
    out.how_sure.push_back(
        "In most iterates the map did not change at all: where the attack looked the explanation is constant in the input. That "
        "says nothing for it, since such a map hardly depends on what it explains.");
  }
  if (out.verdict == Verdict::within_rounding) {
    out.how_sure.push_back("What the attack did is no more than what rounding to float32 does to the same maps.");
  }
  if (out.verdict == Verdict::moved && search_is_doubted(*attack)) {
    out.how_sure.push_back("A better search may well move the maps further: the warnings below doubt this one.");
  }
  const MetricSummary& summary = *attack->metric(run.headline_metric);
  out.how_sure.push_back("Measured on " + counts_text(summary, run.asked) + ".");
  if (summary.used == 1) {
    out.how_sure.push_back("One sample gives no interval: this is an example, not a measurement.");
  } else if (summary.has_few_samples) {
    out.how_sure.push_back("The interval rests on fewer than 8 samples: take it as a rough guide (too-few-samples).");
  }
  if (const std::string rounding = rounding_sentence(explainer, run); !rounding.empty()) out.how_sure.push_back(rounding);
  for (const auto& warning : attack->health) {
    out.warnings.push_back(warning_text(warning));
  }
  return out;
}

}  // namespace faultline
