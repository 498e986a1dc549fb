#include "data/cifar10.h"

#include <algorithm>
#include <filesystem>

#include "core/error.h"
#include "data/file_dataset.h"
#include "data/input_file.h"

namespace faultline {
namespace {

constexpr uint64_t kRecord = 3073;
constexpr int64_t kClasses = 10;
constexpr uint64_t kLargestFile = uint64_t{4} << 30;  // a million records; the original files have ten thousand
constexpr const char* kTest = "test_batch.bin";

std::vector<std::string> training_batches(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& name : names_in_folder(folder)) {
    if (name.rfind("data_batch_", 0) == 0 && name.size() > 15 && name.compare(name.size() - 4, 4, ".bin") == 0)
      names.push_back(name);
  }
  // data_batch_10 comes after data_batch_9.
  std::stable_sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
  return names;
}

std::vector<std::string> read_class_names(const std::string& path) {
  constexpr uint64_t kLimit = 1 << 16;
  const auto bytes = InputFile(path).read_all(kLimit);
  std::vector<std::string> names(1);
  for (const unsigned char c : bytes) {
    if (c == '\n') {
      names.emplace_back();
    } else if (c != '\r') {
      names.back() += static_cast<char>(c);
    }
  }
  names.erase(std::remove(names.begin(), names.end(), ""), names.end());
  if (names.size() != static_cast<size_t>(kClasses)) {
    throw_input(path, "names " + std::to_string(names.size()) + " classes", "CIFAR-10 has 10, one a line");
  }
  return names;
}

class Cifar10 final : public FileDataset {
 public:
  Cifar10(std::vector<std::string> files, std::vector<std::string> notes, const DatasetOptions& options) {
    files_ = std::move(files);
    notes_ = std::move(notes);
    for (const auto& path : files_) {
      batches_.push_back(std::make_unique<InputFile>(path));
      read_classes(*batches_.back());
      ends_.push_back(static_cast<int64_t>(labels_.size()));
    }
    check_shape(options, {3, 32, 32});
    const auto meta = std::filesystem::path(files_.front()).parent_path() / "batches.meta.txt";
    if (std::filesystem::exists(meta)) class_names_ = read_class_names(meta.string());
    override_labels(options);
  }

  int64_t size() const override { return ends_.back(); }
  std::string format() const override { return "cifar10"; }

  LoadedSample load(int64_t index) const override {
    const size_t batch = std::upper_bound(ends_.begin(), ends_.end(), index) - ends_.begin();
    const int64_t row = index - (batch == 0 ? 0 : ends_[batch - 1]);
    std::vector<unsigned char> bytes(kRecord - 1);
    batches_[batch]->read_at(static_cast<uint64_t>(row) * kRecord + 1, bytes.data(), bytes.size());
    LoadedSample out;
    out.input = pixels_of_bytes(bytes.data(), {3, 32, 32});
    return out;
  }

 private:
  void read_classes(const InputFile& file) {
    if (file.size() == 0 || file.size() % kRecord != 0) {
      throw_input(file.path(), "holds " + std::to_string(file.size()) + " bytes", "CIFAR-10 has records of 3073 bytes");
    }
    if (file.size() > kLargestFile) throw_input(file.path(), "holds more than 4 GiB", "give it in several files");
    for (uint64_t offset = 0; offset < file.size(); offset += kRecord) {
      unsigned char label = 0;
      file.read_at(offset, &label, 1);
      if (label >= kClasses) {
        throw_input(file.path(), "record " + std::to_string(offset / kRecord) + " has the class " + std::to_string(label),
                    "CIFAR-10 has classes 0 to 9");
      }
      labels_.push_back(label);
    }
  }

  std::vector<std::unique_ptr<InputFile>> batches_;
  std::vector<int64_t> ends_;  ///< index after each batch's last sample
};

}  // namespace

bool has_cifar10(const std::string& folder) {
  return std::filesystem::is_regular_file(std::filesystem::path(folder) / kTest) || !training_batches(folder).empty();
}

std::unique_ptr<Dataset> open_cifar10(const std::string& path, const DatasetOptions& options) {
  namespace fs = std::filesystem;
  if (!fs::is_directory(path))
    return std::make_unique<Cifar10>(std::vector<std::string>{path}, std::vector<std::string>{}, options);
  const auto training = training_batches(path);
  const fs::path test = fs::path(path) / kTest;
  std::vector<std::string> notes;
  if (fs::is_regular_file(test)) {
    if (!training.empty())
      notes.push_back("read " + std::string(kTest) + "; " + std::to_string(training.size()) + " data_batch files left aside");
    return std::make_unique<Cifar10>(std::vector<std::string>{test.string()}, notes, options);
  }
  if (training.empty())
    throw_input(path, "holds neither test_batch.bin nor data_batch_*.bin", "give a folder of CIFAR-10's binary version");
  std::vector<std::string> files;
  for (const auto& name : training) files.push_back((fs::path(path) / name).string());
  return std::make_unique<Cifar10>(files, notes, options);
}

}  // namespace faultline
