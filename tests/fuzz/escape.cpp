#include "report/escape.h"

#include "core/utf8.h"
#include "fuzz/target.h"

using faultline::fuzz::broken;

FAULTLINE_FUZZ_TARGET(escape) {
  for (const auto& text : {faultline::html_text(input), faultline::markdown_text(input), faultline::markdown_code(input),
                           faultline::csv_text(input), faultline::printable(input)}) {
    if (!faultline::is_utf8(text)) broken("what is escaped is UTF-8");
    for (const unsigned char c : text)
      if (c < 0x20 || c == 0x7f) broken("no control character is left");
  }
  if (faultline::html_text(input).find_first_of("<>\"'") != std::string::npos) broken("no markup is left in HTML");
  if (faultline::markdown_text(input).find_first_of("<>|`") != std::string::npos) broken("no markup is left in Markdown");
  const std::string field = faultline::csv_text(input);
  if (!field.empty() && std::string("=+-@").find(field[0] == '"' ? field[1] : field[0]) != std::string::npos)
    broken("no field is a formula");
}
