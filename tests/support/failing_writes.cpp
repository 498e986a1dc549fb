// Preloaded into a program under test (LD_PRELOAD): counts the calls that a full or failing disk can refuse, below one folder,
// and makes one of them fail. From the environment:
//   FAULTLINE_FAIL_BELOW  the folder, absolute and without symbolic links
//   FAULTLINE_FAIL_LOG    a file elsewhere: one line "CALL PATH" for every call counted
//   FAULTLINE_FAIL_AT     the call that fails, from 1; 0 or absent: none
//   FAULTLINE_FAIL_AS     ENOSPC (default), EIO, EDQUOT; "short": the call writes half; "full": this and all later calls that
//   need
//                         room fail with ENOSPC; "kill": the process is killed before the call, as with kill -9
#undef _FORTIFY_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

struct Plan {
  std::string below, as;
  long at = 0;
  int log = -1;
};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

const Plan& plan() {
  static const Plan plan = [] {
    Plan p{environment("FAULTLINE_FAIL_BELOW"), environment("FAULTLINE_FAIL_AS"),
           std::atol(environment("FAULTLINE_FAIL_AT").c_str())};
    const std::string log = environment("FAULTLINE_FAIL_LOG");
    if (!log.empty())
      p.log = static_cast<int>(syscall(SYS_openat, AT_FDCWD, log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    return p;
  }();
  return plan;
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

std::string path_of(int descriptor) {
  char target[PATH_MAX];
  const ssize_t length = readlink(("/proc/self/fd/" + std::to_string(descriptor)).c_str(), target, sizeof target);
  return length > 0 ? std::string(target, static_cast<size_t>(length)) : "";
}

enum class Verdict { go_on, fail, half };

/// Counts a call on `path`. needs_room: a full disk refuses it.
Verdict met(const char* call, const std::string& path, bool needs_room = true) {
  static std::atomic<long> count{0};
  const Plan& p = plan();
  if (p.below.empty() || path.compare(0, p.below.size(), p.below) != 0) return Verdict::go_on;
  const long number = ++count;
  if (p.log >= 0) {
    const std::string line = std::string(call) + " " + path + "\n";
    syscall(SYS_write, p.log, line.data(), line.size());
  }
  const bool is_full = p.as == "full" && number > p.at && needs_room;
  if (p.at == 0 || (number != p.at && !is_full)) return Verdict::go_on;
  if (p.as == "kill") kill(getpid(), SIGKILL);
  if (p.as == "short") return Verdict::half;
  errno = p.as == "EIO" ? EIO : p.as == "EDQUOT" ? EDQUOT : ENOSPC;
  return Verdict::fail;
}

bool fails(const char* call, const std::string& path, bool needs_room = true) {
  return met(call, path, needs_room) == Verdict::fail;
}

template <class Open>
int opened(const char* name, const char* path, int flags, mode_t mode) {
  if ((flags & O_CREAT) != 0 && fails("open", path)) return -1;
  return next<Open>(name)(path, flags, mode);
}

mode_t mode_in(int flags, va_list arguments) { return (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0; }

template <class Offset>
ssize_t written_at(const char* name, int descriptor, const void* bytes, size_t count, Offset offset) {
  const Verdict verdict = met("pwrite", path_of(descriptor));
  if (verdict == Verdict::fail) return -1;
  return next<ssize_t (*)(int, const void*, size_t, Offset)>(name)(descriptor, bytes,
                                                                   verdict == Verdict::half ? (count + 1) / 2 : count, offset);
}

template <class Offset>
void* mapped(const char* name, void* address, size_t length, int protection, int flags, int descriptor, Offset offset) {
  if (descriptor >= 0 && (flags & MAP_SHARED) != 0 && (protection & PROT_WRITE) != 0 && fails("mmap", path_of(descriptor)))
    return MAP_FAILED;
  return next<void* (*)(void*, size_t, int, int, int, Offset)>(name)(address, length, protection, flags, descriptor, offset);
}

FILE* file_opened(const char* name, const char* path, const char* mode) {
  if (mode[0] != 'r' && fails("fopen", path)) return nullptr;
  return next<FILE* (*)(const char*, const char*)>(name)(path, mode);
}

int template_opened(const char* name, char* pattern) {
  if (fails("mkstemp", pattern)) return -1;
  return next<int (*)(char*)>(name)(pattern);
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_in(flags, arguments);
  va_end(arguments);
  return opened<int (*)(const char*, int, ...)>("open", path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_in(flags, arguments);
  va_end(arguments);
  return opened<int (*)(const char*, int, ...)>("open64", path, flags, mode);
}
FILE* fopen(const char* path, const char* mode) { return file_opened("fopen", path, mode); }
FILE* fopen64(const char* path, const char* mode) { return file_opened("fopen64", path, mode); }
int mkstemp(char* pattern) { return template_opened("mkstemp", pattern); }
int mkstemp64(char* pattern) { return template_opened("mkstemp64", pattern); }

ssize_t write(int descriptor, const void* bytes, size_t count) {
  const Verdict verdict = met("write", path_of(descriptor));
  if (verdict == Verdict::fail) return -1;
  return next<ssize_t (*)(int, const void*, size_t)>("write")(descriptor, bytes,
                                                              verdict == Verdict::half ? (count + 1) / 2 : count);
}
ssize_t writev(int descriptor, const struct iovec* parts, int count) {
  if (fails("writev", path_of(descriptor))) return -1;
  return next<ssize_t (*)(int, const struct iovec*, int)>("writev")(descriptor, parts, count);
}
ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t offset) {
  return written_at("pwrite", descriptor, bytes, count, offset);
}
ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off64_t offset) {
  return written_at("pwrite64", descriptor, bytes, count, offset);
}
int fsync(int descriptor) { return fails("fsync", path_of(descriptor)) ? -1 : next<int (*)(int)>("fsync")(descriptor); }
int fdatasync(int descriptor) {
  return fails("fdatasync", path_of(descriptor)) ? -1 : next<int (*)(int)>("fdatasync")(descriptor);
}
int ftruncate(int descriptor, off_t length) noexcept {
  return fails("ftruncate", path_of(descriptor), false) ? -1 : next<int (*)(int, off_t)>("ftruncate")(descriptor, length);
}
int ftruncate64(int descriptor, off64_t length) noexcept {
  return fails("ftruncate", path_of(descriptor), false) ? -1 : next<int (*)(int, off64_t)>("ftruncate64")(descriptor, length);
}
int fallocate(int descriptor, int mode, off_t offset, off_t length) {
  return fails("fallocate", path_of(descriptor))
             ? -1
             : next<int (*)(int, int, off_t, off_t)>("fallocate")(descriptor, mode, offset, length);
}
/// Returns the error instead of setting errno.
int posix_fallocate(int descriptor, off_t offset, off_t length) {
  if (fails("fallocate", path_of(descriptor))) return errno;
  return next<int (*)(int, off_t, off_t)>("posix_fallocate")(descriptor, offset, length);
}
/// A closing that fails has closed all the same.
int close(int descriptor) {
  const int flags = fcntl(descriptor, F_GETFL);
  const bool failed = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && fails("close", path_of(descriptor), false);
  const int error = errno;
  const int result = next<int (*)(int)>("close")(descriptor);
  if (!failed) return result;
  errno = error;
  return -1;
}
void* mmap(void* address, size_t length, int protection, int flags, int descriptor, off_t offset) noexcept {
  return mapped("mmap", address, length, protection, flags, descriptor, offset);
}
void* mmap64(void* address, size_t length, int protection, int flags, int descriptor, off64_t offset) noexcept {
  return mapped("mmap64", address, length, protection, flags, descriptor, offset);
}
int rename(const char* from, const char* to) noexcept {
  return fails("rename", from) ? -1 : next<int (*)(const char*, const char*)>("rename")(from, to);
}
int link(const char* from, const char* to) noexcept {
  return fails("link", to) ? -1 : next<int (*)(const char*, const char*)>("link")(from, to);
}
int unlink(const char* path) noexcept { return fails("unlink", path, false) ? -1 : next<int (*)(const char*)>("unlink")(path); }
int remove(const char* path) noexcept { return fails("unlink", path, false) ? -1 : next<int (*)(const char*)>("remove")(path); }
int rmdir(const char* path) noexcept { return fails("rmdir", path, false) ? -1 : next<int (*)(const char*)>("rmdir")(path); }
int mkdir(const char* path, mode_t mode) noexcept {
  return fails("mkdir", path) ? -1 : next<int (*)(const char*, mode_t)>("mkdir")(path, mode);
}

}  // extern "C"
