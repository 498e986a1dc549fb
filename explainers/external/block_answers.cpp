#include "explainers/external/block_answers.h"

#include <limits>

#include "core/error.h"
#include "explainers/output_options.h"
#include "models/block_plan.h"

namespace faultline {
namespace {

const char* const kFailed = "explainer-failed";
const char* const kNotFinite = "non-finite-map";

}  // namespace

Explanation explained_in_blocks(const Network& network, const Samples& samples, int64_t block, const std::vector<int64_t>& shape,
                                const Context& context, const std::function<BlockAnswer(const Samples& block)>& ask) {
  const at::NoGradGuard no_graph;
  Explanation out;
  out.maps = at::full(shape, std::numeric_limits<double>::quiet_NaN(), samples.inputs.options());
  out.failures.resize(static_cast<size_t>(samples.size()));
  if (samples.size() == 0) return out;
  for (const Block& rows : plan_blocks(samples.slots, block)) {
    const BlockAnswer answer = ask(samples.select(rows.row_of_slot));
    for (size_t i = 0; i < rows.active_rows.size(); ++i) {
      const int64_t row = rows.active_rows[i];
      MapFailure& failure = out.failures[static_cast<size_t>(row)];
      if (!answer.failure.empty()) {
        failure = {kFailed, answer.failure};
        continue;
      }
      out.maps[row].copy_(answer.maps[rows.active_slots[i]]);
      if (out.maps[row].isfinite().all().item<bool>()) continue;
      failure = {kNotFinite, "the map holds NaN or infinity" + (answer.said.empty() ? "" : "; stderr: " + one_line(answer.said))};
    }
  }
  if (context.passes) context.passes->forward += samples.size();
  out.logits = block_logits(network, points_of(samples));
  return out;
}

std::vector<int64_t> shape_of_maps(const Samples& samples, bool is_single_channel) {
  std::vector<int64_t> shape = samples.inputs.sizes().vec();
  if (is_single_channel && shape.size() > 2) shape[1] = 1;
  return shape;
}

}  // namespace faultline
