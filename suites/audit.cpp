#include "suites/audit.h"

#include "core/error.h"

namespace faultline {
namespace {

int64_t target_of(const Subject& subject, const PlannedSample& sample, int64_t classes) {
  if (subject.target == "predicted") return sample.predicted;
  if (subject.target == "second") {
    if (sample.runner_up < 0) throw_input(sample.info.name, "has no second class", "the network has one output");
    return sample.runner_up;
  }
  if (subject.target == "label") {
    if (!sample.info.label) throw_input(sample.info.name, "has no label", "give --labels, or leave target=label out");
    return *sample.info.label;
  }
  const int64_t target = parse_integer(subject.target, "target");
  if (target < 0 || target >= classes) {
    throw_usage("target", subject.target + " is outside 0.." + std::to_string(classes - 1));
  }
  return target;
}

}  // namespace

Samples load_samples(const Audit& audit, const Subject& subject, const std::vector<int64_t>& rows) {
  std::vector<at::Tensor> inputs, masks;
  std::vector<int64_t> targets, runners_up, labels;
  Samples out;
  for (const int64_t row : rows) {
    const PlannedSample& sample = audit.samples[row];
    const LoadedSample loaded = audit.data->load(sample.index);
    if (!loaded.reason.empty())
      throw_input(sample.info.name, "no longer reads: " + loaded.reason, "the data changed during the run");
    inputs.push_back(loaded.input);
    if (loaded.mask.defined()) masks.push_back(loaded.mask);
    targets.push_back(target_of(subject, sample, audit.network.classes()));
    runners_up.push_back(sample.runner_up);
    labels.push_back(sample.info.label.value_or(-1));
    out.ids.push_back(sample.info.id);
    out.slots.push_back(sample.slot);
    out.names.push_back(sample.info.name);
  }
  const auto device = audit.network.device();
  out.inputs = at::stack(inputs).to(device, audit.network.dtype());
  out.targets = at::tensor(targets, at::kLong).to(device);
  if (*std::min_element(runners_up.begin(), runners_up.end()) >= 0) out.runners_up = at::tensor(runners_up, at::kLong).to(device);
  out.labels = at::tensor(labels, at::kLong);
  if (masks.size() == rows.size()) out.masks = at::stack(masks);
  return out;
}

Record record_of(const std::string& suite, const Subject& subject, const std::string& condition, const Samples& samples,
                 int64_t row) {
  Record record;
  record.suite = suite;
  record.explainer = subject.label;
  record.condition = condition;
  record.sample = samples.names[row];
  record.sample_id = samples.ids[row];
  return record;
}

std::string short_label(const Spec& given) { return print(given.without("target")); }

}  // namespace faultline
