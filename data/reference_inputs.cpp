#include "data/reference_inputs.h"

#include "core/error.h"
#include "core/interruption.h"

namespace faultline {

void for_each_reference_input(const Dataset& data, const std::string& who, const std::function<bool(const at::Tensor&)>& take) {
  std::vector<int64_t> shape;
  bool is_first = true;
  for (int64_t i = 0; i < data.size(); ++i) {
    interruption_point();
    const LoadedSample sample = data.load(i);
    if (!sample.reason.empty()) continue;
    const at::Tensor input = sample.input.to(at::kDouble);
    if (!input.isfinite().all().item<bool>() || (!is_first && input.sizes() != at::IntArrayRef(shape))) continue;
    shape = input.sizes().vec();
    is_first = false;
    if (!take(input)) return;
  }
  if (is_first) throw Error(ErrorKind::nothing_tested, who, "no sample of the reference data could be read");
}

}  // namespace faultline
