#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace faultline {

/// The most bytes of one file that are held in memory at once: a quarter of the machine's memory, since they are often held
/// twice. A sparse file costs its author nothing and has any size.
uint64_t largest_in_memory();

/// A regular file opened for reading at any offset. Thread-safe: reads share no position.
/// Every reader of data/ goes through it, so that sizes are known before anything is allocated.
class InputFile {
 public:
  /// Throws input where `path` is missing, unreadable or not a regular file.
  explicit InputFile(const std::string& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& path() const { return path_; }
  uint64_t size() const { return size_; }
  /// Fills `count` bytes from `offset`. Throws input where the file ends before.
  void read_at(uint64_t offset, void* into, size_t count) const;
  /// The whole file. Throws input where it is larger than `limit` bytes.
  std::vector<unsigned char> read_all(uint64_t limit) const;

 private:
  std::string path_;
  int descriptor_ = -1;
  uint64_t size_ = 0;
};

}  // namespace faultline
