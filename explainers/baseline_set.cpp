#include "explainers/baseline_set.h"

#include "core/error.h"
#include "data/npy.h"
#include "data/reference_inputs.h"

namespace faultline {

const OptionTable<BaselineSetOptions>& BaselineSetOptions::options() {
  using O = BaselineSetOptions;
  static const auto table =
      OptionTable<O>()
          .integer("baselines", &O::baselines, {1, 100000}, "the first so many samples of the reference data")
          .text("file", &O::file, "reference inputs [K,...] instead", "", "F.npy");
  return table;
}

BaselineSet::BaselineSet(BaselineSetOptions options) : options_(std::move(options)) {
  if (!options_.file.empty() && options_.baselines != BaselineSetOptions().baselines) {
    throw_usage("baselines=", "counts samples of the reference data, and file= holds its own", "give one of them");
  }
}

void BaselineSet::fit(const Dataset& data) {
  std::vector<at::Tensor> taken;
  for_each_reference_input(data, "baselines", [&](const at::Tensor& input) {
    taken.push_back(input);
    return static_cast<int64_t>(taken.size()) < options_.baselines;
  });
  learned_ = at::stack(taken);
}

at::Tensor BaselineSet::like(const at::Tensor& inputs) const {
  at::Tensor all = learned_;
  if (!options_.file.empty()) {
    all = read_npy(options_.file).values;
  } else if (!all.defined()) {
    throw_usage("baselines", "there is no reference data", "give --data, or file=F.npy");
  }
  if (all.dim() != inputs.dim() || all.sizes().slice(1) != inputs.sizes().slice(1) || all.size(0) == 0) {
    throw_input(options_.file.empty() ? "the reference data" : options_.file, "does not have the inputs' shape",
                "baselines are [K,...] of one input's shape");
  }
  return all.to(inputs.device(), inputs.scalar_type());
}

}  // namespace faultline
