#include "core/spec.h"

#include "fuzz/target.h"

FAULTLINE_FUZZ_TARGET(spec) {
  faultline::fuzz::answered([&] {
    const auto spec = faultline::parse_spec(input);
    if (!(faultline::parse_spec(print(spec)) == spec)) faultline::fuzz::broken("parse_spec(print(s)) == s");
  });
}
