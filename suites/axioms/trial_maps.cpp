#include "suites/axioms/trial_maps.h"

#include <limits>

#include "explainers/output_options.h"
#include "models/blocks.h"

namespace faultline {

at::Tensor maps_on(const AxiomProblem& problem, const Network& network, const Samples& samples) {
  Context context = problem.context;
  context.figures = false;
  return problem.explainer.explain(network, samples, context).maps.to(at::kCPU, at::kDouble);
}

at::Tensor outputs_on(const AxiomProblem& problem, const Network& network, const Samples& samples) {
  const auto logits = block_logits(network, points_of(samples), problem.context.passes);
  return explained_output(logits.to(at::kDouble), problem.explainer.output(), samples.targets.to(logits.device()),
                          samples.runners_up.defined() ? samples.runners_up.to(logits.device()) : samples.runners_up)
      .to(at::kCPU, at::kDouble);
}

at::Tensor largest_of(const at::Tensor& maps) {
  return maps.abs().flatten(1).amax(1).clamp_min(std::numeric_limits<double>::min());
}

std::vector<Trial> compared(const at::Tensor& found, const at::Tensor& wanted) {
  const auto difference = (found - wanted).abs().flatten(1);
  const auto [gaps, places] = difference.max(1);
  const auto scales = largest_of(wanted);
  std::vector<Trial> out;
  for (int64_t row = 0; row < found.size(0); ++row) {
    const int64_t place = places[row].item<int64_t>();
    Trial trial;
    trial.found = found[row].flatten()[place].item<double>();
    trial.wanted = wanted[row].flatten()[place].item<double>();
    trial.gap = gaps[row].item<double>();
    trial.scale = scales[row].item<double>();
    trial.at = place_text(found[row], place);
    trial.found_map = found[row];
    trial.wanted_map = wanted[row];
    out.push_back(std::move(trial));
  }
  return out;
}

std::string place_text(const at::Tensor& row, int64_t flat_index) {
  if (row.dim() != 3) return "element " + std::to_string(flat_index);
  const int64_t columns = row.size(2), pixels = row.size(1) * columns;
  return "channel " + std::to_string(flat_index / pixels) + ", row " + std::to_string(flat_index % pixels / columns) +
         ", column " + std::to_string(flat_index % columns);
}

}  // namespace faultline
