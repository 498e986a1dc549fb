#include "suites/training_checkpoint.h"

#include <cmath>
#include <sstream>

#include "core/error.h"
#include "core/numbers.h"
#include "core/sha256.h"
#include "data/safetensors.h"

namespace faultline {
namespace {

const char* const kRemedy = "remove the file to train again";
constexpr size_t kMostEpochs = 1'000'000;
constexpr double kMostSteps = 1e15;

std::string name_of(size_t trainee, const char* part, size_t place) {
  return std::to_string(trainee) + "|" + part + "|" + std::to_string(place);
}

std::string text_of(const std::vector<EpochFigures>& history) {
  std::string out;
  for (const auto& epoch : history) {
    for (const auto* numbers : {&epoch.losses, &epoch.accuracies}) {
      for (const double value : *numbers) out += exact_number(value) + " ";
    }
    out += "\n";
  }
  return out;
}

/// A finite number of a file that anybody may have written.
double number_in(const std::string& path, const std::string& word) {
  double value = 0;
  try {
    value = parse_number(word, path);
  } catch (const Error&) {
    throw_input(path, "holds '" + word.substr(0, 40) + "' for a number", kRemedy);
  }
  if (!std::isfinite(value)) throw_input(path, "holds numbers that are not finite", kRemedy);
  return value;
}

std::vector<EpochFigures> history_of(const std::string& text, size_t trainees, const std::string& path) {
  std::vector<EpochFigures> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream numbers(line);
    EpochFigures epoch;
    std::string word;
    std::vector<double> values;
    while (numbers >> word) values.push_back(number_in(path, word));
    if (values.size() != 2 * trainees) throw_input(path, "has a damaged history", kRemedy);
    epoch.losses.assign(values.begin(), values.begin() + static_cast<int64_t>(trainees));
    epoch.accuracies.assign(values.begin() + static_cast<int64_t>(trainees), values.end());
    out.push_back(std::move(epoch));
  }
  return out;
}

std::string digest_of(const TensorFile& file) {
  Sha256 hash;
  for (const auto& [key, text] : file.metadata) {
    if (key != "digest") hash.update(key + "=" + text + ";");
  }
  for (const auto& [name, values] : file.tensors) {
    hash.update(name + ";" + c10::toString(values.scalar_type()) + ";");
    for (const int64_t size : values.sizes()) hash.update(std::to_string(size) + ",");
    const at::Tensor bytes = values.contiguous();
    hash.update(bytes.data_ptr(), static_cast<size_t>(bytes.nbytes()));
  }
  return hash.hex();
}

void put(TensorFile* file, size_t trainee, const char* part, const std::vector<at::Tensor>& values) {
  for (size_t i = 0; i < values.size(); ++i)
    file->tensors[name_of(trainee, part, i)] = values[i].detach().to(at::kCPU).contiguous();
}

std::vector<at::Tensor> taken(TensorFile* file, size_t trainee, const char* part, const std::vector<at::Tensor>& like,
                              const std::string& path) {
  std::vector<at::Tensor> out;
  for (size_t i = 0; i < like.size(); ++i) {
    const auto found = file->tensors.find(name_of(trainee, part, i));
    if (found == file->tensors.end() || found->second.sizes() != like[i].sizes() ||
        found->second.scalar_type() != like[i].scalar_type()) {
      throw_input(path, std::string("does not hold this network's ") + part + " " + std::to_string(i), kRemedy);
    }
    out.push_back(found->second.to(like[i].device()));
    if (at::isFloatingType(out.back().scalar_type()) && !out.back().isfinite().all().item<bool>())
      throw_input(path, "holds numbers that are not finite", kRemedy);
    file->tensors.erase(found);
  }
  return out;
}

}  // namespace

void write_checkpoint(const std::string& path, const TrainingCheckpoint& checkpoint, const std::string& fingerprint) {
  TensorFile file;
  for (size_t i = 0; i < checkpoint.states.size(); ++i) {
    put(&file, i, "parameter", checkpoint.states[i].parameters);
    put(&file, i, "first", checkpoint.states[i].adam.first);
    put(&file, i, "second", checkpoint.states[i].adam.second);
    file.metadata["steps|" + std::to_string(i)] = std::to_string(checkpoint.states[i].adam.steps);
  }
  file.metadata["format"] = "faultline training 1";
  file.metadata["fingerprint"] = fingerprint;
  file.metadata["history"] = text_of(checkpoint.history);
  file.metadata["failure"] = checkpoint.failure;
  file.metadata["digest"] = digest_of(file);
  write_safetensors(path, file);
}

TrainingCheckpoint read_checkpoint(const std::string& path, const std::vector<TrainingState>& like,
                                   const std::string& fingerprint) {
  TensorFile file = read_safetensors(path);
  const auto word = [&](const std::string& key) {
    const auto found = file.metadata.find(key);
    if (found == file.metadata.end()) throw_input(path, "is no checkpoint of a training: " + key + " is missing", kRemedy);
    return found->second;
  };
  if (word("digest") != digest_of(file)) throw_input(path, "is damaged: its digest differs", kRemedy);
  if (word("fingerprint") != fingerprint) throw_input(path, "is of another training", kRemedy);
  TrainingCheckpoint out;
  out.history = history_of(word("history"), like.size(), path);
  out.failure = word("failure");
  if (out.history.size() > kMostEpochs) throw_input(path, "has too many epochs", kRemedy);
  for (size_t i = 0; i < like.size(); ++i) {
    TrainingState state;
    state.epochs = static_cast<int64_t>(out.history.size());
    state.parameters = taken(&file, i, "parameter", like[i].parameters, path);
    state.adam.first = taken(&file, i, "first", like[i].adam.first, path);
    state.adam.second = taken(&file, i, "second", like[i].adam.second, path);
    const double steps = number_in(path, word("steps|" + std::to_string(i)));
    if (!(steps >= 0 && steps < kMostSteps)) throw_input(path, "counts " + exact_number(steps) + " steps", kRemedy);
    state.adam.steps = static_cast<int64_t>(steps);
    out.states.push_back(std::move(state));
  }
  if (!file.tensors.empty()) throw_input(path, "holds " + file.tensors.begin()->first + ", which nothing reads", kRemedy);
  return out;
}

}  // namespace faultline
