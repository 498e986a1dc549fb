#include "suites/data_randomization.h"

#include <algorithm>

#include "core/numbers.h"
#include "models/fresh_parameters.h"
#include "models/training.h"
#include "suites/map_comparison.h"
#include "suites/trained_maps.h"
#include "suites/unit_rows.h"

namespace faultline {
namespace {

/// Seconds of a pass, the mean of those that learn and those that count, over those of an input gradient; measured.
constexpr double kPassOfTraining = 2;
/// Training is cut into at most so many units, for the progress bar.
constexpr int64_t kPiecesOfTraining = 100;

/// Why networks of this architecture cannot be trained; "" where they can.
std::string why_not_trainable(const Audit& audit) {
  const Network& network = audit.network;
  if (network.classes() < 2) return "The network has one output, and cross-entropy needs two classes.";
  if (network.graph().frozen_batch > 0) {
    return "The network's file fixes its batch size at " + std::to_string(network.graph().frozen_batch) +
           ": export it with a free batch size.";
  }
  const auto uses = parameter_uses(network);
  const bool learns = std::any_of(uses.begin(), uses.end(), [](const ParameterUse& use) { return is_learned(use.role); });
  return learns ? "" : "The network has no layer that learns.";
}

/// Some epochs as records of the whole run; none where training had ended before.
UnitResult epochs_unit(LabelTraining& training, const std::vector<std::string>& trainees, int64_t first, int64_t last) {
  UnitResult out;
  for (int64_t epoch = first; epoch <= last; ++epoch) {
    const auto figures = training.epoch(epoch);
    if (!figures) break;
    for (size_t i = 0; i < trainees.size(); ++i) {
      out.records.push_back(whole_record(facts::quantity::accuracy_after(trainees[i], epoch), figures->accuracies[i]));
      out.records.push_back(whole_record(facts::quantity::loss_in(trainees[i], epoch), figures->losses[i]));
    }
  }
  return out;
}

}  // namespace

const OptionTable<DataRandomization::Options>& DataRandomization::options() {
  static const auto table = [] {
    OptionTable<Options> t;
    t.integer("epochs", &Options::epochs, {1, 100000}, "most epochs; training ends when every network knows its labels",
              "Adebayo 2018: 100 for permuted labels");
    t.integer("batch", &Options::batch, {2, 100000}, "samples of a step", "Adebayo 2018");
    t.number("learning-rate", &Options::learning_rate, {1e-9, 10}, "of Adam", "Kingma, Ba 2015");
    t.number("accuracy", &Options::accuracy, {0.01, 1}, "share of its labels that a network has to know", "Adebayo 2018");
    t.text("train-data", &Options::train_data, "what to train on; without it the samples of --data that are not audited");
    t.text("train-labels", &Options::train_labels, "labels of train-data where it has none", "", "FILE.npy");
    t.integer("train-samples", &Options::train_samples, {8, 10000000}, "most samples to train on, balanced over the classes");
    t.choice("start", &Options::start, {{"same", LabelStart::same}, {"own", LabelStart::own}},
             "whether both networks start from the same parameters, so that only labels differ");
    t.flag("other-seed", &Options::other_seed, "also train a third network: true labels, another start");
    t.integer("pictures", &Options::pictures, {0, 100}, "samples shown for each explainer");
    return t;
  }();
  return table;
}

Facts DataRandomization::facts(const Audit& audit) const {
  Facts out;
  const auto set = [&](const std::string& explainer, const char* condition, const char* field, const std::string& text) {
    out[facts::condition(explainer, condition, field)] = text;
  };
  const std::string seed = std::to_string(audit.context.seed);
  set(facts::kNetworks, facts::kTraining, facts::kOptimiser,
      "Adam, learning rate " + short_number(options_.learning_rate) + ", batches of " + std::to_string(options_.batch) +
          ", cross-entropy; batch norm by the statistics of the batch, dropout left out");
  set(facts::kNetworks, facts::kTraining, facts::kStart,
      "weights and biases uniform within 1/sqrt(fan in), seed " + seed +
          (options_.start == LabelStart::same ? "; the same for true and permuted labels"
                                              : "; one for true and one for permuted labels"));
  set(facts::kNetworks, facts::kTraining, facts::kPermutation, "one permutation of the training labels, seed " + seed);
  set(facts::kNetworks, facts::kTraining, facts::kAccuracyAsked, exact_number(options_.accuracy));
  for (const auto& by : map_comparisons()) out[facts::compared_by(by.name)] = by.spec;
  for (const auto& subject : audit.subjects) {
    set(subject.label, facts::kTrueVsPermuted, facts::kLabel, "true against permuted labels");
    set(subject.label, facts::kUntrained, facts::kLabel, "two untrained networks");
    if (options_.other_seed) set(subject.label, facts::kTrueVsOtherSeed, facts::kLabel, "true labels, two starts");
  }
  return out;
}

std::vector<Unit> DataRandomization::plan(const Audit& audit, RunStore& store, const Speed& speed) const {
  TrainingSource source = training_source(audit, options_.train_data, options_.train_labels, options_.train_samples);
  const std::string untrainable = why_not_trainable(audit);
  if (!untrainable.empty()) source.reason = "not-applicable", source.why = untrainable;
  std::vector<Unit> units;
  if (!source.reason.empty()) {
    for (const auto& subject : audit.subjects) {
      units.push_back({facts::key({kName, subject.label, facts::kTrueVsPermuted}), 0,
                       [&audit, &subject, reason = source.reason, why = source.why] {
                         UnitResult out =
                             skipped_maps(audit, subject, rows_between(0, static_cast<int64_t>(audit.samples.size())),
                                          facts::kTrueVsPermuted, reason);
                         out.facts[facts::condition(facts::kNetworks, facts::kTraining, facts::kWhyNot)] = why;
                         return out;
                       }});
    }
    return units;
  }

  const auto shared = std::make_shared<TrainedMaps>(audit, store, std::move(source),
                                                    LabelTrainingOptions{options_.epochs, options_.batch, options_.learning_rate,
                                                                         options_.accuracy, options_.start, options_.other_seed},
                                                    options_.pictures);
  const auto trainees = shared->trainees();
  const auto networks = static_cast<double>(trainees.size());
  // Passes of an epoch: one to learn and one to count. The networks go on side by side, and a pass that only counts is short.
  const double epoch_cost = 2 * networks * static_cast<double>(shared->planned_training_samples());
  const at::Tensor first = audit.data->load(audit.samples.front().index).input;
  const double seconds = kPassOfTraining * gradient_seconds(audit.network, first) / networks;
  const int64_t together = (options_.epochs + kPiecesOfTraining - 1) / kPiecesOfTraining;
  for (int64_t first = 1; first <= options_.epochs; first += together) {
    const int64_t last = std::min(options_.epochs, first + together - 1);
    units.push_back(
        {facts::key({kName, facts::kTraining, std::to_string(last)}), epoch_cost * static_cast<double>(last - first + 1),
         [shared, trainees, first, last] { return epochs_unit(shared->training(), trainees, first, last); }, seconds});
  }
  units.push_back({facts::key({kName, facts::kNetworks}), 0, [shared] { return shared->networks_unit(); }});
  for (const auto& subject : audit.subjects) {
    for (const auto& rows : unit_rows(audit)) {
      const double cost = shared->maps_of_a_sample() * static_cast<double>(subject.explainer->traits().points * rows.size());
      units.push_back({unit_key(audit, kName, subject, facts::kTrueVsPermuted, rows), cost,
                       [shared, &subject, rows] { return shared->maps_unit(subject, rows); }, speed.of_maps(subject)});
    }
  }
  return units;
}

void DataRandomization::finish(const Audit&, RunStore& store) const {
  const std::string key = facts::key({kName, facts::kFinish});
  if (!store.is_done(key)) store.commit_unit(key, {});
}

std::vector<GatedScore> DataRandomization::gated_scores(const Audit&,
                                                        const std::map<std::string, std::string>& conditions) const {
  if (conditions.count(facts::kTrueVsPermuted) == 0) return {};
  return {{facts::kTrueVsPermuted, facts::randomization::kSpearmanAbs, Direction::lower_is_better}};
}

}  // namespace faultline
