#pragma once
#include "cli/arguments.h"

namespace faultline {

/// The arguments of an audit that replays a counterexample (`--suite axioms:replay=DIR`), with what the folder says of the model,
/// the data, the explainer and their preparation where the user says nothing. Others are given back as they are. Throws input
/// where the folder holds no counterexample.
Arguments with_replayed_case(const Arguments& arguments);

}  // namespace faultline
