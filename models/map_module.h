#pragma once
#include <ATen/ATen.h>

#include <memory>
#include <string>

namespace faultline {

/// A TorchScript module that makes maps: forward(inputs [N,...], targets [N] int64) -> maps [N,...]. Like a model file it carries
/// code of whoever wrote it.
class MapModule {
 public:
  /// Throws input as Model::load does.
  static MapModule load(const std::string& path);

  MapModule(MapModule&&) noexcept;
  MapModule& operator=(MapModule&&) noexcept;
  ~MapModule();

  /// The maps, with a graph where the inputs ask for one and the module's own way of making them leaves one. Runs with gradients
  /// enabled, so that the module can differentiate its network. Its arrays are cast to the inputs' dtype and device. Throws
  /// input, in words, where it fails or returns no array. Thread-safe.
  at::Tensor maps(const at::Tensor& inputs, const at::Tensor& targets) const;

 private:
  struct Impl;
  MapModule(std::unique_ptr<Impl> impl, std::string path);
  std::unique_ptr<Impl> impl_;
  std::string path_;
};

}  // namespace faultline
