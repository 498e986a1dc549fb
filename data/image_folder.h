#pragma once
#include <memory>
#include <string>

#include "data/dataset.h"

namespace faultline {

/// Images in a folder (image_listing.h says how labels are found), or one image file. Inputs are options.input_shape, default
/// [3,224,224] (image_decode.h says how). ids are fnv1a64 of the path relative to the folder with '/', so that adding a file
/// changes no other sample; samples are sorted by path. A file that cannot be decoded is a sample with the reason "undecodable".
std::unique_ptr<Dataset> open_image_folder(const std::string& path, const DatasetOptions& options);

}  // namespace faultline
