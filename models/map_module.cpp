#include "models/map_module.h"

#include <torch/csrc/jit/runtime/graph_executor.h>

#include <map>
#include <mutex>
#include <utility>

#include "core/error.h"
#include "models/graph_draft.h"
#include "models/torchscript_import.h"

namespace faultline {

namespace {

template <class List>
void cast_floating(const List& arrays, at::ScalarType dtype, at::Device device) {
  for (const at::Tensor& array : arrays) {
    array.set_data(array.is_floating_point() ? array.detach().to(device, dtype) : array.detach().to(device));
  }
}

}  // namespace

struct MapModule::Impl {
  torch::jit::Module as_stored;
  std::mutex mutex;
  std::map<std::pair<at::ScalarType, std::string>, torch::jit::Module> cast;  // by dtype and device

  torch::jit::Module in(at::ScalarType dtype, at::Device device) {
    const std::lock_guard<std::mutex> lock(mutex);
    const auto key = std::make_pair(dtype, device.str());
    const auto found = cast.find(key);
    if (found != cast.end()) return found->second;
    torch::jit::Module copy = as_stored.deepcopy();
    // Module::to() would cast indices too.
    cast_floating(copy.parameters(), dtype, device);
    cast_floating(copy.buffers(), dtype, device);
    return cast.emplace(key, std::move(copy)).first->second;
  }
};

MapModule::MapModule(std::unique_ptr<Impl> impl, std::string path) : impl_(std::move(impl)), path_(std::move(path)) {}
MapModule::MapModule(MapModule&&) noexcept = default;
MapModule& MapModule::operator=(MapModule&&) noexcept = default;
MapModule::~MapModule() = default;

MapModule MapModule::load(const std::string& path) {
  auto impl = std::make_unique<Impl>();
  impl->as_stored = torchscript::load_module(path);
  return MapModule(std::move(impl), path);
}

at::Tensor MapModule::maps(const at::Tensor& inputs, const at::Tensor& targets) const {
  const at::AutoGradMode with_graph(true);
  // Optimised, the same code is run in other pieces from the third call on, and its numbers change with that.
  const torch::jit::GraphOptimizerEnabledGuard as_written(false);
  try {
    const c10::IValue result = impl_->in(inputs.scalar_type(), inputs.device()).forward({inputs, targets});
    if (result.isTensor()) return result.toTensor();
  } catch (const std::exception& error) {
    throw_input(path_, "cannot make maps of these inputs: " + reason_of(error));
  }
  throw_input(path_, "returns no array", "forward(inputs, targets) is to return the maps");
}

}  // namespace faultline
