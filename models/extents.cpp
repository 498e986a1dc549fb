#include "models/extents.h"

namespace faultline {

namespace {

int64_t floor_divide(int64_t a, int64_t b) {
  const int64_t quotient = a / b;
  return (a % b != 0 && ((a < 0) != (b < 0))) ? quotient - 1 : quotient;
}

}  // namespace

Extent operator+(Extent a, Extent b) { return {a.base + b.base, a.per_batch + b.per_batch}; }
Extent operator-(Extent a, Extent b) { return {a.base - b.base, a.per_batch - b.per_batch}; }

std::optional<Extent> product(Extent a, Extent b) {
  if (!a.is_known() && !b.is_known()) return std::nullopt;
  return Extent{a.base * b.base, a.base * b.per_batch + a.per_batch * b.base};
}

std::optional<Extent> floor_quotient(Extent a, Extent b) {
  if (!b.is_known()) {
    // a and b proportional: their quotient is the same for every batch.
    if (b.base == 0 && a.base == 0 && a.per_batch % b.per_batch == 0) return Extent{a.per_batch / b.per_batch, 0};
    return std::nullopt;
  }
  if (b.base == 0 || a.per_batch % b.base != 0) return std::nullopt;
  return Extent{floor_divide(a.base, b.base), a.per_batch / b.base};
}

std::optional<Extent> floor_remainder(Extent a, Extent b) {
  const auto quotient = floor_quotient(a, b);
  const auto whole = quotient ? product(*quotient, b) : std::nullopt;
  return whole ? std::optional<Extent>(a - *whole) : std::nullopt;
}

std::optional<int> sign_of(Extent a) {
  const int64_t first = a.at(1);
  const auto sign = [](int64_t v) { return v > 0 ? 1 : v < 0 ? -1 : 0; };
  if (a.is_known() || (first != 0 && sign(first) == sign(a.per_batch))) return sign(first);
  return std::nullopt;
}

std::string to_text(const Shape& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) {
    const Extent& e = shape[i];
    if (i) text += ", ";
    if (e.is_known()) {
      text += std::to_string(e.base);
    } else {
      text += (e.per_batch == 1 ? "" : std::to_string(e.per_batch) + "*") + "N" + (e.base ? "+" + std::to_string(e.base) : "");
    }
  }
  return text + "]";
}

std::vector<int64_t> bases(const Shape& shape) {
  std::vector<int64_t> values;
  for (const Extent& e : shape) values.push_back(e.base);
  return values;
}

std::vector<int64_t> batch_counts(const Shape& shape) {
  std::vector<int64_t> values;
  for (const Extent& e : shape) values.push_back(e.per_batch);
  return values;
}

}  // namespace faultline
