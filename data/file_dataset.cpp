#include "data/file_dataset.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "core/error.h"
#include "core/sha256.h"
#include "data/npy.h"

namespace faultline {

SampleInfo FileDataset::info(int64_t index) const {
  SampleInfo out;
  out.id = static_cast<uint64_t>(index);
  out.name = std::to_string(index);
  if (!labels_.empty() && labels_[index] >= 0) out.label = labels_[index];
  return out;
}

std::string FileDataset::digest() const {
  std::call_once(digest_once_, [&] {
    Sha256 all;
    for (const auto& file : files_) all.update(sha256_of_file(file));
    all.update(settings_);
    digest_ = all.hex();
  });
  return digest_;
}

void FileDataset::override_labels(const DatasetOptions& options) {
  if (options.labels_file.empty()) return;
  labels_ = read_labels(options.labels_file, size());
  files_.push_back(options.labels_file);
}

void FileDataset::check_shape(const DatasetOptions& options, const std::vector<int64_t>& shape) const {
  if (!options.input_shape.empty() && options.input_shape != shape) {
    throw_input(files_.front(), "holds samples of shape " + shape_text(shape),
                "the input shape asked for is " + shape_text(options.input_shape) + ", and only image folders are resized");
  }
}

std::vector<int64_t> read_labels(const std::string& path, int64_t count) {
  const NpyArray array = read_npy(path);
  const std::string remedy = "give one integer a sample, -1 where the class is unknown";
  if (!at::isIntegralType(array.values.scalar_type(), false)) throw_input(path, "holds labels of type " + array.dtype, remedy);
  if (array.values.dim() != 1 || array.values.size(0) != count) {
    throw_input(path, "has shape [" + shape_text(array.values.sizes().vec()) + "] for " + std::to_string(count) + " samples",
                remedy);
  }
  const at::Tensor labels = array.values.to(at::kLong).contiguous();
  const int64_t* p = labels.data_ptr<int64_t>();
  std::vector<int64_t> out(p, p + count);
  for (const int64_t label : out) {
    if (label < -1) throw_input(path, "holds the label " + std::to_string(label), remedy);
  }
  return out;
}

at::Tensor pixels_of_bytes(const unsigned char* bytes, const std::vector<int64_t>& shape) {
  static const auto kPixel = [] {
    std::array<float, 256> table{};
    for (int i = 0; i < 256; ++i) table[i] = static_cast<float>(i) / 255.0f;
    return table;
  }();
  at::Tensor out = at::empty(shape, at::kFloat);
  float* into = out.data_ptr<float>();
  for (int64_t i = 0; i < out.numel(); ++i) into[i] = kPixel[bytes[i]];
  return out;
}

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text;
  for (const int64_t extent : shape) text += (text.empty() ? "" : ",") + std::to_string(extent);
  return text;
}

std::vector<std::string> names_in_folder(const std::string& folder) {
  std::vector<std::string> names;
  try {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  } catch (const std::filesystem::filesystem_error& error) {
    throw_input(folder, "cannot be listed (" + error.code().message() + ")", "give a readable folder");
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace faultline
