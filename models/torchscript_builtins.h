#pragma once
#include <optional>
#include <string>
#include <vector>

#include "models/graph_draft.h"
#include "models/torchscript_value.h"

namespace faultline::torchscript {

// The parts of the language that need no node in the graph. Each takes an operation's name ("aten::size") and arguments, and is
// empty where the operation is none of its own. All throw Refusal.

/// Questions about a computed tensor that its type and shape answer: size, dim, numel, dtype, device, ...
std::optional<Value> tensor_query(const std::string& operation, const std::vector<Value>& arguments, const GraphDraft& draft);

/// Integer arithmetic and comparisons in which at least one number grows with the batch.
std::optional<Value> count_arithmetic(const std::string& operation, const std::vector<Value>& arguments, bool returns_tensor);

/// Lists, tuples and dictionaries, also of values that are not known.
std::optional<Value> collection_operation(const std::string& operation, const std::vector<Value>& arguments);

/// The truth of a value. Refuses what the network computes.
bool truth(const Value& value);

}  // namespace faultline::torchscript
