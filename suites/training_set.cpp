#include "suites/training_set.h"

#include <set>

#include "core/error.h"
#include "core/random.h"
#include "data/selection.h"

namespace faultline {
namespace {

constexpr size_t kFewestSamples = 8;

uint64_t hash_of(const at::Tensor& input) {
  const at::Tensor values = input.to(at::kCPU, at::kDouble).contiguous();
  return fnv1a64(values.data_ptr<double>(), static_cast<size_t>(values.numel()) * sizeof(double));
}

}  // namespace

TrainingSource training_source(const Audit& audit, const std::string& path, const std::string& labels_file, int64_t count) {
  TrainingSource out;
  out.data = audit.data;
  std::set<int64_t> audited;
  if (path.empty()) {
    if (!labels_file.empty())
      throw_usage("train-labels", "belongs to train-data, which is missing", "--labels are those of --data");
    for (const auto& sample : audit.samples) audited.insert(sample.index);
  } else {
    DatasetOptions options;
    options.input_shape = audit.network.graph().input_shape;
    options.labels_file = labels_file;
    out.data = open_dataset(path, options);
  }
  std::vector<uint64_t> ids;
  std::vector<int64_t> indices, labels;
  std::set<int64_t> classes;
  for (int64_t i = 0; i < out.data->size(); ++i) {
    const SampleInfo info = out.data->info(i);
    if (audited.count(i)) {
      ++out.left_out["audited"];
    } else if (!info.label) {
      ++out.left_out["without a label"];
    } else {
      if (*info.label < 0 || *info.label >= audit.network.classes()) {
        throw_input(info.name, "has the label " + std::to_string(*info.label),
                    "the network's classes are 0.." + std::to_string(audit.network.classes() - 1));
      }
      ids.push_back(info.id);
      indices.push_back(i);
      labels.push_back(*info.label);
      classes.insert(*info.label);
    }
  }
  if (ids.empty()) {
    const bool is_unlabelled = out.left_out.count("without a label") != 0;
    out.reason = is_unlabelled ? "not-applicable" : "too-few-samples";
    out.why = is_unlabelled ? "The data has no labels to train on: give --labels FILE, or train-data=PATH."
                            : "All samples are audited, and none is left to train on: give fewer --samples, or train-data=PATH.";
    return out;
  }
  if (classes.size() < 2 || ids.size() < kFewestSamples) {
    out.reason = "too-few-samples";
    out.why = "There are " + std::to_string(ids.size()) + " samples of " + std::to_string(classes.size()) +
              " classes to train on; " + std::to_string(kFewestSamples) + " samples of two classes are the least.";
    return out;
  }
  for (const int64_t place : select_balanced(ids, labels, count)) out.indices.push_back(indices[static_cast<size_t>(place)]);
  return out;
}

std::string TrainingSet::words() const {
  std::string out = std::to_string(labels.size(0)) + " samples";
  std::string rest;
  for (const auto& [why, count] : left_out) rest += (rest.empty() ? "" : ", ") + std::to_string(count) + " " + why;
  return rest.empty() ? out : out + " (left out: " + rest + ")";
}

TrainingSet load_training_set(const Audit& audit, const TrainingSource& source) {
  std::set<uint64_t> audited;
  for (const auto& sample : audit.samples) audited.insert(hash_of(audit.data->load(sample.index).input));
  TrainingSet out;
  out.left_out = source.left_out;
  std::vector<at::Tensor> inputs;
  std::vector<int64_t> labels;
  for (const int64_t index : source.indices) {
    const LoadedSample loaded = source.data->load(index);
    if (!loaded.reason.empty()) {
      ++out.left_out[loaded.reason];
    } else if (loaded.input.sizes() != at::IntArrayRef(audit.network.graph().input_shape)) {
      ++out.left_out["wrong-shape"];
    } else if (!loaded.input.isfinite().all().item<bool>()) {
      ++out.left_out["non-finite-input"];
    } else if (audited.count(hash_of(loaded.input))) {
      ++out.left_out["equal to an audited one"];
    } else {
      inputs.push_back(loaded.input.to(audit.network.dtype()));
      labels.push_back(*source.data->info(index).label);
    }
  }
  if (inputs.size() < kFewestSamples) {
    throw_input("train-data",
                std::to_string(inputs.size()) + " of " + std::to_string(source.indices.size()) + " samples can be used",
                std::to_string(kFewestSamples) + " are the least");
  }
  out.inputs = at::stack(inputs).to(audit.network.device());
  out.labels = at::tensor(labels, at::kLong);
  return out;
}

}  // namespace faultline
