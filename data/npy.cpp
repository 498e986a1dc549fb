#include "data/npy.h"

#include <cstring>

#include "core/error.h"
#include "core/write_file.h"
#include "data/input_file.h"
#include "data/npy_format.h"

namespace faultline {
namespace {

std::string descr_of(at::ScalarType type) {
  switch (type) {
    case at::kBool: return "|b1";
    case at::kByte: return "|u1";
    case at::kChar: return "|i1";
    case at::kShort: return "<i2";
    case at::kInt: return "<i4";
    case at::kLong: return "<i8";
    case at::kHalf: return "<f2";
    case at::kFloat: return "<f4";
    case at::kDouble: return "<f8";
    default: return "";
  }
}

}  // namespace

NpyArray read_npy(const std::string& path) {
  const InputFile file(path);
  const auto bytes = file.read_all(largest_in_memory());
  return parse_npy(bytes.data(), bytes.size(), path);
}

void write_npy(const std::string& path, const at::Tensor& values) {
  if (!values.defined()) throw_environment(path, "there is no array to write");
  const std::string descr = descr_of(values.scalar_type());
  if (descr.empty()) {
    throw_environment(path, std::string("arrays of type ") + c10::toString(values.scalar_type()) + " cannot be written",
                      "convert to float32 or float64 first");
  }
  const at::Tensor rows = values.detach().cpu().contiguous();
  std::string text = npy_header_text(descr, rows.sizes().vec());
  text.append(static_cast<const char*>(rows.data_ptr()), static_cast<size_t>(rows.numel()) * rows.element_size());
  write_file(path, text);
}

}  // namespace faultline
