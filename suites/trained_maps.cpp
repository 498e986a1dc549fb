#include "suites/trained_maps.h"

#include "core/error.h"
#include "core/random.h"
#include "data/npy.h"
#include "models/blocks.h"
#include "suites/data_randomization_facts.h"
#include "suites/map_comparison.h"
#include "suites/unit_rows.h"

namespace faultline {
namespace {

Record record_of_row(const Audit& audit, const std::string& explainer, const std::string& condition, int64_t row) {
  const SampleInfo& info = audit.samples[static_cast<size_t>(row)].info;
  Record record;
  record.suite = facts::kDataRandomization;
  record.explainer = explainer;
  record.condition = condition;
  record.sample = info.name;
  record.sample_id = info.id;
  return record;
}

}  // namespace

Record whole_record(const std::string& metric, double value, const std::string& reason) {
  Record record;
  record.suite = facts::kDataRandomization;
  record.explainer = facts::kNetworks;
  record.condition = facts::kTraining;
  record.set(metric, value, reason);
  return record;
}

UnitResult skipped_maps(const Audit& audit, const Subject& subject, const std::vector<int64_t>& rows,
                        const std::string& condition, const std::string& reason) {
  UnitResult out;
  for (const int64_t row : rows) {
    for (const auto& by : map_comparisons()) {
      Record record = record_of_row(audit, subject.label, condition, row);
      record.set(by.name, 0, reason);
      out.records.push_back(std::move(record));
    }
  }
  return out;
}

TrainedMaps::TrainedMaps(const Audit& audit, RunStore& store, TrainingSource source, const LabelTrainingOptions& options,
                         int64_t pictures)
    : audit_(audit),
      store_(store),
      has_other_seed_(options.has_other_seed),
      pictures_(pictures),
      planned_samples_(static_cast<int64_t>(source.indices.size())),
      training_(audit, store, std::move(source), options),
      audits_(audit, training_) {}

std::vector<std::string> TrainedMaps::trainees() const {
  std::vector<std::string> names{facts::kTrue, facts::kPermuted};
  if (has_other_seed_) names.push_back(facts::kOtherSeed);
  return names;
}

std::vector<TrainedMaps::Pair> TrainedMaps::pairs() const {
  std::vector<Pair> out{{facts::kTrueVsPermuted, facts::kTrue, facts::kPermuted},
                        {facts::kUntrained, TrainedAudits::kUntrainedFirst, TrainedAudits::kUntrainedSecond}};
  if (has_other_seed_) out.push_back({facts::kTrueVsOtherSeed, facts::kTrue, facts::kOtherSeed});
  return out;
}

int64_t TrainedMaps::maps_of_a_sample() const { return static_cast<int64_t>(trainees().size()) + 2; }

UnitResult TrainedMaps::networks_unit() {
  const TrainedNetworks& trained = training_.result();
  UnitResult out;
  const auto put = [&](const std::string& metric, double value, const std::string& reason = "") {
    out.records.push_back(whole_record(metric, value, reason));
  };
  put(facts::quantity::kEpochs, static_cast<double>(trained.history.size()), trained.has_converged ? "" : "not-converged");
  put(facts::quantity::kTrainingSamples, static_cast<double>(trained.set.labels.size(0)));
  put(facts::quantity::kClasses, static_cast<double>(audit_.network.classes()));
  put(facts::quantity::kLabelsLeft, trained.labels_left);

  std::vector<std::vector<double>> right(trained.networks.size());
  const Subject nobody;
  for (const auto& rows : unit_rows(audit_)) {
    const Samples samples = load_samples(audit_, nobody, rows);
    const auto zeros = zero_shares(samples.inputs);
    for (size_t i = 0; i < rows.size(); ++i) {
      Record record = record_of_row(audit_, facts::kNetworks, facts::kTraining, rows[i]);
      record.set(facts::quantity::kZeroShare, zeros[i], "");
      out.records.push_back(std::move(record));
    }
    for (size_t net = 0; net < trained.networks.size(); ++net) {
      const at::Tensor predicted = predicted_classes(block_logits(
          trained.networks[net], {samples.inputs, at::Tensor(), samples.slots, at::Tensor()}, audit_.context.passes));
      for (int64_t i = 0; i < samples.size(); ++i) {
        const auto label = samples.labels[i].item<int64_t>();
        if (label >= 0) right[net].push_back(predicted[i].item<int64_t>() == label ? 1 : 0);
      }
    }
  }
  put(facts::quantity::kTestSamples, static_cast<double>(right[0].size()));
  for (size_t net = 0; net < trained.networks.size(); ++net) {
    const std::string& trainee = trained.trainees[net];
    if (!trained.history.empty()) put(facts::quantity::training_accuracy(trainee), trained.history.back().accuracies[net]);
    double sum = 0;
    for (const double one : right[net]) sum += one;
    const auto count = static_cast<double>(right[net].size());
    put(facts::quantity::test_accuracy(trainee), count > 0 ? sum / count : 0, count > 0 ? "" : "not-applicable");
  }
  out.facts[facts::condition(facts::kNetworks, facts::kTraining, facts::kTrainedOn)] = trained.set.words();
  if (!trained.has_converged) out.facts[facts::condition(facts::kNetworks, facts::kTraining, facts::kWhyNot)] = trained.why_not;
  return out;
}

UnitResult TrainedMaps::maps_unit(const Subject& asked, const std::vector<int64_t>& rows) {
  try {
    return compared_maps(asked, rows);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage && error.kind() != ErrorKind::input) throw;
    UnitResult out = skipped_maps(audit_, asked, rows, facts::kTrueVsPermuted, facts::kNotApplicable);
    out.facts[facts::condition(asked.label, facts::kTrueVsPermuted, facts::kNotApplicable)] = error.what();
    return out;
  }
}

UnitResult TrainedMaps::compared_maps(const Subject& asked, const std::vector<int64_t>& rows) {
  if (!training_.result().has_converged) return skipped_maps(audit_, asked, rows, facts::kTrueVsPermuted, "not-converged");
  UnitResult out;
  const auto place = static_cast<size_t>(&asked - audit_.subjects.data());
  Context quiet = audit_.context;
  quiet.figures = false;
  for (size_t begin = 0; begin < rows.size(); begin += static_cast<size_t>(audit_.batch)) {
    const auto end = std::min(rows.size(), begin + static_cast<size_t>(audit_.batch));
    const std::vector<int64_t> some(rows.begin() + static_cast<int64_t>(begin), rows.begin() + static_cast<int64_t>(end));
    const Samples samples = load_samples(audits_.get(facts::kTrue), asked, some);
    std::map<std::string, at::Tensor> maps;
    const auto map_of = [&](const std::string& of) {
      at::Tensor& made = maps[of];
      if (!made.defined()) {
        const Audit& audit = audits_.get(of);
        made = audit.subjects[place].explainer->explain(audit.network, samples, quiet).maps;
      }
      return made;
    };
    for (const Pair& pair : pairs()) {
      const at::Tensor first = map_of(pair.first), second = map_of(pair.second);
      for (const auto& by : map_comparisons()) {
        const MetricValues values = compare_maps(by, samples.inputs, first, second);
        for (int64_t row = 0; row < samples.size(); ++row) {
          Record record = record_of(facts::kDataRandomization, asked, pair.condition, samples, row);
          record.set(by.name, values.values[row], values.reasons[row]);
          out.records.push_back(std::move(record));
        }
      }
    }
    add_pictures(asked, samples, some, maps, &out);
  }
  return out;
}

/// The first samples of the run, so that nobody has chosen them.
void TrainedMaps::add_pictures(const Subject& subject, const Samples& samples, const std::vector<int64_t>& rows,
                               const std::map<std::string, at::Tensor>& maps, UnitResult* out) const {
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] >= pictures_) continue;
    const auto row = static_cast<int64_t>(i);
    std::vector<std::pair<std::string, at::Tensor>> parts{
        {facts::part::kImage, samples.inputs[row]}, {facts::part::kUntrainedMap, maps.at(TrainedAudits::kUntrainedFirst)[row]}};
    for (const auto& trainee : trainees()) parts.emplace_back(facts::part::map_of(trainee), maps.at(trainee)[row]);
    for (const auto& [part, array] : parts) {
      const std::string file = "maps/" + std::string(facts::kDataRandomization) + "-" + std::to_string(fnv1a64(subject.label)) +
                               "-" + std::to_string(samples.ids[i]) + "-" + part + ".npy";
      write_npy(store_.path(file), array.to(at::kCPU, at::kFloat));
      out->pictures.push_back(
          {facts::kDataRandomization, subject.label, facts::kTrueVsPermuted, samples.names[i], samples.ids[i], file, part});
    }
  }
}

}  // namespace faultline
