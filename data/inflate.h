#pragma once
#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "data/input_file.h"

namespace faultline {

/// A deflate stream in a part of a file, decompressed piece by piece: memory is what the caller asks for and one chunk.
class Inflater {
 public:
  enum class Form {
    gzip,  ///< gzip members, one or several, to the end of the part
    bare   ///< one stream without header and check sum, as zip archives hold them
  };
  /// The part is `count` bytes from `offset`. subject: what errors name. file must outlive this.
  Inflater(const InputFile& file, Form form, uint64_t offset, uint64_t count, const std::string& subject);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Decompresses into `into`; returns how many bytes came, 0 only at the end of the content. Throws input on a damaged or
  /// truncated stream and on bytes after it, environment where zlib finds no memory.
  size_t read(unsigned char* into, size_t count);

 private:
  [[noreturn]] void fail(const std::string& problem) const;
  bool refill();
  void end_stream();

  const InputFile& file_;
  const Form form_;
  const std::string subject_;
  std::vector<unsigned char> chunk_;
  z_stream stream_{};
  uint64_t offset_, end_;
  bool between_members_ = false;
  bool finished_ = false;
};

}  // namespace faultline
