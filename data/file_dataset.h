#pragma once
#include <mutex>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace faultline {

/// What the readers of files share: labels, ids that are the index, and the digest of the files' bytes.
class FileDataset : public Dataset {
 public:
  SampleInfo info(int64_t index) const override;
  /// SHA-256 over the SHA-256 of each file, in order, and over what else decides the pixels. Computed at the first call.
  std::string digest() const override;
  std::vector<std::string> class_names() const override { return class_names_; }
  std::vector<std::string> notes() const override { return notes_; }

 protected:
  /// Replaces the labels by those of options.labels_file, where one is given. Call once size() is known.
  void override_labels(const DatasetOptions& options);
  /// Throws input where the user asked for another shape than the file's.
  void check_shape(const DatasetOptions& options, const std::vector<int64_t>& shape) const;

  std::vector<std::string> files_;  ///< whose bytes are the data
  std::string settings_;            ///< what else decides the pixels, for the digest
  std::vector<int64_t> labels_;     ///< one a sample, -1 where unknown; empty where there are none
  std::vector<std::string> class_names_;
  std::vector<std::string> notes_;

 private:
  mutable std::once_flag digest_once_;
  mutable std::string digest_;
};

/// Labels from a .npy of integers, one a sample, -1 where unknown. Throws input on another type, shape or number.
std::vector<int64_t> read_labels(const std::string& path, int64_t count);

/// byte / 255 in float32, of the given shape.
at::Tensor pixels_of_bytes(const unsigned char* bytes, const std::vector<int64_t>& shape);

/// "1,28,28".
std::string shape_text(const std::vector<int64_t>& shape);

/// The names in a folder, sorted by bytes. Throws input where it cannot be listed.
std::vector<std::string> names_in_folder(const std::string& folder);

}  // namespace faultline
