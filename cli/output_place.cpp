#include "cli/output_place.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "cli/sandbox.h"
#include "core/error.h"

namespace faultline {
namespace {

constexpr const char* kRemedy = "give a writable place";

void check_folder(const std::string& folder, const std::string& subject) {
  struct stat facts {};
  if (stat(folder.c_str(), &facts) != 0)
    throw_environment(subject, "folder " + folder + " is not there (" + std::strerror(errno) + ")", kRemedy);
  if (!S_ISDIR(facts.st_mode)) throw_environment(subject, folder + " is not a folder", kRemedy);
  // The administrator may write anywhere; a folder that is marked read-only for everyone is still not a place for results.
  if ((facts.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0 || access(folder.c_str(), W_OK | X_OK) != 0) {
    throw_environment(subject, "folder " + folder + " is not writable", kRemedy);
  }
  // Asked by doing it: a read-only mount or a full table of files shows only now.
  std::string probe = folder + "/.faultline-XXXXXX";
  const int descriptor = mkstemp(probe.data());
  if (descriptor < 0) throw_environment(subject, "folder " + folder + " is not writable (" + std::strerror(errno) + ")", kRemedy);
  close(descriptor);
  unlink(probe.c_str());
}

std::string folder_of(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

}  // namespace

void check_file_can_be_written(const std::string& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode)) throw_environment(path, "is a folder", "name a file");
  check_folder(folder_of(path), path);
}

bool check_folder_can_be_filled(const std::string& path) {
  const auto place = std::filesystem::path(path).lexically_normal();
  const std::string bare = place.has_filename() ? place.string() : place.parent_path().string();
  struct stat facts {};
  if (stat(bare.c_str(), &facts) != 0) {
    check_folder(folder_of(bare), path);
    if (mkdir(bare.c_str(), 0777) != 0)
      throw_environment(path, std::string("cannot be made (") + std::strerror(errno) + ")", kRemedy);
    return true;
  }
  check_folder(bare, path);
  return false;
}

ClaimedFolder::ClaimedFolder(const std::string& path) {
  if (!check_folder_can_be_filled(path)) return;
  made_ = path;
  tell_sandbox_of_folder(path);
}

ClaimedFolder::~ClaimedFolder() {
  if (!made_.empty()) rmdir(made_.c_str());  // which leaves a folder that holds something alone
}

}  // namespace faultline
