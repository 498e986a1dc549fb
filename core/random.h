#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace faultline {

/// SplitMix64's output function (Steele, Lea, Flood 2014).
uint64_t mix(uint64_t z);
/// FNV-1a, 64 bit.
uint64_t fnv1a64(const void* bytes, size_t count);
uint64_t fnv1a64(const std::string& text);
/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011): one block of four words.
std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// The random stream of one (seed, purpose, sample): every number is a pure function of these and (draw, sub, element), so
/// that results depend on neither batch, thread nor order (conventions 5). Numbers are doubles.
class RandomStream {
 public:
  RandomStream(uint64_t seed, const std::string& purpose, uint64_t sample_id);

  uint64_t key() const { return key_; }
  /// n uniforms in [0,1).
  std::vector<double> uniforms(uint32_t draw, size_t n, uint32_t sub = 0) const;
  /// n standard normals (Box-Muller on the block's two uniforms).
  std::vector<double> normals(uint32_t draw, size_t n, uint32_t sub = 0) const;
  /// The same, into `out`.
  void normals(uint32_t draw, size_t n, double* out, uint32_t sub = 0) const;
  /// n signs, -1 where the uniform is below 1/2, else +1.
  std::vector<double> signs(uint32_t draw, size_t n, uint32_t sub = 0) const;
  /// A random order of 0..n-1: stable argsort of the uniforms.
  std::vector<int64_t> order(uint32_t draw, size_t n, uint32_t sub = 0) const;

 private:
  uint64_t key_;
};

}  // namespace faultline
