#include "core/numbers.h"

#include <cmath>

#include "fuzz/target.h"

using faultline::fuzz::answered;
using faultline::fuzz::broken;

FAULTLINE_FUZZ_TARGET(numbers) {
  answered([&] {
    for (const double value : faultline::parse_numbers(input, "fuzz")) {
      if (!std::isfinite(value)) broken("a number is finite");
      if (faultline::parse_number(faultline::short_number(value), "short") != value) broken("short_number reads back");
      if (faultline::parse_number(faultline::exact_number(value), "exact") != value) broken("exact_number reads back");
    }
  });
  answered([&] {
    const auto count = faultline::parse_amount(input, "fuzz").of(1000);
    if (count < 1 || count > 1000) broken("an amount of n is 1..n");
  });
  answered([&] {
    if (faultline::parse_size(input, "fuzz") < 1) broken("a size is at least a byte");
  });
  answered([&] { faultline::parse_integer(input, "fuzz"); });
}
