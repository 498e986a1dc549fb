#include "cli/version.h"

#include <SQLiteCpp/Database.h>
#include <fmt/core.h>
#include <torch/version.h>

#include <boost/version.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <opencv2/core/version.hpp>

#include "core/version.h"

extern "C" char* openblas_get_config();

namespace faultline {
namespace {

std::string dotted(int major, int minor, int patch) {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> component_versions() {
  return {{"faultline", FAULTLINE_VERSION},
          {"libtorch", TORCH_VERSION},
          {"opencv", CV_VERSION},
          {"sqlite", SQLite::getLibVersion()},
          {"boost", dotted(BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)},
          {"nlohmann-json", dotted(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH)},
          {"fmt", dotted(FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
          {"openblas", openblas_get_config()},
#ifdef __clang__
          {"compiler", std::string("clang ") + __clang_version__}};
#else
          {"compiler", std::string("g++ ") + __VERSION__}};
#endif
}

void print_versions(bool json) {
  if (json) {
    nlohmann::ordered_json out;
    for (const auto& [name, version] : component_versions()) out[name] = version;
    std::printf("%s\n", out.dump(2).c_str());
    return;
  }
  for (const auto& [name, version] : component_versions()) std::printf("%-14s %s\n", name.c_str(), version.c_str());
}

}  // namespace faultline
