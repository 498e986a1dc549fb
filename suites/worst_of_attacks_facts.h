#pragma once

namespace faultline::facts {

/// The role, and the begin of the name, of the condition that holds of every sample what the strongest attack on it left.
inline const char* const kWorst = "worst";
inline const char* const kWorstOfAttacks = "worst-of-attacks";

}  // namespace faultline::facts
