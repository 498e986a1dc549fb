#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <filesystem>

#include "core/error.h"
#include "data/input_file.h"
#include "models/archive_check.h"
#include "models/graph_draft.h"
#include "models/torchscript_import.h"

namespace faultline::torchscript {

namespace {

const char* const how_to_export = "export it with torch.jit.trace(model.eval(), example).save(\"model.pt\")";

std::string first_bytes(const std::string& path) {
  const InputFile file(path);
  std::string bytes(std::min<uint64_t>(16, file.size()), '\0');
  file.read_at(0, bytes.data(), bytes.size());
  return bytes;
}

/// Says in words what a file is that is no TorchScript archive.
void check_kind(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) throw_input(path, "does not exist", "the path of a TorchScript file is needed");
  if (std::filesystem::is_directory(path, ignored)) throw_input(path, "is a folder", "the path of a TorchScript file is needed");
  const std::string bytes = first_bytes(path);
  if (bytes.empty()) throw_input(path, "is empty", how_to_export);
  if (bytes[0] == '\x80')
    throw_input(path, "is a pickle (an old torch.save file), which holds weights or Python objects but no network",
                how_to_export);
  if (bytes.compare(0, 2, "PK") != 0) throw_input(path, "is no TorchScript file (it is no zip archive)", how_to_export);
  const auto entries = check_archive(path);
  // LibTorch looks for its records below the first folder it meets.
  const std::string folder = entries.empty() ? "" : entries[0].name.substr(0, entries[0].name.find('/'));
  const auto holds = [&](const std::string& record) {
    return std::any_of(entries.begin(), entries.end(), [&](const auto& entry) { return entry.name == folder + "/" + record; });
  };
  if (holds("constants.pkl")) return;
  if (holds("data.pkl"))
    throw_input(
        path,
        "holds what torch.save wrote, a state_dict or a pickled module, and no network that can be run without its Python code",
        how_to_export);
  throw_input(path, "is a zip archive but no TorchScript file", how_to_export);
}

/// NaN is never right. Minus infinity in a buffer is an attention mask.
void check_numbers(const std::string& path, const torch::jit::Module& module) {
  const auto check = [&path](const std::string& name, const at::Tensor& values, bool is_buffer) {
    if (!values.defined() || !values.is_floating_point()) return;
    if (values.isnan().any().item<bool>()) throw_input(path, name + " holds NaN", "a network with finite weights is needed");
    const at::Tensor infinite = is_buffer ? values == std::numeric_limits<double>::infinity() : at::isinf(values);
    if (infinite.any().item<bool>())
      throw_input(path, name + " holds infinite numbers", "a network with finite weights is needed");
  };
  for (const auto& parameter : module.named_parameters()) check(parameter.name, parameter.value, false);
  for (const auto& buffer : module.named_buffers()) check(buffer.name, buffer.value, true);
}

}  // namespace

torch::jit::Module load_module(const std::string& path) {
  check_kind(path);
  try {
    torch::jit::Module module = torch::jit::load(path, at::kCPU);
    module.eval();
    for (const at::Tensor& parameter : module.parameters()) parameter.set_requires_grad(false);
    check_numbers(path, module);
    return module;
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    const std::string reason = reason_of(error);
    if (reason == kNoMemory) throw_input(path, "cannot be loaded: " + reason, "give it more, or another file");
    const bool is_atens = dynamic_cast<const c10::Error*>(&error) != nullptr;
    const std::string how = is_atens ? "is truncated, damaged or from another version of TorchScript: "
                                     : "cannot be loaded, its code or arrays are damaged: ";
    throw_input(path, how + reason, how_to_export);
  }
}

}  // namespace faultline::torchscript
