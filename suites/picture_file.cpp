#include "suites/picture_file.h"

#include <ATen/ATen.h>

#include <filesystem>

#include "core/error.h"
#include "data/npy.h"

namespace faultline {
namespace {

constexpr int64_t kMostValues = 64'000'000;

std::string inside(const std::string& folder, const std::string& relative) {
  const std::filesystem::path path = std::filesystem::path(relative).lexically_normal();
  if (path.empty() || path.is_absolute() || *path.begin() == "..") {
    throw_input(relative, "is not a path inside the run folder", "use a run folder that faultline audit has written");
  }
  return (std::filesystem::path(folder) / path).string();
}

}  // namespace

Picture read_picture(const std::string& folder, const PictureRecord& record) {
  const std::string file = inside(folder, record.file);
  at::Tensor array = read_npy(file).values;
  if (array.dim() == 4 && array.size(0) == 1) array = array.squeeze(0);
  if (array.dim() < 1 || array.dim() > 3 || array.numel() == 0 || array.numel() > kMostValues) {
    throw_input(file, "is not a picture", "expected an array [C,H,W]");
  }
  while (array.dim() < 3) array = array.unsqueeze(array.dim() == 1 ? 0 : 1);
  array = array.to(at::kDouble).contiguous();
  const double* values = array.data_ptr<double>();
  return {array.size(0), array.size(1), array.size(2), std::vector<double>(values, values + array.numel())};
}

}  // namespace faultline
