#include "data/npy_dataset.h"

#include <algorithm>

#include "core/error.h"
#include "data/file_dataset.h"
#include "data/input_file.h"
#include "data/npy_format.h"

namespace faultline {
namespace {

class NpyDataset final : public FileDataset {
 public:
  NpyDataset(const std::string& path, const DatasetOptions& options) : file_(path) {
    files_ = {path};
    std::vector<unsigned char> head(std::min<uint64_t>(file_.size(), kNpyHeaderLimit + 12));
    if (!head.empty()) file_.read_at(0, head.data(), head.size());
    header_ = parse_npy_header(head.data(), head.size(), file_.size(), path);
    const bool bytes = header_.kind == 'u' && header_.item_size == 1;
    if (header_.kind != 'f' && !bytes) {
      throw_input(path, "holds inputs of type " + header_.dtype,
                  "inputs are float16, float32, float64 or uint8 (read as byte/255)");
    }
    if (header_.shape.size() < 2 || header_.shape.size() > 4) {
      throw_input(path, "has shape [" + shape_text(header_.shape) + "]", "inputs are [N,C,H,W], [N,C,L] or [N,F]");
    }
    if (header_.count == 0) throw_input(path, "has shape [" + shape_text(header_.shape) + "]", "give at least one sample");
    shape_.assign(header_.shape.begin() + 1, header_.shape.end());
    const auto row = static_cast<uint64_t>(header_.count / header_.shape[0] * header_.item_size);
    if (row > largest_in_memory()) throw_input(path, "holds samples of " + std::to_string(row) + " bytes", "give smaller ones");
    check_shape(options, shape_);
    if (header_.fortran_order) whole_ = read_npy(path).values;
    override_labels(options);
  }

  int64_t size() const override { return header_.shape[0]; }
  std::string format() const override { return "npy"; }

  LoadedSample load(int64_t index) const override {
    LoadedSample out;
    const at::Tensor row = whole_.defined() ? whole_.select(0, index).clone() : read_row(index);
    if (row.scalar_type() == at::kByte) {
      out.input = pixels_of_bytes(row.data_ptr<uint8_t>(), shape_);
    } else {
      out.input = row.scalar_type() == at::kHalf ? row.to(at::kFloat) : row;
    }
    return out;
  }

 private:
  at::Tensor read_row(int64_t index) const {
    const int64_t count = header_.count / header_.shape[0];
    std::vector<unsigned char> bytes(static_cast<size_t>(count * header_.item_size));
    file_.read_at(header_.payload_offset + static_cast<uint64_t>(index) * bytes.size(), bytes.data(), bytes.size());
    return decode_npy_elements(header_, bytes.data(), count).reshape(shape_);
  }

  InputFile file_;
  NpyHeader header_;
  std::vector<int64_t> shape_;
  at::Tensor whole_;
};

}  // namespace

std::unique_ptr<Dataset> open_npy_dataset(const std::string& path, const DatasetOptions& options) {
  return std::make_unique<NpyDataset>(path, options);
}

}  // namespace faultline
