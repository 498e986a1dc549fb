#include "models/model.h"

#include "core/error.h"
#include "models/graph_draft.h"
#include "models/input_normalisation.h"
#include "models/torchscript_import.h"

namespace faultline {

struct Model::Impl {
  torch::jit::Module module;
  torchscript::WidenedTensors widened;
};

Model::Model(std::unique_ptr<Impl> impl, std::string path) : impl_(std::move(impl)), path_(std::move(path)) {}
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

Model Model::load(const std::string& path) {
  auto impl = std::make_unique<Impl>();
  impl->module = torchscript::load_module(path);
  return Model(std::move(impl), path);
}

Network Model::network(const std::vector<int64_t>& input_shape) const {
  for (const int64_t size : input_shape)
    if (size < 1)
      throw_input(path_, "an input shape with a size of " + std::to_string(size), "sizes from 1 on, for example 3,224,224");
  if (input_shape.empty()) throw_input(path_, "an empty input shape", "sizes without the batch, for example 3,224,224");
  try {
    torchscript::Imported imported = torchscript::import_module(impl_->module, impl_->widened, input_shape);
    check_input_channels(imported.graph, imported.parameters, path_);
    return Network(std::make_shared<const LayerGraph>(std::move(imported.graph)), std::move(imported.parameters))
        .with_origin({path_, true});
  } catch (const Refusal& refusal) {
    std::string shape = "[N";
    for (const int64_t size : input_shape) shape += ", " + std::to_string(size);
    throw_input(path_ + ": " + refusal.where, refusal.what(), "the input was " + shape + "]; see also `faultline model`");
  }
}

std::vector<int64_t> Model::guess_input_shape() const { return torchscript::working_shape(impl_->module, impl_->widened); }

std::vector<ModelProblem> Model::problems() const { return torchscript::problems_of(impl_->module); }

at::Tensor Model::run_original(const at::Tensor& x) const {
  try {
    const c10::IValue result = torch::jit::Module(impl_->module).forward({x});
    if (result.isTensor()) return result.toTensor();
    if (result.isTuple()) {
      for (const c10::IValue& item : result.toTupleRef().elements())
        if (item.isTensor() && item.toTensor().dim() == 2) return item.toTensor();
    }
  } catch (const std::exception& error) {
    throw_input(path_, "LibTorch cannot run it on this input: " + reason_of(error));
  }
  throw_input(path_, "forward returns no tensor of rank 2", "[N, classes] is needed");
}

}  // namespace faultline
