#include "cli/run_settings.h"

#include <cstdio>
#include <thread>

#include "core/error.h"
#include "core/nearest.h"
#include "core/numbers.h"

namespace faultline {
namespace {

constexpr int64_t kMostElements = int64_t{1} << 40;

at::ScalarType parse_dtype(const std::string& word) {
  if (word == "float32") return at::kFloat;
  if (word == "float64") return at::kDouble;
  throw_usage("--dtype '" + word + "'", "is not known", suggestion(word, {"float32", "float64"}));
}

at::Device parse_device(const std::string& word) {
  if (word == "cpu") return at::kCPU;
  const bool has_index = word.rfind("cuda:", 0) == 0;
  if (word != "cuda" && !has_index) throw_usage("--device '" + word + "'", "is not known", "write cpu, cuda or cuda:N");
  const int64_t index = has_index ? parse_integer(word.substr(5), "--device") : 0;
  if (index < 0 || index > 127) throw_usage("--device '" + word + "'", "has no such number", "write cuda:0");
  if (!at::hasCUDA()) throw_environment("--device " + word, "this LibTorch has no CUDA or finds no GPU", "use --device cpu");
  return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(index));
}

void read_normalisation(const Arguments& arguments, RunSettings& settings) {
  if (!arguments.has("mean") && !arguments.has("std")) return;
  settings.mean = arguments.has("mean") ? parse_numbers(arguments.text("mean"), "--mean") : std::vector<double>{0};
  settings.std = arguments.has("std") ? parse_numbers(arguments.text("std"), "--std") : std::vector<double>{1};
  for (const double value : settings.std) {
    if (!(value > 0)) throw_usage("--std", short_number(value) + " is not above 0");
  }
  if (settings.mean.size() != settings.std.size() && settings.mean.size() != 1 && settings.std.size() != 1) {
    throw_usage("--mean",
                "has " + std::to_string(settings.mean.size()) + " numbers and --std " + std::to_string(settings.std.size()),
                "give one number, or one a channel");
  }
  const size_t channels = std::max(settings.mean.size(), settings.std.size());
  if (settings.mean.size() == 1) settings.mean.resize(channels, settings.mean[0]);
  if (settings.std.size() == 1) settings.std.resize(channels, settings.std[0]);
}

}  // namespace

std::vector<int64_t> parse_shape(const std::string& text, const std::string& subject) {
  std::vector<int64_t> shape;
  int64_t elements = 1;
  for (const auto& part : split(text, ',')) {
    const int64_t extent = parse_integer(part, subject);
    if (extent < 1 || extent > kMostElements / elements)
      throw_usage(subject, "'" + text + "' is not a shape", "write C,H,W such as 3,224,224");
    elements *= extent;
    shape.push_back(extent);
  }
  if (shape.empty() || shape.size() > 3) throw_usage(subject, "'" + text + "' is not a shape", "write C,H,W such as 3,224,224");
  return shape;
}

std::string print_shape(const std::vector<int64_t>& shape) {
  std::string text;
  for (const int64_t extent : shape) text += (text.empty() ? "" : ",") + std::to_string(extent);
  return text;
}

RunSettings run_settings(const Arguments& arguments) {
  RunSettings settings;
  const std::string range = arguments.text("range", "0,1");
  settings.range = range == "auto" ? std::nullopt : std::optional<LegalRange>(parse_range(range));
  read_normalisation(arguments, settings);
  if (arguments.has("input-shape")) settings.input_shape = parse_shape(arguments.text("input-shape"), "--input-shape");
  settings.labels_file = arguments.text("labels");
  settings.samples = arguments.integer("samples", 1, int64_t{1} << 31);
  settings.sample_ids_file = arguments.text("sample-ids");
  settings.seed = static_cast<uint64_t>(arguments.integer("seed", 0, std::numeric_limits<int64_t>::max()).value_or(0));
  settings.batch = arguments.integer("batch", 1, 1 << 20).value_or(settings.batch);
  const int64_t cores = std::max(1u, std::thread::hardware_concurrency());
  settings.threads = arguments.integer("threads", 1, 1024).value_or(cores);
  settings.dtype = parse_dtype(arguments.text("dtype", "float32"));
  settings.device = parse_device(arguments.text("device", "cpu"));
  settings.max_memory = max_memory_of(arguments);
  settings.json = arguments.flag("json");
  settings.quiet = arguments.flag("quiet");
  settings.progress = !settings.quiet && !arguments.flag("no-progress");
  return settings;
}

std::optional<int64_t> max_memory_of(const Arguments& arguments) {
  if (!arguments.has("max-memory")) return std::nullopt;
  return parse_size(arguments.text("max-memory"), "--max-memory");
}

const char* name_of_dtype(at::ScalarType dtype) { return dtype == at::kDouble ? "float64" : "float32"; }

void say(const RunSettings& settings, const std::string& line) {
  if (!settings.quiet) std::fprintf(stderr, "%s\n", line.c_str());
}

}  // namespace faultline
