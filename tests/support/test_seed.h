#pragma once
#include <cstdint>

namespace faultline::testing {

/// The seed of tests that draw random numbers: FAULTLINE_TEST_SEED, or 1. Throws std::invalid_argument where that is no number.
/// A test that calls this gets the label `random` (tests/test_entries.cmake).
uint64_t test_seed();

/// Makes RapidCheck draw from the same seed; parameters that RC_PARAMS has already are kept.
void seed_rapidcheck();

}  // namespace faultline::testing
