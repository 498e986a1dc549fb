#include "report/words.h"

#include <cmath>
#include <cstdio>

#include "suites/facts.h"

namespace faultline {
std::string fixed_number(double value, int digits) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
  const std::string text = buffer;
  const bool is_zero = text.find_first_not_of("-0.") == std::string::npos;
  return is_zero && text[0] == '-' ? text.substr(1) : text;
}

std::string people_number(double value) {
  const double size = std::abs(value);
  if (size != 0 && size < 1e-6) {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.1e", value);
    return buffer;
  }
  if (size != 0 && size < 0.01) return fixed_number(value, 1 - static_cast<int>(std::floor(std::log10(size))));
  return fixed_number(value, size < 10 ? 2 : size < 100 ? 1 : 0);
}

std::string power_number(double value) {
  if (!std::isfinite(value)) return "not finite";
  const double size = std::abs(value);
  if (size == 0) return "0";
  if (size >= 0.01 && size < 0.1) return fixed_number(value, 3);  // two digits that matter, as below and above
  if (size >= 1e-3 && size < 1e4) return people_number(value);
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.1e", value);
  const std::string text = buffer;
  const size_t e = text.find('e');
  static const char* const kSuperscripts[] = {"\xe2\x81\xb0", "\xc2\xb9",     "\xc2\xb2",     "\xc2\xb3",     "\xe2\x81\xb4",
                                              "\xe2\x81\xb5", "\xe2\x81\xb6", "\xe2\x81\xb7", "\xe2\x81\xb8", "\xe2\x81\xb9"};
  const int power = std::stoi(text.substr(e + 1));
  std::string raised = power < 0 ? "\xe2\x81\xbb" : "";
  for (const char digit : std::to_string(std::abs(power))) raised += kSuperscripts[digit - '0'];
  // A bare power only where the number is one: 1.04e-9 keeps its 1.0.
  const bool is_power = std::abs(size / std::pow(10, power) - 1) < 1e-9;
  const std::string lead = is_power ? (value < 0 ? "-" : "") : text.substr(0, e) + " \xc3\x97 ";
  return lead + "10" + raised;
}

std::string percent(double share) {
  if (share > 0 && share < 0.01) return "below 1 %";
  if (share > 0.99 && share < 1) return "above 99 %";
  return fixed_number(100 * share, 0) + " %";
}

std::string count_number(double value) { return value == std::floor(value) ? fixed_number(value, 0) : people_number(value); }

std::string p_text(double p) { return p < 0.001 ? "p < 0.001" : "p = " + people_number(p); }

std::string interval_text(const MetricSummary& summary) {
  if (!summary.interval_low) return "";
  return people_number(*summary.interval_low) + " to " + people_number(*summary.interval_high);
}

std::string reasons_text(const MetricSummary& summary) {
  std::string out;
  for (const auto& [reason, count] : summary.reasons) out += (out.empty() ? "" : ", ") + reason + " " + std::to_string(count);
  return out;
}

std::string counts_text(const MetricSummary& summary, int64_t asked) {
  std::string out = std::to_string(summary.used) + " of " + std::to_string(asked) + (asked == 1 ? " sample" : " samples");
  std::string rest;
  if (summary.skipped > 0) rest = std::to_string(summary.skipped) + " skipped: " + reasons_text(summary);
  if (summary.missing > 0) rest += (rest.empty() ? "" : "; ") + std::to_string(summary.missing) + " not measured yet";
  return rest.empty() ? out : out + " (" + rest + ")";
}

std::string effort_text(const ConditionSummary& condition, const std::string& metric) {
  std::string out = condition.label;
  if (!condition.epsilon_text.empty()) out += " at " + condition.epsilon_text;
  if (!condition.iterations.empty()) out += ", " + condition.iterations + " iterations";
  if (const MetricSummary* summary = condition.metric(metric)) out += ", " + std::to_string(summary->used) + " samples";
  const MetricSummary* evaluations = condition.metric(facts::quantity::kEvaluations);
  if (evaluations && evaluations->used > 0) out += ", " + count_number(evaluations->mean) + " evaluations a sample";
  return out;
}

std::string warning_text(const HealthRecord& warning) {
  return "Warning " + warning.id + " in " + percent(warning.share) + " of the samples: " + warning.advice;
}

const char* name_of(Verdict verdict) {
  static const char* const names[] = {"moved",   "within-rounding", "constant",   "doubtful-attack",
                                      "too-few", "not-compared",    "not-broken", "nothing-tested"};
  return names[static_cast<int>(verdict)];
}

const char* words_of(Verdict verdict) {
  static const char* const words[] = {"moved further than noise",
                                      "moved no further than rounding",
                                      "constant in the input, which proves nothing",
                                      "not broken, but the attack is in doubt",
                                      "too few samples to tell",
                                      "not compared with noise",
                                      "not broken by this effort",
                                      "nothing tested"};
  return words[static_cast<int>(verdict)];
}

const ConditionSummary* strongest_attack(const ExplainerSummary& explainer, const RunSummary& run) {
  const MetricWords& words = run.words(run.headline_metric);
  const ConditionSummary* best = nullptr;
  for (const auto& condition : explainer.conditions) {
    const MetricSummary* summary = condition.metric(run.headline_metric);
    if (!condition.is_attack || !summary || summary->used == 0) continue;
    const double epsilon = condition.epsilon.value_or(0), best_epsilon = best ? best->epsilon.value_or(0) : -1;
    const double sign = words.higher_is_better ? 1 : -1;
    if (epsilon > best_epsilon ||
        (epsilon == best_epsilon && sign * summary->mean < sign * best->metric(run.headline_metric)->mean)) {
      best = &condition;
    }
  }
  return best;
}

const ConditionSummary* condition_named(const ExplainerSummary& explainer, const std::string& condition) {
  for (const auto& candidate : explainer.conditions) {
    if (candidate.condition == condition) return &candidate;
  }
  return nullptr;
}

const MetricSummary* noise_beside(const ConditionSummary& attack, const ExplainerSummary& explainer, const RunSummary& run) {
  if (!attack.against_noise) return nullptr;
  const ConditionSummary* control = condition_named(explainer, attack.against_noise->control);
  const MetricSummary* noise = control ? control->metric(run.headline_metric) : nullptr;
  return noise && noise->used > 0 ? noise : nullptr;
}

}  // namespace faultline
