#include "models/smooth_relu_kernels.h"

#include <ATen/Parallel.h>

#include <cstdint>
#include <cstring>

// Compiled for the vector units that the processor has. Without contraction into fused operations (CMakeLists.txt) all of these
// round alike.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define FAULTLINE_VECTORISED __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FAULTLINE_VECTORISED
#endif

namespace faultline {
namespace {

constexpr double kExactThreshold = 40;  // exp(-40) = 4e-18
constexpr int64_t kGrain = 1 << 15;     // elements a thread is worth

inline float with_bits(uint32_t bits) {
  float out;
  std::memcpy(&out, &bits, sizeof out);
  return out;
}
inline uint32_t bits_of(float x) {
  uint32_t out;
  std::memcpy(&out, &x, sizeof out);
  return out;
}

// exp(-80) = 2e-35. Below, numbers come near the denormal ones, each of which costs the processor a hundred cycles.
constexpr float kLeastExponent = -80;

/// exp(x) for x <= 0, 0 below kLeastExponent: x = n ln 2 + r with |r| <= ln 2 / 2, a Taylor series of degree 7 in r (remainder
/// 5e-9), and n into the exponent. ln 2 is split so that n times its upper part is exact (Cody, Waite 1980).
inline float exp_of_negative(float x) {
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it leaves an integer in the low bits
  const float shifted = x * 1.44269504088896341f + kRound;
  const float n = shifted - kRound;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.0f / 5040;
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r * r + r + 1;
  const float scale = with_bits((bits_of(shifted) + 127u) << 23);
  return x < kLeastExponent ? 0 : p * scale;
}

/// log(1 + u) for 0 <= u <= 1: 2 artanh(w), w = u/(2 + u) <= 1/3, whose series in w^2 <= 1/9 ends within 3e-9.
inline float log1p_of_share(float u) {
  const float w = u / (2 + u);
  const float apart = w + 1e-10f;  // the square of a tiny one would be denormal; 1 + w2/3 is the same to 2e-11
  const float w2 = apart * apart;
  float p = 1.0f / 15;
  p = p * w2 + 1.0f / 13;
  p = p * w2 + 1.0f / 11;
  p = p * w2 + 1.0f / 9;
  p = p * w2 + 1.0f / 7;
  p = p * w2 + 1.0f / 5;
  p = p * w2 + 1.0f / 3;
  return 2 * w * (1 + w2 * p);
}

inline float negative_magnitude(float x) { return with_bits(bits_of(x) | 0x80000000u); }

inline float slope_of(float z, float beta) {
  const float e = exp_of_negative(negative_magnitude(beta * z));
  return (z < 0 ? e : 1) / (1 + e);
}

FAULTLINE_VECTORISED void values(const float* z, float beta, float* out, int64_t count) {
  const float width = 1 / beta;
  for (int64_t i = 0; i < count; ++i)
    out[i] = (z[i] < 0 ? 0 : z[i]) + log1p_of_share(exp_of_negative(negative_magnitude(beta * z[i]))) * width;
}

FAULTLINE_VECTORISED void slopes(const float* z, float beta, float* out, int64_t count) {
  for (int64_t i = 0; i < count; ++i) out[i] = slope_of(z[i], beta);
}

FAULTLINE_VECTORISED void products(const float* grad, const float* z, float beta, float* out, int64_t count) {
  for (int64_t i = 0; i < count; ++i) out[i] = grad[i] * slope_of(z[i], beta);
}

FAULTLINE_VECTORISED void curved_products(const float* v, const float* grad, const float* s, float beta, float* by_grad,
                                          float* by_z, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const float vs = v[i] * s[i];
    by_grad[i] = vs;
    by_z[i] = vs * grad[i] * (1 - s[i]) * beta;
  }
}

/// Whether memory can be read from end to end: float32 on the CPU without gaps.
bool is_plain(const at::Tensor& x) {
  return x.scalar_type() == at::kFloat && x.device().is_cpu() && x.layout() == at::kStrided && x.is_non_overlapping_and_dense();
}
/// x with its elements in memory in the order of those of `other`, which is plain. Undefined where it is of another kind.
at::Tensor laid_as(const at::Tensor& x, const at::Tensor& other) {
  if (x.scalar_type() != at::kFloat || !x.device().is_cpu() || x.sizes() != other.sizes()) return {};
  return x.strides() == other.strides() ? x : at::empty_like(other).copy_(x);
}

template <class Run>
void in_parts(int64_t count, const Run& run) {
  at::parallel_for(0, count, kGrain, [&](int64_t begin, int64_t end) { run(begin, end - begin); });
}

}  // namespace

at::Tensor softplus(const at::Tensor& z, double beta) {
  if (!is_plain(z)) return at::softplus(z, beta, kExactThreshold);
  at::Tensor out = at::empty_like(z);
  const auto* from = z.data_ptr<float>();
  auto* to = out.data_ptr<float>();
  in_parts(z.numel(), [&](int64_t i, int64_t n) { values(from + i, static_cast<float>(beta), to + i, n); });
  return out;
}

at::Tensor softplus_slope(const at::Tensor& z, double beta) {
  if (!is_plain(z)) return at::mul(z, beta).sigmoid_();
  at::Tensor out = at::empty_like(z);
  const auto* from = z.data_ptr<float>();
  auto* to = out.data_ptr<float>();
  in_parts(z.numel(), [&](int64_t i, int64_t n) { slopes(from + i, static_cast<float>(beta), to + i, n); });
  return out;
}

at::Tensor softplus_backward(const at::Tensor& grad, const at::Tensor& z, double beta) {
  const at::Tensor g = is_plain(z) ? laid_as(grad, z) : at::Tensor();
  if (!g.defined()) return at::softplus_backward(grad, z, beta, kExactThreshold);
  at::Tensor out = at::empty_like(z);
  const auto *from_g = g.data_ptr<float>(), *from = z.data_ptr<float>();
  auto* to = out.data_ptr<float>();
  in_parts(z.numel(), [&](int64_t i, int64_t n) { products(from_g + i, from + i, static_cast<float>(beta), to + i, n); });
  return out;
}

std::pair<at::Tensor, at::Tensor> softplus_double_backward(const at::Tensor& v, const at::Tensor& grad, const at::Tensor& s,
                                                           double beta) {
  const at::Tensor alike_v = is_plain(s) ? laid_as(v, s) : at::Tensor(),
                   alike_grad = is_plain(s) ? laid_as(grad, s) : at::Tensor();
  if (!alike_v.defined() || !alike_grad.defined()) return {v * s, at::sigmoid_backward(v * grad, s).mul_(beta)};
  std::pair<at::Tensor, at::Tensor> out{at::empty_like(s), at::empty_like(s)};
  const auto *from_v = alike_v.data_ptr<float>(), *from_grad = alike_grad.data_ptr<float>(), *from_s = s.data_ptr<float>();
  auto *by_grad = out.first.data_ptr<float>(), *by_z = out.second.data_ptr<float>();
  in_parts(s.numel(), [&](int64_t i, int64_t n) {
    curved_products(from_v + i, from_grad + i, from_s + i, static_cast<float>(beta), by_grad + i, by_z + i, n);
  });
  return out;
}

}  // namespace faultline
