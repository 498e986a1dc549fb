#pragma once
#include <cstdint>
#include <fstream>
#include <string>

#include "core/error.h"

namespace faultline::testing {

inline void put(const std::string& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary);
  out << bytes;
}

inline std::string big_endian(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

/// The message of the input error that `action` throws; anything else is a sentence that no test expects.
template <class Action>
std::string input_error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.kind() == ErrorKind::input ? error.what() : std::string("another kind of error: ") + error.what();
  }
  return "nothing was thrown";
}

}  // namespace faultline::testing
