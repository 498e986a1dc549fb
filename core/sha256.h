#pragma once
#include <array>
#include <cstdint>
#include <string>

namespace faultline {

/// SHA-256 (FIPS 180-4), incremental. In core rather than from a library because the core builds on LibTorch and the
/// standard library alone.
class Sha256 {
 public:
  Sha256();
  Sha256& update(const void* bytes, size_t count);
  Sha256& update(const std::string& text) { return update(text.data(), text.size()); }
  /// 64 lower-case hex digits. The object must not be updated afterwards.
  std::string hex();

 private:
  void block(const unsigned char* p);
  std::array<uint32_t, 8> state_;
  std::array<unsigned char, 64> buffer_{};
  uint64_t length_ = 0;
};

/// The digest of a file's bytes. Throws input where it cannot be read.
std::string sha256_of_file(const std::string& path);

}  // namespace faultline
