#include "models/torchscript_builtins.h"

namespace faultline::torchscript {

namespace {

Value size_of(const Shape& shape, const std::vector<Value>& arguments) {
  if (arguments.size() < 2 || arguments[1].is_none()) {
    std::vector<Value> sizes;
    for (const Extent& extent : shape) sizes.push_back(Value::count(extent));
    return Value::list(std::move(sizes));
  }
  const int64_t rank = static_cast<int64_t>(shape.size());
  const c10::IValue& argument = arguments[1].concrete;
  int64_t dim = argument.isTensor() ? argument.toTensor().item().toLong() : argument.toInt();
  if (dim < -rank || dim >= rank) throw Refusal("aten::size", "dimension " + std::to_string(dim) + " of " + to_text(shape));
  if (dim < 0) dim += rank;
  return Value::count(shape[static_cast<size_t>(dim)]);
}

Value count_of_elements(const Shape& shape) {
  Extent all{1, 0};
  for (const Extent& extent : shape) {
    const auto next = product(all, extent);
    if (!next)
      throw Refusal("aten::numel", "the number of elements of " + to_text(shape) + " grows with the square of the batch");
    all = *next;
  }
  return Value::count(all);
}

}  // namespace

std::optional<Value> tensor_query(const std::string& operation, const std::vector<Value>& arguments, const GraphDraft& draft) {
  if (arguments.empty() || !arguments[0].is_tensor()) return std::nullopt;
  const Shape shape = draft.shape(arguments[0].cell->node);
  if (operation == "aten::size" || operation == "prim::shape" || operation == "aten::sym_size") return size_of(shape, arguments);
  if (operation == "aten::numel" || operation == "aten::sym_numel") return count_of_elements(shape);
  if (operation == "aten::len") return Value::count(shape.at(0));
  if (operation == "aten::dim" || operation == "aten::ndimension" || operation == "prim::dim" || operation == "prim::ndim")
    return Value(static_cast<int64_t>(shape.size()));
  if (operation == "aten::is_floating_point") return Value(true);
  // Files compare a tensor's type with float32; the run's own type is chosen later.
  if (operation == "prim::dtype") return Value(static_cast<int64_t>(at::kFloat));
  if (operation == "prim::layout") return Value(static_cast<int64_t>(at::kStrided));
  if (operation == "prim::device") return Value(c10::Device(at::kCPU));
  if (operation == "aten::get_device") return Value(int64_t{-1});
  for (const char* name :
       {"aten::is_complex", "aten::is_conj", "aten::is_neg", "prim::is_cuda", "prim::is_quantized", "prim::is_sparse",
        "prim::is_mkldnn", "prim::is_nested", "prim::requires_grad", "prim::is_mps", "prim::is_xpu", "prim::is_ort",
        "prim::is_vulkan", "prim::is_meta", "prim::is_ipu", "aten::is_inference"})
    if (operation == name) return Value(false);
  for (const char* name :
       {"aten::Int", "aten::Float", "aten::Bool", "aten::item", "aten::ScalarImplicit", "aten::IntImplicit",
        "aten::FloatImplicit", "aten::equal", "aten::nonzero", "aten::is_nonzero", "aten::_local_scalar_dense"})
    if (operation == name) throw Refusal(operation, "the path through the network depends on values it computes");
  return std::nullopt;
}

}  // namespace faultline::torchscript
