#pragma once
#include <torch/csrc/jit/ir/ir.h>

#include <unordered_map>
#include <vector>

#include "models/torchscript_value.h"

namespace faultline::torchscript {

/// Arrays of the file in float64, each made once: arrays that the file shares stay shared. Whole numbers and flags are copied as
/// they are, so that in-place operations of the file never reach the loaded module.
class WidenedTensors {
 public:
  at::Tensor of(const at::Tensor& original);

 private:
  std::unordered_map<const c10::TensorImpl*, std::pair<at::Tensor, at::Tensor>>
      made_;  // the original is kept so that its address is
};

/// A value of the file as an abstract one: lists, tuples and dictionaries are opened, tensors widened, objects become modules at
/// `path`.
Value abstract_value(const c10::IValue& known, WidenedTensors& widened, const std::string& path);

/// The other way round for a wholly concrete value, typed as the file says.
c10::IValue concrete_value(const Value& value, const c10::TypePtr& type);

/// Runs an operation whose arguments are all known. Floating point results are float64, also where the file asks for float32: the
/// run's type is chosen later.
std::vector<Value> run_concretely(const torch::jit::Node& node, const std::vector<Value>& arguments, WidenedTensors& widened);

/// Makes float64 the default type while it lives (TorchScript reads that global), for integer arrays raised to fractional powers
/// and the like.
class Float64ByDefault {
 public:
  Float64ByDefault();
  ~Float64ByDefault();
  Float64ByDefault(const Float64ByDefault&) = delete;
  Float64ByDefault& operator=(const Float64ByDefault&) = delete;

 private:
  caffe2::TypeMeta before_;
};

}  // namespace faultline::torchscript
