#include "report/shift_words.h"

#include <algorithm>
#include <map>

#include "report/suite_pages.h"
#include "report/summary_facts.h"
#include "report/words.h"
#include "suites/shift_facts.h"

namespace faultline {
namespace {

std::string circumstance_of(const ConditionSummary& condition) {
  static const std::map<std::string, const char*> words{{"fit=kept", "what it learned kept"},
                                                        {"baseline=zero", "reference 0"},
                                                        {"baseline=zero+shift", "reference 0, moved along"},
                                                        {"baseline=black", "reference: each network's darkest value"},
                                                        {"baseline=mean", "reference: mean of the data"},
                                                        {"baseline=mean+shift", "reference: mean of the data, moved along"},
                                                        {"baseline=mean-of-shifted", "reference: mean of the shifted data"}};
  const auto reference = words.find(detail_of(condition, "reference"));
  if (reference != words.end()) return reference->second;
  const std::string range = detail_of(condition, "range");
  return range.empty() ? "" : range == "shifted" ? "range moved along" : "range as it was";
}

const MetricSummary* change_of(const ConditionSummary& condition) {
  const MetricSummary* change = condition.metric(facts::quantity::kRelativeChange);
  return change && change->used > 0 ? change : nullptr;
}

/// Samples that the verdict rests on.
int64_t decided_samples(const ConditionSummary& condition) {
  const MetricSummary* change = change_of(condition);
  const double left_out = whole_of(condition, facts::quantity::kAtKinks).value_or(0);
  return change ? change->used - static_cast<int64_t>(left_out) : 0;
}

std::string samples(int64_t n) { return std::to_string(n) + (n == 1 ? " sample" : " samples"); }

/// "shift -1", "the shift by chequers".
std::string shift_text(const ShiftWords& words) {
  const std::string& name = words.shift;
  const bool is_number = name.find_first_not_of("-+.0123456789e/") == std::string::npos;
  if (is_number) return "a shift by " + name + " times the range";
  if (name == "per-channel") return "a shift that differs by channel";
  return "a shift by a picture (" + name + ")";
}

/// The names, each once: "a; b; c".
std::string list_of(const std::vector<ShiftWords>& all, std::string ShiftWords::*name) {
  std::vector<std::string> names;
  for (const auto& words : all) {
    if (std::find(names.begin(), names.end(), words.*name) == names.end()) names.push_back(words.*name);
  }
  std::string out;
  for (size_t i = 0; i < names.size(); ++i) out += (i == 0 ? "" : "; ") + names[i];
  return out;
}

template <class Keep>
std::vector<ShiftWords> only(const std::vector<ShiftWords>& all, const Keep& keep) {
  std::vector<ShiftWords> out;
  std::copy_if(all.begin(), all.end(), std::back_inserter(out), keep);
  return out;
}

std::string broken_sentence(const std::vector<ShiftWords>& broken) {
  const ShiftWords* worst = &broken.front();
  for (const auto& words : broken) {
    if (change_of(*words.condition)->mean > change_of(*worst->condition)->mean) worst = &words;
  }
  const MetricSummary& change = *change_of(*worst->condition);
  return "not invariant. No answer of the network changed, and " + shift_text(*worst) + " changed the map by " +
         percent(change.mean) + " of its size on average (" + samples(change.used) + ", taken back in the " + worst->taken_back +
         (worst->circumstance.empty() ? "" : ", " + worst->circumstance) + ").";
}

/// Of the explainer as it was given, and of the circumstances that decide.
std::string verdict_sentence(const std::vector<ShiftWords>& all) {
  const auto given = only(all, [](const ShiftWords& w) {
    return !w.is_optimised && (w.circumstance.empty() || !detail_of(*w.condition, "range").empty());
  });
  const auto broken = only(given, [](const ShiftWords& w) { return w.is_not_invariant(); });
  const auto held = only(given, [](const ShiftWords& w) { return w.is_invariant(); });
  if (broken.empty() && held.empty()) {
    for (const auto& words : given) {
      const std::string why = detail_of(*words.condition, facts::kNotApplicable);
      if (!why.empty()) return "not applicable. " + why + ".";
    }
    for (const auto& words : given) {
      const MetricSummary* change = words.condition->metric(facts::quantity::kRelativeChange);
      if (change && change->used == 0 && change->skipped > 0)
        return "not measured: no map could be used (" + reasons_text(*change) + ").";
    }
    return "not measured: its maps change with the last digit of an input, shift or not.";
  }
  if (broken.empty()) {
    double largest = 0;
    int64_t fewest = decided_samples(*held.front().condition);
    for (const auto& words : held) {
      largest = std::max(largest, whole_of(*words.condition, facts::quantity::kLargestChange).value_or(0));
      fewest = std::min(fewest, decided_samples(*words.condition));
    }
    return "invariant. No shift (" + std::to_string(held.size()) + " tried, " + samples(fewest) +
           ") moved its map by more than " + people_number(std::max(largest, 1e-16)) + " of its size.";
  }
  std::string out = broken_sentence(broken);
  const bool promises =
      std::any_of(broken.begin(), broken.end(), [](const ShiftWords& w) { return detail_of(*w.condition, "promised") == "1"; });
  if (promises) out += " It promises to be invariant here: please report this as a fault.";
  const auto by_normalisation =
      only(held, [](const ShiftWords& w) { return w.circumstance.empty() && w.taken_back == "normalisation"; });
  if (!by_normalisation.empty()) out += " Shifts that the network's own normalisation takes back do not change it.";
  const auto by_range = only(held, [](const ShiftWords& w) { return detail_of(*w.condition, "range") == "shifted"; });
  if (!by_range.empty()) {
    out += " Told the range of the shifted inputs, it is invariant to " + list_of(by_range, &ShiftWords::shift) + ".";
  }
  return out;
}

std::string reference_sentence(const std::vector<ShiftWords>& all) {
  const auto with = only(all, [](const ShiftWords& w) { return !detail_of(*w.condition, "reference").empty(); });
  const auto held = only(with, [](const ShiftWords& w) { return w.is_invariant(); });
  const auto given_broken = only(all, [](const ShiftWords& w) { return w.circumstance.empty() && w.is_not_invariant(); });
  if (held.empty() || given_broken.empty()) return "";
  const std::string circumstances = list_of(only(held,
                                                 [&](const ShiftWords& w) {
                                                   return std::none_of(with.begin(), with.end(), [&](const ShiftWords& other) {
                                                     return other.circumstance == w.circumstance && other.is_not_invariant();
                                                   });
                                                 }),
                                            &ShiftWords::circumstance);
  return circumstances.empty() ? "" : " Invariant to every shift with: " + circumstances + ".";
}

// Of a correlation: less than this is no picture drawn.
constexpr double kDrawn = 0.01;

std::string picture_sentence(const std::vector<ShiftWords>& all) {
  for (const auto& words : all) {
    const MetricSummary* after = words.condition->metric(facts::quantity::kPictureAfter);
    const MetricSummary* before = words.condition->metric(facts::quantity::kPictureBefore);
    const MetricSummary* size = words.condition->metric(facts::quantity::kShiftLinf);
    const MetricSummary* logits = words.condition->metric(facts::quantity::kLogitChange);
    if (!words.is_optimised || !after || after->used == 0 || !before || !size || !logits) continue;
    if (after->mean - before->mean < kDrawn) {
      return " A search for a shift that draws a picture into it found none: the map's correlation with the picture stays " +
             people_number(after->mean) + " (" + samples(after->used) + ").";
    }
    return " A searched shift of at most " + people_number(size->maximum) +
           " in any pixel draws a picture into it: the map's correlation with the picture was " + people_number(before->mean) +
           " and becomes " + people_number(after->mean) + ", no logit changes by more than " + people_number(logits->maximum) +
           " (" + samples(after->used) + ").";
  }
  return "";
}

}  // namespace

bool ShiftWords::is_invariant() const { return verdict == facts::kInvariant; }
bool ShiftWords::is_not_invariant() const { return verdict == facts::kNotInvariant && change_of(*condition); }

ShiftWords shift_words(const ConditionSummary& condition) {
  ShiftWords out;
  out.condition = &condition;
  out.is_optimised = condition.condition.rfind(facts::kOptimised, 0) == 0;
  out.shift = detail_of(condition, facts::kShift);
  out.taken_back = detail_of(condition, "compensate") == "normalisation" ? "normalisation" : "first layers";
  out.circumstance = circumstance_of(condition);
  out.verdict = detail_of(condition, facts::kVerdict);
  if (!detail_of(condition, facts::kNotApplicable).empty() && !change_of(condition)) out.verdict = "not applicable";
  if (out.verdict.empty()) out.verdict = facts::kNotMeasured;
  return out;
}

std::vector<ShiftWords> shift_words_of(const RunSummary& run, const std::string& explainer) {
  std::vector<ShiftWords> out;
  for (const auto* condition : conditions_of(run, facts::kShift)) {
    if (condition->explainer == explainer) out.push_back(shift_words(*condition));
  }
  std::stable_sort(out.begin(), out.end(), [](const ShiftWords& a, const ShiftWords& b) {
    const auto key = [](const ShiftWords& w) {
      return std::make_tuple(w.is_optimised, detail_of(*w.condition, "reference"), w.taken_back == "normalisation");
    };
    return key(a) < key(b);
  });
  return out;
}

std::vector<std::string> shift_sentences(const RunSummary& run) {
  std::vector<std::string> out;
  for (const auto& explainer : run.explainers) {
    const auto all = shift_words_of(run, explainer.name);
    if (all.empty()) continue;
    out.push_back(explainer.name + (explainer.is_control ? " (control): " : ": ") + verdict_sentence(all) +
                  reference_sentence(all) + picture_sentence(all));
  }
  return out;
}

}  // namespace faultline
