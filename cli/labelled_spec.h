#pragma once
#include <string>
#include <utility>

namespace faultline {

/// `LABEL=NAME:key=value` taken apart into the label, which is what records and reports call the explainer, and the spec; the
/// label is empty where the text is a spec alone. Throws usage where a label has characters that places
/// (EXPLAINER/SUITE/CONDITION) give another meaning.
std::pair<std::string, std::string> label_and_spec(const std::string& text);

}  // namespace faultline
