#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace faultline {

/// A count or a share of a whole: `1000` is a count, `10%` or a number strictly between 0 and 1 is a share (conventions 10).
struct Amount {
  double value = 1;
  bool is_share = false;

  /// Absolute count out of n: max(1, round half up(share * n)) for a share, the count itself otherwise.
  /// Throws usage where the count is below 1 or above n.
  int64_t of(int64_t n) const;
  bool operator==(const Amount& other) const { return value == other.value && is_share == other.is_share; }
};

/// Reads a decimal (`0.5`, `1e-3`), a fraction (`8/255`) or a percentage (`10%`). Throws usage naming `subject`.
double parse_number(const std::string& text, const std::string& subject);
int64_t parse_integer(const std::string& text, const std::string& subject);
/// Bytes: `800M`, `4G`, `1.5G`, `2000000000`; K, M, G and T are powers of 1024. Throws usage below 1 and beyond 63 bits.
int64_t parse_size(const std::string& text, const std::string& subject);
Amount parse_amount(const std::string& text, const std::string& subject);
/// Comma-separated numbers, at least one.
std::vector<double> parse_numbers(const std::string& text, const std::string& subject);

/// 17 significant digits, the canonical form of digests and files; reads back to the same double.
std::string exact_number(double value);
/// The shortest decimal that reads back to the same double, for people; multiples of 1/255 are written `k/255`.
std::string short_number(double value);
/// So many significant digits.
std::string rounded_number(double value, int digits);

/// Splits at `separator` outside parentheses. An empty text gives no parts.
std::vector<std::string> split(const std::string& text, char separator);

}  // namespace faultline
