#include "report/side_by_side.h"

#include <algorithm>
#include <functional>

#include "report/plain_verdict.h"
#include "report/suite_pages.h"
#include "report/words.h"

namespace faultline {
namespace {

using Cell = SideBySide::Cell;

struct Tried {
  const ExplainerSummary& summary;
  PlainVerdict verdict;
};
using Write = std::function<Cell(const Tried&)>;

// More epsilons than these stand in the summary below; the largest ones tell most.
constexpr size_t kEpsilons = 3;

/// The conditions' epsilons, smallest first, those of any explainer.
std::vector<std::string> epsilons_of(const RunSummary& run) {
  std::vector<std::pair<double, std::string>> all;
  for (const auto& explainer : run.explainers) {
    for (const auto& condition : explainer.conditions) {
      if (condition.epsilon && condition.is_attack) all.emplace_back(*condition.epsilon, condition.epsilon_text);
    }
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  std::vector<std::string> out;
  for (const auto& one : all) out.push_back(one.second);
  if (out.size() > kEpsilons) out.erase(out.begin(), out.end() - kEpsilons);
  return out;
}

/// Of the attacks (or else the controls) at one epsilon, the one that moved the headline metric furthest.
const ConditionSummary* furthest(const std::vector<ConditionSummary>& conditions, const std::string& epsilon, bool attacks,
                                 const RunSummary& run) {
  const double sign = run.words(run.headline_metric).higher_is_better ? 1 : -1;
  const ConditionSummary* best = nullptr;
  double least = 0;
  for (const auto& condition : conditions) {
    if (condition.epsilon_text != epsilon || condition.is_attack != attacks) continue;
    const MetricSummary* summary = condition.metric(run.headline_metric);
    if (!summary || summary->used == 0 || (best && sign * summary->mean >= least)) continue;
    best = &condition;
    least = sign * summary->mean;
  }
  return best;
}

/// What the strongest attack on each sample left, its interval, and what noise left: the control that the verdict below compares
/// the strongest attack with, so that both say the same number. Without an attack, the strongest control.
Cell attacked_cell(const ExplainerSummary& explainer, const std::string& epsilon, const RunSummary& run) {
  const ConditionSummary* attack = furthest(explainer.conditions, epsilon, true, run);
  const ConditionSummary* worst = furthest(explainer.worst, epsilon, true, run);
  if (!worst) worst = attack;
  Cell cell;
  if (worst) {
    const MetricSummary& left = *worst->metric(run.headline_metric);
    cell.text = people_number(left.mean);
    if (const std::string interval = interval_text(left); !interval.empty()) cell.below.push_back(interval);
  }
  const ConditionSummary* control = attack ? nullptr : furthest(explainer.conditions, epsilon, false, run);
  const MetricSummary* noise = attack    ? noise_beside(*attack, explainer, run)
                               : control ? control->metric(run.headline_metric)
                                         : nullptr;
  if (noise) cell.below.push_back("noise " + people_number(noise->mean));
  return cell;
}

Cell shift_cell(const OtherEvidence& other) {
  if (other.shifts_tried == 0) return {};
  if (other.moved_by_shift.empty()) return {"stays the same", {}};
  return {
      "changes", {std::to_string(other.moved_by_shift.size()) + " of " + std::to_string(other.shifts_tried) + " shifts"}, true};
}

Cell claims_cell(const OtherEvidence& other) {
  if (other.claims_tried == 0) return {};
  return {std::to_string(other.refuted.size()) + " of " + std::to_string(other.claims_tried), other.refuted,
          !other.refuted.empty()};
}

std::vector<std::pair<SideBySide::Column, Write>> all_columns(const RunSummary& run) {
  std::vector<std::pair<SideBySide::Column, Write>> out;
  const auto add = [&](const std::string& name, bool is_number, const Write& write) {
    out.push_back({SideBySide::Column{name, is_number}, write});
  };
  add("verdict", false, [](const Tried& tried) { return Cell{tried.summary.is_control ? "" : tried.verdict.label, {}}; });
  if (is_about_fragility(run)) {
    const MetricWords& words = run.words(run.headline_metric);
    const std::string sense = !words.has_direction ? "" : words.higher_is_better ? " \xe2\x86\x91" : " \xe2\x86\x93";
    const std::string name = words.title + (words.unit.empty() ? "" : ", " + words.unit) + " left by the worst attack at ";
    for (const auto& epsilon : epsilons_of(run))
      add(name + epsilon + sense, true,
          [&run, epsilon](const Tried& tried) { return attacked_cell(tried.summary, epsilon, run); });
  }
  add("inputs with another zero", false, [](const Tried& tried) { return shift_cell(tried.verdict.other); });
  add("layers drawn anew", false, [](const Tried& tried) {
    return Cell{tried.verdict.other.on_parameters, {}, tried.verdict.other.ignores_parameters};
  });
  add("permuted labels", false, [](const Tried& tried) {
    return Cell{tried.verdict.other.on_labels, {}, tried.verdict.other.ignores_labels};
  });
  add("claims refuted", true, [](const Tried& tried) { return claims_cell(tried.verdict.other); });
  return out;
}

}  // namespace

SideBySide side_by_side(const RunSummary& run) {
  SideBySide out;
  const auto subjects =
      std::count_if(run.explainers.begin(), run.explainers.end(), [](const auto& explainer) { return !explainer.is_control; });
  if (subjects < 2) return out;
  std::vector<Tried> all;
  for (const auto& explainer : run.explainers) {
    all.push_back({explainer, plain_verdict(explainer, run)});
    out.rows.push_back({explainer.name, explainer.is_control, {}});
  }
  for (const auto& [column, write] : all_columns(run)) {
    std::vector<Cell> cells;
    for (const auto& tried : all) {
      cells.push_back(write(tried));
      cells.back().is_fault &= !tried.summary.is_control;  // which is no result
    }
    if (std::all_of(cells.begin(), cells.end(), [](const Cell& cell) { return cell.text.empty(); })) continue;
    out.columns.push_back(column);
    for (size_t row = 0; row < cells.size(); ++row) out.rows[row].cells.push_back(std::move(cells[row]));
  }
  return out;
}

}  // namespace faultline
