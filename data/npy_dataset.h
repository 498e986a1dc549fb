#pragma once
#include <memory>
#include <string>

#include "data/dataset.h"

namespace faultline {

/// A .npy array [N,...] as a data set: samples are its rows, [C,H,W], [C,L] or [F]. float32 and float64 stay as they are,
/// float16 becomes float32, uint8 becomes byte/255 in float32. Rows are read from the file one at a time (an array in Fortran
/// order is held in memory). Throws input on other types, on fewer than two or more than four dimensions, and on empty arrays.
std::unique_ptr<Dataset> open_npy_dataset(const std::string& path, const DatasetOptions& options);

}  // namespace faultline
