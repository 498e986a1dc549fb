#pragma once
#include "data/dataset.h"

namespace faultline::testing {

/// Samples held in memory, [N,...] in float64 or float32.
class HeldDataset final : public Dataset {
 public:
  explicit HeldDataset(at::Tensor inputs) : inputs_(std::move(inputs)) {}
  int64_t size() const override { return inputs_.size(0); }
  SampleInfo info(int64_t index) const override { return {static_cast<uint64_t>(index), std::to_string(index), {}}; }
  LoadedSample load(int64_t index) const override { return {inputs_[index], {}, "", ""}; }
  std::string format() const override { return "held"; }
  std::string digest() const override { return "held"; }

 private:
  at::Tensor inputs_;
};

}  // namespace faultline::testing
