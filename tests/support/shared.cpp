#include "support/shared.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace faultline::testing {

std::string shared_folder() {
  const char* given = std::getenv("FAULTLINE_SHARED");
  const std::filesystem::path path =
      given ? std::filesystem::path(given) : std::filesystem::path(FAULTLINE_SOURCE_DIR) / ".." / "shared";
  return std::filesystem::exists(path / "models") ? path.lexically_normal().string() : std::string();
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "faultline-test-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace faultline::testing
