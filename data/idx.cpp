#include "data/idx.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>

#include "core/error.h"
#include "data/file_dataset.h"
#include "data/gzip.h"
#include "data/input_file.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kLargestContent = uint64_t{4} << 30;
constexpr uint64_t kLargestPacked = uint64_t{1} << 30;  // of content, which is held in memory
constexpr int64_t kLargestImage = int64_t{1} << 27;     // pixels
const char* const kNames = R"((.*)images([-.])idx3([-.])ubyte(\.gz)?)";

/// The content of an IDX file, read where it lies or decompressed into memory, with its counts checked against it.
class IdxFile {
 public:
  IdxFile(const std::string& path, size_t rank) : file_(path) {
    const bool packed = is_gzip(file_);
    const size_t header = 4 + 4 * rank;
    std::vector<unsigned char> head(header);
    if (packed) {
      head = gzip_prefix(file_, header);
    } else if (file_.size() >= header) {
      file_.read_at(0, head.data(), header);
    }
    if (head.size() < header || file_.size() < 4) fail("ends inside its header");
    if (head[0] != 0 || head[1] != 0 || head[2] != 8 || head[3] != rank) {
      fail("does not begin as an IDX file of bytes with " + std::to_string(rank) + " dimensions");
    }
    uint64_t payload = 1;
    for (size_t i = 0; i < rank; ++i) {
      const unsigned char* p = head.data() + 4 + 4 * i;
      const uint64_t extent = uint64_t{p[0]} << 24 | uint64_t{p[1]} << 16 | uint64_t{p[2]} << 8 | p[3];
      if (extent == 0) fail("has a dimension of size 0");
      shape_.push_back(static_cast<int64_t>(extent));
      if (__builtin_mul_overflow(payload, extent, &payload) || payload > kLargestContent)
        fail("says that it holds more than 4 GiB");
    }
    offset_ = header;
    const uint64_t expected = header + payload;
    if (packed) {
      if (payload > kLargestPacked) fail("says that it holds more than 1 GiB, the most that is read compressed");
      if (expected / kDeflateRatioLimit > file_.size()) fail("says that it holds more than its compressed size can");
      content_ = gzip_content(file_, expected);
    }
    const uint64_t present = packed ? content_.size() : file_.size();
    if (present != expected) {
      fail("holds " + std::to_string(present) + " bytes where its header says " + std::to_string(expected));
    }
  }

  const std::vector<int64_t>& shape() const { return shape_; }
  void read(uint64_t first, unsigned char* into, size_t count) const {
    if (content_.empty()) {
      file_.read_at(offset_ + first, into, count);
    } else {
      std::copy_n(content_.begin() + static_cast<std::ptrdiff_t>(offset_ + first), count, into);
    }
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw_input(file_.path(), problem, "give a complete IDX file such as t10k-images-idx3-ubyte");
  }
  InputFile file_;
  std::vector<int64_t> shape_;
  uint64_t offset_ = 0;
  std::vector<unsigned char> content_;
};

/// The label file that belongs to an image file by its name, or "".
std::string labels_beside(const std::string& images) {
  const fs::path path(images);
  std::smatch parts;
  const std::string name = path.filename().string();
  if (!std::regex_match(name, parts, std::regex(kNames))) return "";
  const std::string stem = parts[1].str() + "labels" + parts[2].str() + "idx1" + parts[3].str() + "ubyte";
  for (const std::string& ending : {parts[4].str(), std::string(), std::string(".gz")}) {
    const fs::path candidate = path.parent_path() / (stem + ending);
    if (fs::is_regular_file(candidate)) return candidate.string();
  }
  return "";
}

class Idx final : public FileDataset {
 public:
  Idx(const std::string& path, std::vector<std::string> notes, const DatasetOptions& options) : images_(path, 3) {
    files_ = {path};
    notes_ = std::move(notes);
    shape_ = {1, images_.shape()[1], images_.shape()[2]};
    if (shape_[1] > kLargestImage / shape_[2])
      throw_input(path, "says that its images have " + shape_text({shape_[1], shape_[2]}) + " pixels", "the most is 2^27");
    check_shape(options, shape_);
    const std::string labels = labels_beside(path);
    if (!labels.empty() && options.labels_file.empty()) read_own_labels(labels);
    override_labels(options);
  }

  int64_t size() const override { return images_.shape()[0]; }
  std::string format() const override { return "idx"; }

  LoadedSample load(int64_t index) const override {
    std::vector<unsigned char> bytes(static_cast<size_t>(shape_[1] * shape_[2]));
    images_.read(static_cast<uint64_t>(index) * bytes.size(), bytes.data(), bytes.size());
    LoadedSample out;
    out.input = pixels_of_bytes(bytes.data(), shape_);
    return out;
  }

 private:
  void read_own_labels(const std::string& path) {
    const IdxFile file(path, 1);
    if (file.shape()[0] != size()) {
      throw_input(path, "holds " + std::to_string(file.shape()[0]) + " labels for " + std::to_string(size()) + " images",
                  "image and label file belong together");
    }
    std::vector<unsigned char> bytes(static_cast<size_t>(size()));
    file.read(0, bytes.data(), bytes.size());
    labels_.assign(bytes.begin(), bytes.end());
    files_.push_back(path);
  }

  IdxFile images_;
  std::vector<int64_t> shape_;
};

/// The image files of a folder by the part of their name that tells the sets apart; a plain file wins over its .gz.
std::map<std::string, std::string> image_files(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& name : names_in_folder(folder)) {
    std::smatch parts;
    if (std::regex_match(name, parts, std::regex(kNames)) && fs::is_regular_file(fs::path(folder) / name)) {
      files.emplace(parts[1].str(), name);
    }
  }
  return files;
}

}  // namespace

bool is_idx_images(const std::string& path) {
  const InputFile file(path);
  std::vector<unsigned char> head(std::min<uint64_t>(4, file.size()));
  if (is_gzip(file)) {
    try {
      head = gzip_prefix(file, 4);
    } catch (const Error&) {
      return false;  // not a data set of this kind; the caller says what it looked for
    }
  } else if (!head.empty()) {
    file.read_at(0, head.data(), head.size());
  }
  return head == std::vector<unsigned char>{0, 0, 8, 3};
}

bool has_idx(const std::string& folder) { return !image_files(folder).empty(); }

std::unique_ptr<Dataset> open_idx(const std::string& path, const DatasetOptions& options) {
  if (!fs::is_directory(path)) return std::make_unique<Idx>(path, std::vector<std::string>{}, options);
  const auto files = image_files(path);
  if (files.empty()) throw_input(path, "holds no IDX image file", "name one such as t10k-images-idx3-ubyte.gz");
  std::vector<std::string> chosen;
  std::string left;
  for (const auto& [set, name] : files) {
    const bool test = set.find("t10k") != std::string::npos || set.find("test") != std::string::npos;
    if (test || files.size() == 1) {
      chosen.push_back(name);
    } else {
      left += (left.empty() ? "" : ", ") + name;
    }
  }
  if (chosen.size() != 1)
    throw_input(path, "holds several IDX image files and not one test set among them", "name the one to read");
  std::vector<std::string> notes;
  if (!left.empty()) notes.push_back("read " + chosen[0] + "; left aside: " + left);
  return std::make_unique<Idx>((fs::path(path) / chosen[0]).string(), notes, options);
}

}  // namespace faultline
