#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace faultline {

/// What next_code_point gives for bytes that are no UTF-8.
constexpr uint32_t kReplacementPoint = 0xfffd;

/// Decodes one code point at `i` (below text.size()) and moves on; invalid bytes, surrogates and overlong forms are
/// kReplacementPoint, one byte each.
uint32_t next_code_point(const std::string& text, size_t& i);

/// Whether all of it is UTF-8 in its shortest form, without surrogates.
bool is_utf8(const std::string& text);

}  // namespace faultline
