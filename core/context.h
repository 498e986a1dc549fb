#pragma once
#include <atomic>
#include <cstdint>

#include "core/range.h"

namespace faultline {

/// How often the network ran, in samples (one forward of one sample counts 1; padded slots are not counted).
struct PassCount {
  std::atomic<int64_t> forward{0};
  std::atomic<int64_t> backward{0};
  std::atomic<int64_t> double_backward{0};
};

/// What a run fixes for every method in it: the seed, the legal range of inputs, and where passes are counted.
/// `passes` may be null and must outlive the context's users.
struct Context {
  uint64_t seed = 0;
  LegalRange range;
  PassCount* passes = nullptr;
  /// Elements of the path points or draws that are computed at a time: 1 MiB of float32, so that they stay in the cache.
  int64_t chunk_elements = int64_t{1} << 18;
  bool figures = true;  ///< also compute what only people read (the completeness error); attacks switch it off
  bool ledger = false;  ///< relevance walks also keep their leakage ledger
};

}  // namespace faultline
