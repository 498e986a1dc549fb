#include "explainers/external/private_folder.h"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/error.h"

namespace faultline {

PrivateFolder::PrivateFolder() {
  std::error_code problem;
  const std::filesystem::path parent = std::filesystem::temp_directory_path(problem);
  if (problem) throw_environment("TMPDIR", "names no folder (" + problem.message() + ")", "name one that can be written to");
  path_ = (parent / "faultline-XXXXXX").string();
  if (!mkdtemp(path_.data()))  // readable by its owner alone
    throw_environment(path_, std::string("cannot be made (") + std::strerror(errno) + ")", "set TMPDIR to another folder");
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace faultline
