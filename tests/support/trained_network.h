#pragma once
#include "data/samples.h"
#include "models/network.h"

namespace faultline::testing {

/// A small CNN trained for a few seconds on generated digits (once a process), float64. The same on every run of one machine.
const Network& trained_cnn();

/// The first n generated digits that the network was not trained on, with the classes it predicts as targets.
Samples digits(const Network& network, int64_t n);

}  // namespace faultline::testing
