#include "data/selection.h"

#include <sstream>
#include <unordered_map>

#include "cli/inputs.h"
#include "core/error.h"
#include "data/input_file.h"
#include "models/blocks.h"

namespace faultline {
namespace {

std::vector<uint64_t> ids_of(const Dataset& data) {
  std::vector<uint64_t> ids;
  for (int64_t i = 0; i < data.size(); ++i) ids.push_back(data.info(i).id);
  return ids;
}

/// The ids of a file of names or ids, one a line.
std::vector<uint64_t> listed_ids(const std::string& path, const Dataset& data) {
  std::unordered_map<std::string, uint64_t> known;
  for (int64_t i = 0; i < data.size(); ++i) known.emplace(std::to_string(data.info(i).id), data.info(i).id);
  for (int64_t i = 0; i < data.size(); ++i) known.emplace(data.info(i).name, data.info(i).id);
  constexpr uint64_t kLargest = uint64_t{64} << 20;
  constexpr size_t kShown = 100;
  const auto bytes = InputFile(path).read_all(kLargest);
  std::istringstream file(std::string(bytes.begin(), bytes.end()));
  std::vector<uint64_t> ids;
  std::string line;
  while (std::getline(file, line)) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.empty()) continue;
    const auto at = known.find(line);
    if (at == known.end())
      throw_input(path, "'" + line.substr(0, kShown) + "' is not a sample of the data", "write one name or id a line");
    ids.push_back(at->second);
  }
  return ids;
}

/// The predicted class of every sample, -1 where it cannot be decoded or run.
std::vector<int64_t> predictions_of(const RunSettings& settings, const Network& network, const Dataset& data) {
  const at::NoGradGuard no_graph;
  std::vector<int64_t> classes(data.size(), -1);
  std::vector<at::Tensor> rows;
  std::vector<int64_t> places;
  const auto run = [&] {
    if (rows.empty()) return;
    const auto inputs = at::stack(rows).to(network.device(), network.dtype());
    const auto logits =
        block_logits(network, {inputs, at::zeros({inputs.size(0)}, at::kLong), places, at::Tensor()}).to(at::kCPU);
    const auto best = predicted_classes(logits);
    for (size_t i = 0; i < places.size(); ++i) classes[places[i]] = best[static_cast<int64_t>(i)].item<int64_t>();
    rows.clear();
    places.clear();
  };
  for (int64_t i = 0; i < data.size(); ++i) {
    const auto loaded = data.load(i);
    if (!loaded.reason.empty() || loaded.input.sizes().vec() != network.graph().input_shape) continue;
    rows.push_back(loaded.input);
    places.push_back(i);
    if (static_cast<int64_t>(rows.size()) == settings.batch) run();
  }
  run();
  return classes;
}

std::vector<int64_t> classes_of(const RunSettings& settings, const Network& network, const Dataset& data) {
  std::vector<int64_t> classes;
  bool has_labels = false;
  for (int64_t i = 0; i < data.size(); ++i) {
    const auto label = data.info(i).label;
    has_labels = has_labels || label.has_value();
    classes.push_back(label.value_or(-1));
  }
  return has_labels ? classes : predictions_of(settings, network, data);
}

}  // namespace

std::vector<int64_t> selected_samples(const RunSettings& settings, const Network& network, const Dataset& data) {
  if (!settings.sample_ids_file.empty()) return select_ids(ids_of(data), listed_ids(settings.sample_ids_file, data));
  std::vector<int64_t> all(data.size());
  for (int64_t i = 0; i < data.size(); ++i) all[i] = i;
  if (!settings.samples || *settings.samples >= data.size()) return all;
  return select_balanced(ids_of(data), classes_of(settings, network, data), *settings.samples);
}

}  // namespace faultline
