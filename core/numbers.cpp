#include "core/numbers.h"

#include <charconv>
#include <cmath>
#include <cstdio>

#include "core/error.h"

namespace faultline {
namespace {

const char* const kNumberForms = "expected a number such as 0.5, 1e-3, 8/255 or 10%";

double plain_number(const std::string& text, const std::string& whole, const std::string& subject) {
  double value = 0;
  const char* begin = text.data();
  if (!text.empty() && *begin == '+') ++begin;
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || begin == end || !std::isfinite(value)) {
    throw_usage(subject, "'" + whole + "' is not a number", kNumberForms);
  }
  return value;
}

std::string shortest_decimal(double value) {
  char buffer[40];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  return error == std::errc() ? std::string(buffer, end) : exact_number(value);
}

}  // namespace

int64_t Amount::of(int64_t n) const {
  const double count = is_share ? std::max(1.0, std::floor(value * static_cast<double>(n) + 0.5)) : value;
  if (count < 1 || count > static_cast<double>(n)) {
    throw_usage("k", short_number(value) + " is outside 1.." + std::to_string(n),
                "the map has " + std::to_string(n) + " entries");
  }
  return static_cast<int64_t>(count);
}

double parse_number(const std::string& text, const std::string& subject) {
  const auto slash = text.find('/');
  if (slash != std::string::npos) {
    const double below = plain_number(text.substr(slash + 1), text, subject);
    if (below == 0) throw_usage(subject, "'" + text + "' divides by zero", kNumberForms);
    const double value = plain_number(text.substr(0, slash), text, subject) / below;
    if (!std::isfinite(value)) throw_usage(subject, "'" + text + "' is too large", kNumberForms);
    return value;
  }
  if (!text.empty() && text.back() == '%') {
    return plain_number(text.substr(0, text.size() - 1), text, subject) / 100;
  }
  return plain_number(text, text, subject);
}

int64_t parse_integer(const std::string& text, const std::string& subject) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    throw_usage(subject, "'" + text + "' is not a whole number");
  }
  return value;
}

int64_t parse_size(const std::string& text, const std::string& subject) {
  static const std::string units = "KMGT";
  const size_t unit = text.empty() ? std::string::npos : units.find(text.back());
  const bool has_unit = unit != std::string::npos;
  const std::string digits = has_unit ? text.substr(0, text.size() - 1) : text;
  double bytes = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bytes, std::chars_format::fixed);
  bytes = has_unit ? std::ldexp(bytes, 10 * static_cast<int>(unit + 1)) : bytes;
  if (error != std::errc() || end != digits.data() + digits.size() || !(bytes >= 1) || !(bytes < std::ldexp(1.0, 63)))
    throw_usage(subject, "'" + text + "' is not a size", "write 800M or 4G");
  return static_cast<int64_t>(bytes);
}

Amount parse_amount(const std::string& text, const std::string& subject) {
  const double value = parse_number(text, subject);
  const bool is_share = (!text.empty() && text.back() == '%') || (value > 0 && value < 1);
  if (is_share) {
    if (value <= 0 || value > 1) throw_usage(subject, "share '" + text + "' is outside (0,100%]");
    return {value, true};
  }
  if (value < 1 || value != std::floor(value)) {
    throw_usage(subject, "'" + text + "' is neither a count nor a share", "write 1000, 10% or 0.1");
  }
  return {value, false};
}

std::vector<double> parse_numbers(const std::string& text, const std::string& subject) {
  std::vector<double> values;
  for (const auto& part : split(text, ',')) values.push_back(parse_number(part, subject));
  if (values.empty()) throw_usage(subject, "the list is empty", kNumberForms);
  return values;
}

std::string exact_number(double value) {
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%.17g", value);
  return buffer;
}

std::string short_number(double value) {
  constexpr size_t kShort = 6;
  std::string decimal = shortest_decimal(value);
  if (decimal.size() <= kShort) return decimal;
  const double levels = std::round(value * 255 * 4) / 4;  // quarter grey levels are in common use
  return levels != 0 && std::abs(levels) < 255 && levels / 255 == value ? shortest_decimal(levels) + "/255" : decimal;
}

std::string rounded_number(double value, int digits) {
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%.*g", digits, value);
  return buffer;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  if (text.empty()) return parts;
  int depth = 0;
  std::string part;
  for (const char c : text) {
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (c == separator && depth == 0) {
      parts.push_back(part);
      part.clear();
    } else {
      part += c;
    }
  }
  parts.push_back(part);
  return parts;
}

}  // namespace faultline
