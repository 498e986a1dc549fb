#include "data/image_folder.h"

#include <filesystem>

#include "core/error.h"
#include "core/random.h"
#include "data/file_dataset.h"
#include "data/image_decode.h"
#include "data/image_listing.h"
#include "data/input_file.h"

namespace faultline {
namespace {

constexpr uint64_t kLargestFile = uint64_t{1} << 28;

class ImageFolder final : public FileDataset {
 public:
  ImageFolder(const std::string& folder, const ImageListing& listing, const DatasetOptions& options)
      : plan_(image_plan(options)) {
    class_names_ = listing.class_names;
    notes_ = listing.notes;
    bool any_label = false;
    for (const auto& entry : listing.entries) {
      paths_.push_back(entry.path);
      labels_.push_back(entry.label);
      any_label = any_label || entry.label >= 0;
      files_.push_back((std::filesystem::path(folder) / entry.path).string());
      settings_ += entry.path + '\n';
    }
    if (!any_label) labels_.clear();
    files_.insert(files_.end(), listing.label_files.begin(), listing.label_files.end());
    settings_ += shape_text({plan_.channels, plan_.height, plan_.width, plan_.short_side});
    override_labels(options);
  }

  int64_t size() const override { return static_cast<int64_t>(paths_.size()); }
  std::string format() const override { return "image-folder"; }

  SampleInfo info(int64_t index) const override {
    SampleInfo out = FileDataset::info(index);
    out.id = fnv1a64(paths_[index]);
    out.name = paths_[index];
    return out;
  }

  LoadedSample load(int64_t index) const override {
    std::vector<unsigned char> bytes;
    try {
      bytes = InputFile(files_[index]).read_all(kLargestFile);
    } catch (const Error& error) {
      LoadedSample out;
      out.reason = "undecodable";
      out.detail = error.what();
      return out;
    }
    return decode_image(bytes.data(), bytes.size(), plan_);
  }

 private:
  ImagePlan plan_;
  std::vector<std::string> paths_;
};

}  // namespace

std::unique_ptr<Dataset> open_image_folder(const std::string& path, const DatasetOptions& options) {
  if (std::filesystem::is_directory(path)) return std::make_unique<ImageFolder>(path, list_images(path), options);
  const std::filesystem::path file(path);
  ImageListing one;
  one.entries.push_back({file.filename().string(), -1});
  return std::make_unique<ImageFolder>(file.parent_path().string(), one, options);
}

}  // namespace faultline
