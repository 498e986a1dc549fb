#include <filesystem>

#include "core/error.h"
#include "data/cifar10.h"
#include "data/dataset.h"
#include "data/glyphs.h"
#include "data/idx.h"
#include "data/image_folder.h"
#include "data/image_listing.h"
#include "data/npy_dataset.h"

namespace faultline {

std::unique_ptr<Dataset> open_dataset(const std::string& path, const DatasetOptions& options) {
  namespace fs = std::filesystem;
  if (path == "glyphs" || path.rfind("glyphs:", 0) == 0) return open_glyphs(path, options);
  const std::string known = "IDX images, CIFAR-10 .bin files, a folder of images, a .npy array, or the word glyphs are read";
  std::error_code problem;
  const auto status = fs::status(path, problem);
  if (!fs::exists(status)) throw_input(path, "does not exist", known);
  if (fs::is_directory(status)) {
    if (has_idx(path)) return open_idx(path, options);
    if (has_cifar10(path)) return open_cifar10(path, options);
    if (has_images(path)) return open_image_folder(path, options);
    throw_input(path, "holds no data set", known);
  }
  const std::string ending = fs::path(path).extension().string();
  if (ending == ".npy") return open_npy_dataset(path, options);
  if (ending == ".bin") return open_cifar10(path, options);
  if (has_image_ending(path)) return open_image_folder(path, options);
  if (is_idx_images(path)) return open_idx(path, options);
  throw_input(path, "is not a data set", known);
}

}  // namespace faultline
