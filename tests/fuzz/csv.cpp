#include "data/csv.h"

#include "fuzz/target.h"

FAULTLINE_FUZZ_TARGET(csv) {
  faultline::fuzz::answered([&] {
    size_t bytes = 0;
    for (const auto& row : faultline::parse_csv(input, "fuzz")) {
      if (row.fields.empty() || row.line < 1) faultline::fuzz::broken("a row has a field and a line");
      for (const auto& field : row.fields) bytes += field.size();
    }
    if (bytes > input.size()) faultline::fuzz::broken("fields hold no more than the text");
  });
}
