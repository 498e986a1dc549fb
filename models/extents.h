#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace faultline {

/// The size of a dimension, or a count computed from sizes: base + per_batch * (batch size of the network's input).
struct Extent {
  int64_t base = 0;
  int64_t per_batch = 0;

  bool is_known() const { return per_batch == 0; }
  int64_t at(int64_t batch) const { return base + per_batch * batch; }
  bool operator==(const Extent& other) const { return base == other.base && per_batch == other.per_batch; }
  bool operator!=(const Extent& other) const { return !(*this == other); }
};
using Shape = std::vector<Extent>;

Extent operator+(Extent a, Extent b);
Extent operator-(Extent a, Extent b);
/// Empty where the result is not of the form base + per_batch * batch.
std::optional<Extent> product(Extent a, Extent b);
/// Floor division and the remainder of it; empty where they depend on the batch in another way than linearly.
std::optional<Extent> floor_quotient(Extent a, Extent b);
std::optional<Extent> floor_remainder(Extent a, Extent b);
/// -1, 0 or 1 where the sign is the same for every batch size from 1 on, otherwise empty.
std::optional<int> sign_of(Extent a);

/// "[N, 64, 7, 7]"; N is the batch size.
std::string to_text(const Shape& shape);
std::vector<int64_t> bases(const Shape& shape);
std::vector<int64_t> batch_counts(const Shape& shape);

}  // namespace faultline
