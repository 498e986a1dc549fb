#include "cli/arguments.h"
#include "fuzz/target.h"

FAULTLINE_FUZZ_TARGET(config) {
  const faultline::fuzz::MemoryFile file(input);
  std::vector<std::string> names;
  for (const auto& option : faultline::option_declarations()) names.push_back(option.name);
  faultline::fuzz::answered([&] {
    const auto arguments = faultline::Arguments::parse("audit", {"--config", file.path()}, names);
    arguments.command();
  });
}
