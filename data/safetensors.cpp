#include "data/safetensors.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/write_file.h"
#include "data/input_file.h"

namespace faultline {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kMetadata = "__metadata__";
constexpr const char* kRight = "a safetensors file is a length of 8 bytes, a JSON header and the numbers";

struct ElementType {
  const char* name;
  at::ScalarType type;
};
constexpr ElementType kTypes[] = {{"BOOL", at::kBool}, {"U8", at::kByte},   {"I8", at::kChar},
                                  {"I16", at::kShort}, {"I32", at::kInt},   {"I64", at::kLong},
                                  {"F16", at::kHalf},  {"F32", at::kFloat}, {"F64", at::kDouble}};

/// One tensor as the header describes it.
struct Entry {
  std::string name;
  at::ScalarType type;
  std::vector<int64_t> shape;
  uint64_t begin = 0, end = 0;
};

uint64_t unsigned_of(const Json& value, const std::string& file, const std::string& what) {
  if (!value.is_number_unsigned()) throw_input(file, what + " is no whole number >= 0", kRight);
  return value.get<uint64_t>();
}

Entry entry_of(const std::string& name, const Json& value, uint64_t data_size, const std::string& file) {
  const std::string what = "tensor '" + one_line(name) + "'";
  if (!value.is_object() || !value.contains("dtype") || !value.contains("shape") || !value.contains("data_offsets") ||
      !value["dtype"].is_string() || !value["shape"].is_array() || !value["data_offsets"].is_array() ||
      value["data_offsets"].size() != 2) {
    throw_input(file, what + " has no dtype, shape and data_offsets", kRight);
  }
  Entry entry;
  entry.name = name;
  const std::string word = value["dtype"].get<std::string>();
  const auto type = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const ElementType& t) { return word == t.name; });
  if (type == std::end(kTypes)) throw_input(file, what + " is of type " + one_line(word), "BOOL, U8, I8 to I64, F16 to F64");
  entry.type = type->type;
  entry.begin = unsigned_of(value["data_offsets"][0], file, what + ": an offset");
  entry.end = unsigned_of(value["data_offsets"][1], file, what + ": an offset");
  if (entry.begin > entry.end || entry.end > data_size) throw_input(file, what + " lies beyond the file", kRight);
  uint64_t bytes = c10::elementSize(entry.type);
  for (const Json& extent : value["shape"]) {
    const uint64_t n = unsigned_of(extent, file, what + ": an extent");
    // The product may overflow, so that it is compared before it is made.
    if (n != 0 && bytes > data_size / n) throw_input(file, what + " is larger than the file", kRight);
    bytes *= n;
    entry.shape.push_back(static_cast<int64_t>(n));
  }
  if (bytes != entry.end - entry.begin) throw_input(file, what + " has a shape that does not fit its bytes", kRight);
  return entry;
}

Json header_of(const unsigned char* bytes, uint64_t count, const std::string& file) {
  // Without exceptions of the library's own, whose texts are several lines.
  Json header = Json::parse(bytes, bytes + count, nullptr, /*allow_exceptions=*/false);
  if (header.is_discarded() || !header.is_object()) throw_input(file, "has a header that is no JSON object", kRight);
  return header;
}

}  // namespace

TensorFile parse_safetensors(const unsigned char* bytes, size_t count, const std::string& name) {
  uint64_t length = 0;
  if (count < sizeof(length)) throw_input(name, "is shorter than 8 bytes", kRight);
  for (size_t i = 0; i < sizeof(length); ++i) length |= static_cast<uint64_t>(bytes[i]) << (8 * i);
  if (length > count - sizeof(length)) throw_input(name, "has a header that is longer than the file", kRight);
  const Json header = header_of(bytes + sizeof(length), length, name);
  const unsigned char* data = bytes + sizeof(length) + length;
  const uint64_t data_size = count - sizeof(length) - length;

  TensorFile out;
  std::vector<Entry> entries;
  for (const auto& [key, value] : header.items()) {
    if (key != kMetadata) {
      entries.push_back(entry_of(key, value, data_size, name));
      continue;
    }
    if (!value.is_object()) throw_input(name, "has metadata that is no JSON object", kRight);
    for (const auto& [word, text] : value.items()) {
      if (!text.is_string()) throw_input(name, "has metadata that is no text", kRight);
      out.metadata[word] = text.get<std::string>();
    }
  }
  // The format asks for this, so that no byte is read twice and none is hidden.
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return std::tie(a.begin, a.end) < std::tie(b.begin, b.end); });
  uint64_t next = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != next) throw_input(name, "has tensors that overlap or bytes that belong to none", kRight);
    next = entry.end;
    at::Tensor values = at::empty(entry.shape, at::TensorOptions().dtype(entry.type));
    // memcpy must not be given the null pointer of an empty tensor.
    if (entry.end > entry.begin) std::memcpy(values.data_ptr(), data + entry.begin, entry.end - entry.begin);
    out.tensors[entry.name] = values;
  }
  if (next != data_size) throw_input(name, "has bytes that belong to no tensor", kRight);
  return out;
}

TensorFile read_safetensors(const std::string& path) {
  const InputFile file(path);
  const auto bytes = file.read_all(largest_in_memory());
  return parse_safetensors(bytes.data(), bytes.size(), path);
}

void write_safetensors(const std::string& path, const TensorFile& file) {
  Json header = Json::object();
  if (!file.metadata.empty()) header[kMetadata] = file.metadata;
  std::string data;
  for (const auto& [name, tensor] : file.tensors) {
    const at::Tensor rows = tensor.detach().cpu().contiguous();
    const auto type =
        std::find_if(std::begin(kTypes), std::end(kTypes), [&](const ElementType& t) { return rows.scalar_type() == t.type; });
    if (type == std::end(kTypes)) throw_environment(path, "tensor '" + name + "' is of a type that cannot be written");
    const size_t begin = data.size();
    data.append(static_cast<const char*>(rows.data_ptr()), static_cast<size_t>(rows.numel()) * rows.element_size());
    header[name] = {{"dtype", type->name}, {"shape", rows.sizes().vec()}, {"data_offsets", {begin, data.size()}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the numbers are aligned
  std::string out(8, '\0');
  for (size_t i = 0; i < 8; ++i) out[i] = static_cast<char>((static_cast<uint64_t>(text.size()) >> (8 * i)) & 0xff);
  write_file(path, out + text + data);
}

}  // namespace faultline
