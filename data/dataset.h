#pragma once
#include <ATen/ATen.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace faultline {

/// What is known of a sample without decoding it.
struct SampleInfo {
  uint64_t id = 0;               ///< stable: index in the file, or fnv1a64 of the relative path
  std::string name;              ///< for people
  std::optional<int64_t> label;  ///< true class
};

/// One decoded sample: its tensors, or the reason (conventions 6) why it cannot be used.
struct LoadedSample {
  at::Tensor
      input;  ///< [C,H,W], [C,L] or [F], float32 (float64 where the file holds float64), pixel units; undefined where refused
  at::Tensor mask;     ///< [1,H,W] 0/1, undefined where there is none
  std::string reason;  ///< skip reason ("undecodable", "wrong-shape"), "" where the sample is usable
  std::string detail;  ///< one line for people beside the reason
};

/// How a data set is to be read.
struct DatasetOptions {
  std::vector<int64_t> input_shape;  ///< C,H,W wanted (image folders resize and crop to it); empty: the format's own
  /// Image folders: the short side is resized to this before the centre crop. 0: 256 for a crop of 224, and in that proportion
  /// for other sizes.
  int64_t short_side = 0;
  std::string labels_file;  ///< --labels FILE.npy: overrides the data set's own labels
};

/// Samples read one at a time, so that memory does not grow with their number. Thread-safe: load() may be called from several
/// threads.
class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual int64_t size() const = 0;
  virtual SampleInfo info(int64_t index) const = 0;
  virtual LoadedSample load(int64_t index) const = 0;
  /// "idx", "cifar10", "image-folder", "npy", "glyphs".
  virtual std::string format() const = 0;
  /// Class names where the data set has them, else empty.
  virtual std::vector<std::string> class_names() const { return {}; }
  /// What the reader chose where there was a choice, and what it left aside: one line each, for logs and reports.
  virtual std::vector<std::string> notes() const { return {}; }
  /// SHA-256 over what identifies the data (the files' bytes; for glyphs the spec), for reports and resume.
  virtual std::string digest() const = 0;
};

/// Opens what lies at `path`: an IDX image file (.gz or not) or a folder with one, a CIFAR-10 .bin file or a folder with them, a
/// folder of images, one image, a .npy array [N,...], or the word `glyphs` (also `glyphs:count=256,seed=1`). Throws input where
/// nothing is recognised, with what was looked for.
std::unique_ptr<Dataset> open_dataset(const std::string& path, const DatasetOptions& options);

}  // namespace faultline
