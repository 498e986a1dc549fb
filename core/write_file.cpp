#include "core/write_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

#include "core/error.h"

namespace faultline {
namespace {

constexpr const char* kAside = ".part-";

/// The open file aside; removed again unless it was renamed.
class Aside {
 public:
  explicit Aside(const std::string& path) : target_(path) {
    static std::atomic<unsigned> counter{0};
    path_ = path + kAside + std::to_string(getpid()) + "-" + std::to_string(counter++);
    descriptor_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ < 0) fail("cannot be written");
  }
  ~Aside() {
    if (descriptor_ >= 0) close(descriptor_);
    if (!renamed_) unlink(path_.c_str());
  }
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;

  void write_all(const char* bytes, size_t count) {
    while (count > 0) {
      const ssize_t written = write(descriptor_, bytes, count);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) fail("cannot be written");
      bytes += written;
      count -= static_cast<size_t>(written);
    }
  }
  void finish() {
    if (fsync(descriptor_) != 0) fail("cannot be synced");
    const int closed = close(descriptor_);
    descriptor_ = -1;
    if (closed != 0) fail("cannot be closed");
    if (std::rename(path_.c_str(), target_.c_str()) != 0) fail("cannot be renamed into place");
    renamed_ = true;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw_environment(target_, what + " (" + std::strerror(errno) + ")", "give a writable folder with room on its disk");
  }
  std::string target_;
  std::string path_;
  int descriptor_ = -1;
  bool renamed_ = false;
};

}  // namespace

void write_file(const std::string& path, const void* bytes, size_t count) {
  Aside aside(path);
  aside.write_all(static_cast<const char*>(bytes), count);
  aside.finish();
}

void write_file(const std::string& path, const std::string& text) { write_file(path, text.data(), text.size()); }

void remove_leftovers(const std::string& folder) {
  std::error_code ignored;
  std::vector<std::filesystem::path> leftovers;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    const size_t place = name.rfind(kAside);
    if (place == std::string::npos) continue;
    const auto writer = static_cast<pid_t>(std::atol(name.c_str() + place + std::strlen(kAside)));
    if (writer > 0 && kill(writer, 0) != 0 && errno == ESRCH) leftovers.push_back(entry.path());
  }
  for (const auto& path : leftovers) std::filesystem::remove(path, ignored);
}

}  // namespace faultline
