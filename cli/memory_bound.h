#pragma once
#include <cstdint>

#include "cli/run_settings.h"
#include "core/context.h"
#include "models/network.h"

namespace faultline {

/// Applies --max-memory, where it was given, to threads, batch and chunks, and says what it changed. Call it when the network and
/// the data are loaded. results: bytes that pile up while the run goes on. Throws usage where it is too little.
void bound_memory(RunSettings& settings, Context& context, const Network& network, int64_t results = 0);

}  // namespace faultline
