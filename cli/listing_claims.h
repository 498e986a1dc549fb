#pragma once
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/listing.h"

namespace faultline {

/// Fills in what each explainer promises with its default options: on the network of --model or, without one, on a small CNN with
/// ReLU, max pooling and biases. Returns that network in words. Throws usage where --model is given and these are no explainers,
/// input where the model cannot be read or laid out.
std::string add_claims(const Arguments& arguments, const std::string& what, std::vector<Listing>* listings);

}  // namespace faultline
