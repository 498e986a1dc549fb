#include "report/data_randomization_summary.h"

#include <algorithm>
#include <cmath>

#include "report/suite_pages.h"
#include "report/summary_facts.h"
#include "report/words.h"
#include "suites/data_randomization_facts.h"
#include "suites/randomization_facts.h"

namespace faultline {
namespace {

constexpr double kDepends = 0.8, kHardly = 0.5, kUninformative = 0.9;  // attacks sheet 8.2
constexpr double kSame = 0.9999;
constexpr double kMuchAlike = 0.5;  // on trained and untrained networks: worth a sentence

std::optional<double> whole(const ConditionSummary& condition, const std::string& metric) {
  const auto found = condition.whole.find(metric);
  return found == condition.whole.end() ? std::nullopt : std::optional<double>(found->second);
}

const MetricSummary* measured(const ConditionSummary* condition, const char* metric) {
  const MetricSummary* summary = condition ? condition->metric(metric) : nullptr;
  return summary && summary->used > 0 ? summary : nullptr;
}

void read_training(const ConditionSummary& training, DataRandomizationSummary* out) {
  out->epochs = whole(training, facts::quantity::kEpochs);
  out->training_samples = whole(training, facts::quantity::kTrainingSamples).value_or(0);
  out->test_samples = whole(training, facts::quantity::kTestSamples).value_or(0);
  out->classes = whole(training, facts::quantity::kClasses).value_or(0);
  out->labels_left = whole(training, facts::quantity::kLabelsLeft);
  if (const MetricSummary* zeros = measured(&training, facts::quantity::kZeroShare)) out->zero_share = zeros->mean;
  for (const char* name : {facts::kTrue, facts::kPermuted, facts::kOtherSeed}) {
    Learner learner;
    learner.name = name;
    learner.training_accuracy = whole(training, facts::quantity::training_accuracy(name));
    learner.test_accuracy = whole(training, facts::quantity::test_accuracy(name));
    for (int64_t epoch = 1;; ++epoch) {
      const auto reached = whole(training, facts::quantity::accuracy_after(name, epoch));
      if (!reached) break;
      learner.curve.push_back(*reached);
    }
    if (!learner.curve.empty()) out->learners.push_back(std::move(learner));
  }
}

std::optional<WayToUntrained> way_of(const LabelMaps& maps, const char* metric) {
  const MetricSummary *trained = measured(maps.trained, metric), *untrained = measured(maps.untrained, metric);
  if (!trained || !untrained || untrained->mean > kUninformative) return std::nullopt;
  const auto way = [&](double similarity) { return (1 - similarity) / (1 - untrained->mean); };
  WayToUntrained out{way(trained->mean), {}, {}};
  if (trained->interval_low) {
    out.low = way(*trained->interval_high);
    out.high = way(*trained->interval_low);
  }
  return out;
}

bool is_same_everywhere(const LabelMaps& maps, const char* metric) {
  const MetricSummary* trained = measured(maps.trained, metric);
  return trained && trained->minimum >= kSame;
}

void judge(LabelMaps* maps) {
  maps->by_magnitude = way_of(*maps, facts::randomization::kSpearmanAbs);
  maps->with_signs = way_of(*maps, facts::randomization::kSpearmanSigned);
  if (is_same_everywhere(*maps, facts::randomization::kSpearmanAbs) &&
      is_same_everywhere(*maps, facts::randomization::kSpearmanSigned)) {
    maps->dependence = LabelDependence::same_map;
  } else if (const MetricSummary* untrained = measured(maps->untrained, facts::randomization::kSpearmanAbs);
             untrained && untrained->mean > kUninformative) {
    maps->dependence = LabelDependence::uninformative;
  } else if (maps->by_magnitude) {
    const double way = std::min(maps->by_magnitude->value, maps->with_signs ? maps->with_signs->value : 1e9);
    maps->dependence = way >= kDepends  ? LabelDependence::depends
                       : way <= kHardly ? LabelDependence::hardly
                                        : LabelDependence::partly;
  }
}

std::string mean_text(const ConditionSummary* condition, const char* metric) {
  const MetricSummary* summary = measured(condition, metric);
  return summary ? fixed_number(summary->mean, 2) : "no value";
}

/// What maps share on trained and untrained networks alike, where that is much.
std::string always_alike(const LabelMaps& maps) {
  double most = 0;
  std::string how;
  for (const auto& [metric, words] : {std::pair(facts::randomization::kSpearmanAbs, "in magnitude"),
                                      std::pair(facts::randomization::kSpearmanSigned, "with signs")}) {
    const MetricSummary *trained = measured(maps.trained, metric), *untrained = measured(maps.untrained, metric);
    if (!trained || !untrained || std::min(trained->mean, untrained->mean) <= most) continue;
    most = std::min(trained->mean, untrained->mean);
    how = words;
  }
  if (most <= kMuchAlike) return "";
  return " But maps of either two networks agree by " + fixed_number(most, 2) + " or more " + how +
         ": that much comes from the input and the architecture, whatever was learned.";
}

}  // namespace

const char* words_of(LabelDependence dependence) {
  static const char* const words[] = {"depends on what was learned",
                                      "depends partly on what was learned",
                                      "hardly depends on what was learned",
                                      "does not depend on the network",
                                      "magnitudes cannot tell",
                                      "no verdict"};
  return words[static_cast<int>(dependence)];
}

std::string way_text(const WayToUntrained& way) {
  const auto share = [](double value) { return percent(std::clamp(value, 0.0, 1.0)); };
  return share(way.value) + (way.low ? " (" + share(*way.low) + " to " + share(*way.high) + ")" : "");
}

const Learner* DataRandomizationSummary::learner(const std::string& name) const {
  for (const auto& learner : learners) {
    if (learner.name == name) return &learner;
  }
  return nullptr;
}

DataRandomizationSummary data_randomization_summary(const RunSummary& run) {
  DataRandomizationSummary out;
  const auto conditions = conditions_of(run, facts::kDataRandomization);
  const auto fact = [&](const char* field) {
    return fact_of(run.facts, facts::condition(facts::kNetworks, facts::kTraining, field));
  };
  out.why_not = fact(facts::kWhyNot);
  out.trained_on = fact(facts::kTrainedOn);
  out.optimiser = fact(facts::kOptimiser);
  out.start = fact(facts::kStart);
  out.permutation = fact(facts::kPermutation);
  out.accuracy_asked = number_of(fact(facts::kAccuracyAsked)).value_or(0);
  for (const ConditionSummary* condition : conditions) {
    if (condition->explainer == facts::kNetworks && condition->condition == facts::kTraining) read_training(*condition, &out);
  }
  for (const auto& explainer : run.explainers) {
    LabelMaps maps;
    maps.explainer = &explainer;
    for (const ConditionSummary* condition : conditions) {
      if (condition->explainer != explainer.name) continue;
      if (condition->condition == facts::kTrueVsPermuted) maps.trained = condition;
      if (condition->condition == facts::kUntrained) maps.untrained = condition;
      if (condition->condition == facts::kTrueVsOtherSeed) maps.other_seed = condition;
    }
    if (!maps.trained) continue;
    judge(&maps);
    out.explainers.push_back(maps);
  }
  return out;
}

bool is_above_chance(double accuracy, double classes, double samples) {
  if (classes < 2 || samples < 1) return false;
  const double chance = 1 / classes;
  return accuracy > chance + 2 * std::sqrt(chance * (1 - chance) / samples);
}

std::vector<std::string> training_sentences(const DataRandomizationSummary& summary) {
  const Learner *straight = summary.learner(facts::kTrue), *permuted = summary.learner(facts::kPermuted);
  std::vector<std::string> out;
  if (!summary.why_not.empty()) out.push_back("No verdict. " + summary.why_not);
  if (!straight || !permuted || !straight->training_accuracy || !permuted->training_accuracy) {
    if (out.empty()) out.push_back("The networks are not trained yet.");
    return out;
  }
  out.push_back("Both networks were trained for " + std::to_string(straight->curve.size()) + " epochs on " +
                count_number(summary.training_samples) + " samples; one knows " + percent(*straight->training_accuracy) +
                " of the true labels, the other " + percent(*permuted->training_accuracy) + " of the permuted ones.");
  if (!straight->test_accuracy || !permuted->test_accuracy) return out;
  out.push_back("Of the " + count_number(summary.test_samples) + " audited samples, on which neither was trained, they get " +
                percent(*straight->test_accuracy) + " and " + percent(*permuted->test_accuracy) + " right; guessing gets " +
                percent(1 / summary.classes) + ".");
  if (!summary.why_not.empty()) return out;
  if (is_above_chance(*permuted->test_accuracy, summary.classes, summary.test_samples)) {
    out.push_back(
        "The network of permuted labels does better than guessing, so its labels were not without meaning: doubt the "
        "comparison.");
  }
  if (!is_above_chance(*straight->test_accuracy, summary.classes, summary.test_samples)) {
    out.push_back(
        "The network of true labels does no better than guessing, so it learned its samples by heart too: train it on "
        "more of them before you conclude anything.");
  }
  return out;
}

std::string label_sentence(const LabelMaps& maps, const DataRandomizationSummary& summary) {
  const std::string name = maps.explainer->name + (maps.explainer->is_control ? " (control)" : "");
  const MetricSummary* trained = maps.trained->metric(facts::randomization::kSpearmanAbs);
  if (!trained || trained->used == 0) {
    return name + ": no verdict" + (trained ? " (" + reasons_text(*trained) + ")" : "") + ".";
  }
  std::string out = name + ": " + words_of(maps.dependence) + ". ";
  if (maps.dependence == LabelDependence::same_map) {
    return out + "Its maps are the same whether the network learned true or permuted labels.";
  }
  const auto both = [&](const char* metric) {
    return mean_text(maps.trained, metric) + " (untrained: " + mean_text(maps.untrained, metric) + ")";
  };
  out += "Between true and permuted labels the ranks of magnitudes agree by " + both(facts::randomization::kSpearmanAbs) +
         ", with signs by " + both(facts::randomization::kSpearmanSigned) + ".";
  std::vector<std::string> ways;
  if (maps.by_magnitude) ways.push_back(way_text(*maps.by_magnitude) + " by magnitudes");
  if (maps.with_signs) ways.push_back(way_text(*maps.with_signs) + " with signs");
  if (!ways.empty()) {
    out += " Of the way from equal maps to those of untrained networks that is " + ways[0] +
           (ways.size() > 1 ? ", " + ways[1] : "") + ".";
  }
  if (measured(maps.other_seed, facts::randomization::kSpearmanAbs)) {
    out += " Two networks of true labels that started elsewhere agree by " +
           mean_text(maps.other_seed, facts::randomization::kSpearmanAbs) + ", with signs by " +
           mean_text(maps.other_seed, facts::randomization::kSpearmanSigned) + ".";
  }
  if (maps.dependence == LabelDependence::uninformative) {
    out += " Magnitudes that agree on untrained networks too say nothing";
    if (summary.zero_share) out += ", and " + percent(*summary.zero_share) + " of the inputs' values are exactly 0";
    out += ": look at the signs, and at the pixels that are not 0, " + both(facts::randomization::kSpearmanNonzero) + ".";
  }
  if (maps.dependence != LabelDependence::uninformative) out += always_alike(maps);
  if (trained->skipped > 0) out += " Left out: " + reasons_text(*trained) + ".";
  return out;
}

}  // namespace faultline
