#pragma once
#include <memory>
#include <string>

#include "data/dataset.h"

namespace faultline {

/// IDX images of bytes (LeCun's MNIST format), plain or .gz: magic 00 00 08 03, then N, H, W as big-endian 32-bit counts. Inputs
/// are [1,H,W], byte/255. Labels come from the file beside it whose name says `labels-idx1` where this one says `images-idx3`.
/// `path` is an image file or a folder; of several image files in a folder the test set (t10k or test in its name) is read, and
/// notes() says so. Throws input where counts and sizes disagree, or where several files leave no choice.
std::unique_ptr<Dataset> open_idx(const std::string& path, const DatasetOptions& options);

/// Whether the file begins (after decompression) as IDX images do.
bool is_idx_images(const std::string& path);
/// Whether a folder holds files named as IDX images.
bool has_idx(const std::string& folder);

}  // namespace faultline
