#include "suites/axioms/case_inputs.h"

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "explainers/legal_bounds.h"
#include "explainers/output_options.h"
#include "models/blocks.h"

namespace faultline {
namespace {

constexpr double kNoise = 0.1;  // of the range

/// Samples of these inputs, explained for what the network predicts.
Samples explained(const Network& network, const at::Tensor& inputs, uint64_t first_id) {
  Samples out = samples_of_array(inputs.to(at::TensorOptions().dtype(network.dtype()).device(network.device())));
  for (size_t i = 0; i < out.ids.size(); ++i) out.ids[i] = first_id + i;
  out.targets = at::zeros({out.size()}, at::kLong);
  const at::Tensor logits = block_logits(network, points_of(out)).to(at::kCPU);
  out.targets = predicted_classes(logits);
  if (logits.size(1) > 1) {
    const at::Tensor two = std::get<1>(logits.topk(2, 1));
    out.runners_up = at::where(two.select(1, 0).eq(out.targets), two.select(1, 1), two.select(1, 0));
  }
  return out;
}

}  // namespace

Samples edge_cases(const Network& network, const LegalRange& range, uint64_t first_id) {
  static const std::vector<std::string> kNames{"all low",     "all high",  "half-way",   "first high",
                                               "middle high", "last high", "alternating"};
  const std::vector<int64_t>& shape = network.graph().input_shape;
  const at::Tensor like = at::zeros(shape, at::kDouble).unsqueeze(0);
  const LegalBounds bounds = legal_bounds(range, like);
  const at::Tensor low = bounds.low.expand_as(like)[0], high = bounds.high.expand_as(like)[0];
  const int64_t n = like.numel();
  std::vector<at::Tensor> shares{at::zeros({n}, at::kDouble), at::ones({n}, at::kDouble), at::full({n}, 0.5, at::kDouble)};
  for (const int64_t place : {int64_t{0}, n / 2, n - 1}) {
    shares.push_back(at::zeros({n}, at::kDouble));
    shares.back()[place] = 1;
  }
  shares.push_back(at::arange(n, at::kDouble).remainder(2));
  std::vector<at::Tensor> inputs;
  for (const auto& share : shares) inputs.push_back(low + (high - low) * share.reshape(shape));
  Samples out = explained(network, at::stack(inputs), first_id);
  out.names = kNames;
  return out;
}

Samples random_cases(const Network& network, const Samples& data, const Context& context, int64_t count, uint32_t number) {
  const at::Tensor given = data.inputs.to(at::kCPU, at::kDouble);
  const LegalBounds bounds = legal_bounds(context.range, given.narrow(0, 0, 1));
  const at::Tensor width = bounds.high - bounds.low;
  const uint64_t first_id = uint64_t{number} * static_cast<uint64_t>(count);
  std::vector<at::Tensor> inputs;
  for (int64_t i = 0; i < count; ++i) {
    const RandomStream stream(context.seed, "axioms/cases", first_id + static_cast<uint64_t>(i));
    const auto u = at::tensor(stream.uniforms(0, static_cast<size_t>(given[0].numel())), at::kDouble).reshape(given[0].sizes());
    const auto choice = stream.uniforms(1, 3);
    const auto pick = [&](double share) {
      return given[std::min(static_cast<int64_t>(share * static_cast<double>(given.size(0))), given.size(0) - 1)].unsqueeze(0);
    };
    at::Tensor x;
    switch (i % 3) {
      case 0: x = bounds.low + width * u; break;
      case 1: x = pick(choice[0]) + width * (kNoise * (2 * u - 1)); break;
      default: x = pick(choice[0]) + choice[2] * (pick(choice[1]) - pick(choice[0])); break;
    }
    inputs.push_back(bounds.clip(x)[0]);
  }
  return explained(network, at::stack(inputs), first_id);
}

}  // namespace faultline
