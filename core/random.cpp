#include "core/random.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace faultline {
namespace {

constexpr uint64_t kFnvOffset = 0xcbf29ce484222325ULL;
constexpr uint64_t kFnvPrime = 0x100000001b3ULL;

/// The two uniforms of a block: 53 bits each.
std::array<double, 2> block_uniforms(uint64_t block, uint32_t draw, uint32_t sub, uint64_t key) {
  const auto w = philox4x32({static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32), draw, sub},
                            {static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)});
  const auto join = [](uint32_t high, uint32_t low) {
    return (static_cast<double>(high >> 5) * 67108864.0 + static_cast<double>(low >> 6)) / 9007199254740992.0;
  };
  return {join(w[0], w[1]), join(w[2], w[3])};
}

}  // namespace

uint64_t mix(uint64_t z) {
  z += 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

uint64_t fnv1a64(const void* bytes, size_t count) {
  const auto* p = static_cast<const unsigned char*>(bytes);
  uint64_t hash = kFnvOffset;
  for (size_t i = 0; i < count; ++i) hash = (hash ^ p[i]) * kFnvPrime;
  return hash;
}

uint64_t fnv1a64(const std::string& text) { return fnv1a64(text.data(), text.size()); }

std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> c, std::array<uint32_t, 2> k) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53} * c[0];
    const uint64_t b = uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<uint32_t>(b >> 32) ^ c[1] ^ k[0], static_cast<uint32_t>(b), static_cast<uint32_t>(a >> 32) ^ c[3] ^ k[1],
         static_cast<uint32_t>(a)};
    k[0] += 0x9E3779B9u;
    k[1] += 0xBB67AE85u;
  }
  return c;
}

RandomStream::RandomStream(uint64_t seed, const std::string& purpose, uint64_t sample_id)
    : key_(mix(mix(mix(seed) ^ fnv1a64(purpose)) ^ sample_id)) {}

std::vector<double> RandomStream::uniforms(uint32_t draw, size_t n, uint32_t sub) const {
  std::vector<double> out(n);
  for (size_t e = 0; e < n; e += 2) {
    const auto u = block_uniforms(e / 2, draw, sub, key_);
    out[e] = u[0];
    if (e + 1 < n) out[e + 1] = u[1];
  }
  return out;
}

std::vector<double> RandomStream::normals(uint32_t draw, size_t n, uint32_t sub) const {
  std::vector<double> out(n);
  normals(draw, n, out.data(), sub);
  return out;
}

void RandomStream::normals(uint32_t draw, size_t n, double* out, uint32_t sub) const {
  constexpr double kTwoPi = 6.283185307179586476925286766559;
  const size_t pairs = (n + 1) / 2;
  // ATen's logarithm, cosine and sine take many numbers at a time: a third of the time of one by one.
  auto both = at::empty({2, static_cast<int64_t>(pairs)}, at::kDouble);
  auto length = both[0], angle = both[1];
  auto* const u = both.data_ptr<double>();
  for (size_t i = 0; i < pairs; ++i) {
    const auto of_block = block_uniforms(i, draw, sub, key_);
    u[i] = 1 - of_block[0];
    u[pairs + i] = kTwoPi * of_block[1];
  }
  length.log_().mul_(-2).sqrt_();
  const auto cosine = angle.cos();
  const auto* const c = cosine.data_ptr<double>();
  angle.sin_();
  for (size_t i = 0; i < n; ++i) out[i] = u[i / 2] * (i % 2 == 0 ? c[i / 2] : u[pairs + i / 2]);
}

std::vector<double> RandomStream::signs(uint32_t draw, size_t n, uint32_t sub) const {
  auto out = uniforms(draw, n, sub);
  for (auto& u : out) u = u < 0.5 ? -1.0 : 1.0;
  return out;
}

std::vector<int64_t> RandomStream::order(uint32_t draw, size_t n, uint32_t sub) const {
  const auto u = uniforms(draw, n, sub);
  std::vector<int64_t> index(n);
  std::iota(index.begin(), index.end(), 0);
  std::stable_sort(index.begin(), index.end(), [&](int64_t a, int64_t b) { return u[a] < u[b]; });
  return index;
}

}  // namespace faultline
