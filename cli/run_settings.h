#pragma once
#include <ATen/ATen.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "core/range.h"

namespace faultline {

/// What every verb with a network is told (the common options), read and checked.
struct RunSettings {
  std::optional<LegalRange> range = LegalRange{};  ///< empty: --range auto
  std::vector<double> mean, std;                   ///< both empty: the model takes pixels
  std::vector<int64_t> input_shape;                ///< empty: the data's own
  std::string labels_file;
  std::optional<int64_t> samples;
  std::string sample_ids_file;
  uint64_t seed = 0;
  int64_t batch = 64;
  int64_t threads = 1;  ///< samples computed side by side, each on one thread, so that numbers do not depend on it
  at::ScalarType dtype = at::kFloat;
  at::Device device = at::kCPU;
  std::optional<int64_t> max_memory;  ///< bytes; empty: as much as there is
  bool json = false, quiet = false, progress = true;
};

/// Throws usage on wrong values, environment where the device is not there.
RunSettings run_settings(const Arguments& arguments);

/// --max-memory in bytes; empty where it is not given. Throws usage.
std::optional<int64_t> max_memory_of(const Arguments& arguments);

/// "float32" or "float64".
const char* name_of_dtype(at::ScalarType dtype);

/// One line on stderr, unless quiet.
void say(const RunSettings& settings, const std::string& line);

/// "1,28,28".
std::string print_shape(const std::vector<int64_t>& shape);
/// Reads `C,H,W` (one to three positive numbers). Throws usage.
std::vector<int64_t> parse_shape(const std::string& text, const std::string& subject);

}  // namespace faultline
