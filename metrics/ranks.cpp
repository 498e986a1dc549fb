#include "metrics/ranks.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace faultline {
namespace {

struct Item {
  uint64_t key;
  int64_t index;
};

constexpr int kDigitBits = 11, kDigits = 6;
constexpr size_t kBuckets = size_t{1} << kDigitBits;
constexpr size_t kWorthRadix = 1024;  // below this a comparison sort is faster than filling the histograms

/// An unsigned number in the order of the doubles; equal doubles have equal keys.
uint64_t ordered_key(double value) {
  value += 0.0;  // -0.0 becomes 0.0
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits >> 63 ? ~bits : bits | (uint64_t{1} << 63);
}

void radix_sort(std::vector<Item>& items) {
  std::vector<std::array<uint32_t, kBuckets>> counts(kDigits);
  for (auto& digit : counts) digit.fill(0);
  for (const Item& item : items) {
    for (int d = 0; d < kDigits; ++d) ++counts[d][(item.key >> (d * kDigitBits)) & (kBuckets - 1)];
  }
  std::vector<Item> other(items.size());
  for (int d = 0; d < kDigits; ++d) {
    const int shift = d * kDigitBits;
    if (counts[d][(items[0].key >> shift) & (kBuckets - 1)] == items.size()) continue;
    uint32_t start = 0;
    for (auto& count : counts[d]) {
      const uint32_t here = count;
      count = start;
      start += here;
    }
    for (const Item& item : items) other[counts[d][(item.key >> shift) & (kBuckets - 1)]++] = item;
    items.swap(other);
  }
}

std::vector<Item> sorted(const std::vector<double>& values, bool descending) {
  std::vector<Item> items(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const uint64_t key = ordered_key(values[i]);
    items[i] = {descending ? ~key : key, static_cast<int64_t>(i)};
  }
  if (items.size() < kWorthRadix) {
    std::sort(items.begin(), items.end(),
              [](const Item& x, const Item& y) { return x.key != y.key ? x.key < y.key : x.index < y.index; });
  } else {
    radix_sort(items);
  }
  return items;
}

std::vector<int64_t> indices(const std::vector<Item>& items) {
  std::vector<int64_t> out(items.size());
  std::transform(items.begin(), items.end(), out.begin(), [](const Item& item) { return item.index; });
  return out;
}

}  // namespace

std::vector<int64_t> ascending_order(const std::vector<double>& values) { return indices(sorted(values, false)); }
std::vector<int64_t> descending_order(const std::vector<double>& values) { return indices(sorted(values, true)); }

std::vector<double> average_ranks(const std::vector<double>& values) {
  const std::vector<Item> items = sorted(values, false);
  std::vector<double> ranks(values.size());
  for (size_t begin = 0; begin < items.size();) {
    size_t end = begin + 1;
    while (end < items.size() && items[end].key == items[begin].key) ++end;
    const double shared = 0.5 * static_cast<double>(begin + 1 + end);
    for (; begin < end; ++begin) ranks[items[begin].index] = shared;
  }
  return ranks;
}

std::vector<int64_t> dense_ranks(const std::vector<double>& values) {
  const std::vector<Item> items = sorted(values, false);
  std::vector<int64_t> ranks(values.size());
  int64_t rank = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0 && items[i].key != items[i - 1].key) ++rank;
    ranks[items[i].index] = rank;
  }
  return ranks;
}

}  // namespace faultline
