#include "support/test_seed.h"

#include <cstdlib>
#include <string>

namespace faultline::testing {

uint64_t test_seed() {
  const char* given = std::getenv("FAULTLINE_TEST_SEED");
  return given ? std::stoull(given) : 1;
}

void seed_rapidcheck() {
  const char* given = std::getenv("RC_PARAMS");
  std::string parameters = given ? given : "";
  if (parameters.find("seed=") != std::string::npos) return;
  parameters += (parameters.empty() ? "" : " ") + ("seed=" + std::to_string(test_seed()));
  setenv("RC_PARAMS", parameters.c_str(), 1);
}

}  // namespace faultline::testing
