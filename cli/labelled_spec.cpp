#include "cli/labelled_spec.h"

#include "core/error.h"

namespace faultline {

std::pair<std::string, std::string> label_and_spec(const std::string& text) {
  const size_t equals = text.find('=');
  // The first = of a spec stands behind its colon.
  if (equals == std::string::npos || text.find(':') < equals) return {"", text};
  const std::string label = text.substr(0, equals);
  for (const unsigned char c : label) {
    if (c <= ' ' || c == 0x7f || std::string("/:,;*'\"()").find(static_cast<char>(c)) != std::string::npos)
      throw_usage("--explainer '" + one_line(text) + "'",
                  "has a label with '" + one_line(std::string(1, static_cast<char>(c))) + "'",
                  "write LABEL=NAME:key=value with a label of letters, digits, - and _");
  }
  if (label.empty() || equals + 1 == text.size())
    throw_usage("--explainer '" + one_line(text) + "'", "is not LABEL=NAME:key=value", "write a label and a method");
  return {label, text.substr(equals + 1)};
}

}  // namespace faultline
