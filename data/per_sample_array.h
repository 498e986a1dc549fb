#pragma once
#include <ATen/ATen.h>

#include <cstdint>
#include <string>
#include <vector>

namespace faultline {

/// An array that says something of every sample: a .npy file [1,...], the same for all, or [N,...], whose row i belongs to the
/// sample with id i. Returns [ids.size(),...]. Throws input where the file cannot be read, is empty, holds NaN or infinity, or
/// lacks a sample's row.
at::Tensor read_per_sample_array(const std::string& path, const std::vector<uint64_t>& ids);

}  // namespace faultline
