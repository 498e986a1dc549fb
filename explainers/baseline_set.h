#pragma once
#include <ATen/ATen.h>

#include <string>

#include "core/options.h"
#include "data/dataset.h"

namespace faultline {

/// Several reference inputs (conventions 10): the first K samples of the reference data, or the rows of a file.
struct BaselineSetOptions {
  int64_t baselines = 100;
  std::string file;
  static const OptionTable<BaselineSetOptions>& options();
};

class BaselineSet {
 public:
  explicit BaselineSet(BaselineSetOptions options);

  bool needs_fitting() const { return options_.file.empty(); }
  /// Takes the first K usable samples. Throws nothing_tested where there is none.
  void fit(const Dataset& data);
  /// [K,...] in the inputs' dtype and device. Throws usage where fit() is missing, input where the shapes differ.
  at::Tensor like(const at::Tensor& inputs) const;

 private:
  BaselineSetOptions options_;
  at::Tensor learned_;  ///< [K,...] float64
};

}  // namespace faultline
