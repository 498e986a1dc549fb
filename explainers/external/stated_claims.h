#pragma once
#include <string>
#include <vector>

#include "explainers/explainer.h"

namespace faultline {

/// The axioms that somebody can promise for an explainer of theirs (conventions 9).
const std::vector<std::string>& axioms_to_claim();

/// `claims=NAME|NAME`: what the user says the explainer promises. Throws usage with the nearest match.
std::vector<Claim> stated_claims(const std::string& text);

bool claims_positivity(const std::string& text);

}  // namespace faultline
