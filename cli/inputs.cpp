#include "cli/inputs.h"

#include "core/error.h"
#include "core/numbers.h"

namespace faultline {
namespace {

constexpr double kRangeSlack = 1e-6;

/// The element furthest outside the range, or nothing.
std::optional<double> outside(const at::Tensor& input, const LegalRange& range) {
  std::optional<double> worst;
  double worst_distance = kRangeSlack;
  const bool per_channel = range.low.size() > 1;
  for (size_t c = 0; c < range.low.size(); ++c) {
    const auto part = (per_channel ? input.select(0, static_cast<int64_t>(c)) : input).to(at::kDouble);
    const double low = part.min().item<double>(), high = part.max().item<double>();
    for (const auto& [distance, value] : {std::pair(range.low[c] - low, low), std::pair(high - range.high[c], high)}) {
      if (distance > worst_distance) {
        worst_distance = distance;
        worst = value;
      }
    }
  }
  return worst;
}

void add_to_samples(Inputs& inputs, const SampleInfo& info, const LoadedSample& loaded, std::vector<at::Tensor>& rows,
                    std::vector<at::Tensor>& masks, std::vector<int64_t>& labels) {
  rows.push_back(loaded.input);
  if (loaded.mask.defined()) masks.push_back(loaded.mask);
  labels.push_back(info.label.value_or(-1));
  inputs.samples.ids.push_back(info.id);
  inputs.samples.names.push_back(info.name);
}

}  // namespace

std::unique_ptr<Dataset> open_inputs(const RunSettings& settings, const std::string& path, bool with_labels) {
  DatasetOptions options;
  options.input_shape = settings.input_shape;
  if (with_labels) options.labels_file = settings.labels_file;
  auto data = open_dataset(path, options);
  if (data->size() == 0) throw_input(path, "holds no sample", "give at least one");
  return data;
}

bool is_single_array(const Dataset& data) { return data.format() == "npy"; }

LoadedSample first_usable_sample(const Dataset& data, const std::string& path) {
  LoadedSample first;
  for (int64_t i = 0; i < data.size(); ++i) {
    first = data.load(i);
    if (first.reason.empty()) return first;
  }
  throw Error(ErrorKind::nothing_tested, path,
              "none of its " + std::to_string(data.size()) + " samples can be used (" + first.reason + ": " + first.detail + ")");
}

LegalRange legal_range(const RunSettings& settings, const std::vector<const Dataset*>& data) {
  if (settings.range) return *settings.range;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Dataset* set : data) {
    for (int64_t i = 0; i < set->size(); ++i) {
      const auto loaded = set->load(i);
      if (!loaded.reason.empty()) continue;
      const auto values = loaded.input.to(at::kDouble);
      if (!at::isfinite(values).all().item<bool>()) continue;
      low = std::min(low, values.min().item<double>());
      high = std::max(high, values.max().item<double>());
    }
  }
  if (!(low < high)) throw_input("--range auto", "the data has no two different values", "give --range LO,HI");
  return {{low}, {high}};
}

std::string refusal(const LoadedSample& sample, const std::vector<int64_t>& shape, const LegalRange& range, std::string& detail) {
  detail = sample.detail;
  if (!sample.reason.empty()) return sample.reason;
  if (sample.input.sizes().vec() != shape) {
    detail = "has shape " + print_shape(sample.input.sizes().vec()) + ", the run's is " + print_shape(shape);
    return "wrong-shape";
  }
  if (!at::isfinite(sample.input).all().item<bool>()) {
    detail = "holds NaN or infinity";
    return "non-finite-input";
  }
  if (const auto value = outside(sample.input, range)) {
    detail = "holds " + short_number(*value) + ", outside the legal range " + print(range);
    return "out-of-range-input";
  }
  return "";
}

Inputs gather_inputs(const Network& network, const Dataset& data, const std::string& path, const std::vector<int64_t>& selection,
                     const LegalRange& range) {
  Inputs inputs;
  inputs.asked = static_cast<int64_t>(selection.size());
  inputs.available = data.size();
  std::vector<at::Tensor> rows, masks;
  std::vector<int64_t> labels;
  for (size_t position = 0; position < selection.size(); ++position) {
    const auto info = data.info(selection[position]);
    const auto loaded = data.load(selection[position]);
    std::string detail;
    const std::string reason = refusal(loaded, network.graph().input_shape, range, detail);
    if (reason.empty()) {
      add_to_samples(inputs, info, loaded, rows, masks, labels);
      inputs.samples.slots.push_back(static_cast<int64_t>(position));
      inputs.indices.push_back(selection[position]);
      inputs.positions.push_back(static_cast<int64_t>(position));
    } else if (is_single_array(data)) {
      throw_input(path, "sample " + info.name + " " + detail,
                  reason == "out-of-range-input" ? "give --range LO,HI or --range auto" : "mend the array");
    } else {
      inputs.skipped.push_back({info.id, info.name, reason, detail});
    }
  }
  if (rows.empty()) {
    throw Error(ErrorKind::nothing_tested, path,
                "none of the " + std::to_string(inputs.asked) + " samples asked for can be used (" +
                    (inputs.skipped.empty() ? "none was asked for" : inputs.skipped[0].name + ": " + inputs.skipped[0].reason) +
                    ")");
  }
  inputs.samples.inputs = at::stack(rows).to(network.device(), network.dtype());
  if (masks.size() == rows.size()) inputs.samples.masks = at::stack(masks);
  inputs.samples.labels = at::tensor(labels, at::kLong);
  return inputs;
}

}  // namespace faultline
