#include "cli/replay.h"

#include <filesystem>

#include "core/spec.h"
#include "suites/axiom_suite.h"
#include "suites/axioms/counterexample.h"

namespace faultline {
namespace {

std::string folder_of(const Arguments& arguments) {
  for (const auto& text : arguments.list("suite")) {
    const Spec spec = parse_spec(text);
    const std::string* folder = spec.name == AxiomSuite::kName ? spec.find("replay") : nullptr;
    if (folder) return *folder;
  }
  return "";
}

}  // namespace

Arguments with_replayed_case(const Arguments& arguments) {
  const std::string folder = folder_of(arguments);
  if (folder.empty()) return arguments;
  Arguments out = arguments;
  for (const auto& [name, value] : read_counterexample(folder).arguments) {
    if (out.has(name)) continue;
    const bool is_beside = (name == "model" || name == "data") && std::filesystem::exists(folder + "/" + value);
    out = out.with(name, is_beside ? folder + "/" + value : value);
  }
  return out;
}

}  // namespace faultline
