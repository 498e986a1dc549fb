#include "cli/memory_bound.h"

#include "models/memory.h"
#include "suites/memory_plan.h"

namespace faultline {

void bound_memory(RunSettings& settings, Context& context, const Network& network, int64_t results) {
  if (!settings.max_memory) return;
  int64_t elements = 1;
  for (const int64_t size : network.graph().input_shape) elements *= size;
  const auto plan =
      plan_memory(*settings.max_memory, resident_bytes() + results, {block_value_bytes(network), network.block_size(), elements},
                  {settings.threads, settings.batch, context.chunk_elements});
  if (plan.threads < settings.threads) {
    say(settings,
        "--max-memory leaves room for " + std::to_string(plan.threads) + " of " + std::to_string(settings.threads) + " threads");
  }
  settings.threads = plan.threads;
  settings.batch = plan.batch;
  context.chunk_elements = plan.chunk_elements;
}

}  // namespace faultline
