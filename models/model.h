#pragma once
#include <memory>
#include <string>
#include <vector>

#include "models/network.h"

namespace faultline {

/// An operation of a file that cannot be run or differentiated, in words.
struct ModelProblem {
  std::string operation;  ///< "aten::fft_rfft"
  std::string where;      ///< module path and source line where the file has them
  std::string why;
};

/// A TorchScript file, loaded and set to evaluation mode. It stores no input shape, so a Network is made for a given shape.
/// Loading a model file is running code from whoever wrote it: TorchScript archives carry code.
class Model {
 public:
  /// Throws input: missing, truncated, not TorchScript (a pickled state_dict or whole module gets an error that says how to
  /// export), NaN or infinity in weights (named).
  static Model load(const std::string& path);

  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();

  const std::string& path() const { return path_; }

  /// The canonical network for inputs [N, input_shape...], float64 on the CPU. Throws input: an unsupported operation (named,
  /// with its layer), a shape that a layer refuses (layer, shape), a result that is not [N, classes], more than one input.
  Network network(const std::vector<int64_t>& input_shape) const;

  /// A shape that works, guessed from the first layer's weights and common sizes; empty where none is found. For listings only.
  std::vector<int64_t> guess_input_shape() const;

  /// Every operation that cannot be imported, without running anything.
  std::vector<ModelProblem> problems() const;

  /// The file itself run by LibTorch, for comparison (benchmarks, tests). x in float32; with a graph where x asks for one.
  at::Tensor run_original(const at::Tensor& x) const;

 private:
  struct Impl;
  explicit Model(std::unique_ptr<Impl> impl, std::string path);
  std::unique_ptr<Impl> impl_;
  std::string path_;
};

}  // namespace faultline
