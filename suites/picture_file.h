#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "suites/record.h"

namespace faultline {

/// One kept array as a picture: row-major [channels, height, width]. Vectors are one row, sequences one row a channel.
struct Picture {
  int64_t channels = 1, height = 1, width = 1;
  std::vector<double> values;
};

/// Reads a picture of the run in `folder`. Throws input where the file is missing, damaged, not an array of 1 to 4 dimensions
/// (the first of 4 is 1), larger than 64 million values, or lies outside the folder: a run folder may come from anybody.
Picture read_picture(const std::string& folder, const PictureRecord& record);

}  // namespace faultline
