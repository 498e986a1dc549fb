#include "data/samples.h"

namespace faultline {
namespace {

at::Tensor rows_of(const at::Tensor& tensor, const at::Tensor& index) {
  return tensor.defined() ? tensor.index_select(0, index.to(tensor.device())) : tensor;
}

}  // namespace

Samples Samples::select(const std::vector<int64_t>& rows) const {
  const auto index = at::tensor(rows, at::kLong);
  Samples out;
  out.inputs = rows_of(inputs, index);
  out.targets = rows_of(targets, index);
  out.runners_up = rows_of(runners_up, index);
  out.masks = rows_of(masks, index);
  out.labels = rows_of(labels, index);
  for (const int64_t row : rows) {
    out.ids.push_back(ids[row]);
    out.slots.push_back(slots[row]);
    out.names.push_back(names[row]);
  }
  return out;
}

Samples Samples::with_inputs(const at::Tensor& other) const {
  Samples out = *this;
  out.inputs = other;
  return out;
}

Samples joined(const std::vector<Samples>& parts) {
  Samples out;
  std::vector<at::Tensor> inputs, targets, runners_up;
  for (const Samples& part : parts) {
    inputs.push_back(part.inputs);
    targets.push_back(part.targets);
    if (part.runners_up.defined()) runners_up.push_back(part.runners_up);
    out.ids.insert(out.ids.end(), part.ids.begin(), part.ids.end());
    out.names.insert(out.names.end(), part.names.begin(), part.names.end());
  }
  out.inputs = at::cat(inputs);
  out.targets = at::cat(targets);
  if (runners_up.size() == parts.size()) out.runners_up = at::cat(runners_up);
  for (int64_t i = 0; i < out.size(); ++i) out.slots.push_back(i);
  return out;
}

Samples samples_of_array(const at::Tensor& inputs) {
  Samples out;
  out.inputs = inputs;
  for (int64_t i = 0; i < inputs.size(0); ++i) {
    out.ids.push_back(static_cast<uint64_t>(i));
    out.slots.push_back(i);
    out.names.push_back(std::to_string(i));
  }
  return out;
}

}  // namespace faultline
