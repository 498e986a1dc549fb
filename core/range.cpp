#include "core/range.h"

#include <algorithm>

#include "core/error.h"
#include "core/numbers.h"

namespace faultline {

double LegalRange::width() const {
  double widest = 0;
  for (size_t c = 0; c < low.size(); ++c) widest = std::max(widest, high[c] - low[c]);
  return widest;
}

LegalRange parse_range(const std::string& text) {
  const auto values = parse_numbers(text, "--range");
  if (values.size() != 2 || !(values[0] < values[1])) {
    throw_usage("--range", "'" + text + "' is not a range", "write LO,HI with LO below HI, or auto");
  }
  return {{values[0]}, {values[1]}};
}

std::string print(const LegalRange& range) {
  std::string text;
  for (size_t c = 0; c < range.low.size(); ++c) {
    text += (c ? "; " : "") + short_number(range.low[c]) + "," + short_number(range.high[c]);
  }
  return text;
}

}  // namespace faultline
