#pragma once
#include <string>
#include <vector>

#include "models/layer_graph.h"

namespace faultline::testing {

/// One node with inputs at which it is smooth, in float64.
struct OperationCase {
  std::string what;
  Node node;
  std::vector<at::Tensor> inputs;
};

/// At least one case for every operation that is not a leaf.
std::vector<OperationCase> operation_cases();

}  // namespace faultline::testing
