#include "data/safetensors.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/write_file.h"
#include "support/shared.h"

namespace faultline {
namespace {

/// A file of this header and so many bytes of numbers.
std::string bytes_of(const std::string& header, size_t data, uint64_t length) {
  std::string out;
  for (size_t i = 0; i < 8; ++i) out += static_cast<char>((length >> (8 * i)) & 0xff);
  return out + header + std::string(data, '\1');
}
std::string bytes_of(const std::string& header, size_t data) { return bytes_of(header, data, header.size()); }

std::string problem_of(const std::string& bytes) {
  try {
    parse_safetensors(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), "file");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Safetensors, ReadsWhatItWrote) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/a.safetensors";
  TensorFile file;
  for (const auto type : {at::kBool, at::kByte, at::kChar, at::kShort, at::kInt, at::kLong, at::kHalf, at::kFloat, at::kDouble})
    file.tensors[c10::toString(type)] = at::arange(6, at::kDouble).reshape({2, 3}).to(type);
  file.tensors["scalar"] = at::full({}, 2.5, at::kDouble);
  file.tensors["empty"] = at::empty({0, 4});
  file.tensors["turned"] = at::arange(6, at::kDouble).reshape({2, 3}).t();
  file.metadata = {{"format", "test"}, {"quote", "a \"b\"\n"}};
  write_safetensors(path, file);
  const TensorFile back = read_safetensors(path);
  EXPECT_EQ(back.metadata, file.metadata);
  ASSERT_EQ(back.tensors.size(), file.tensors.size());
  for (const auto& [name, tensor] : file.tensors) {
    EXPECT_EQ(back.tensors.at(name).scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(at::equal(back.tensors.at(name), tensor)) << name;
  }
}

TEST(Safetensors, AreReadAsTheFormatSays) {
  const std::string header = R"({"x":{"dtype":"I16","shape":[2,1],"data_offsets":[0,4]}})";
  const std::string bytes = bytes_of(header, 4);
  const TensorFile file = parse_safetensors(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), "file");
  EXPECT_TRUE(at::equal(file.tensors.at("x"), at::full({2, 1}, 257, at::kShort)));
}

TEST(Safetensors, SayWhatIsWrong) {
  const auto entry = [](const std::string& body) { return "{\"x\":{" + body + "}}"; };
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"abc", "shorter than 8 bytes"},
      {bytes_of("{}", 0, 3), "longer than the file"},
      {bytes_of("{}", 0, ~uint64_t{0}), "longer than the file"},
      {bytes_of("[1]", 0), "no JSON object"},
      {bytes_of("{\"x\":", 0), "no JSON object"},
      {bytes_of(std::string(100000, '['), 0), "no JSON object"},
      {bytes_of("{\"x\":3}", 0), "no dtype"},
      {bytes_of(entry(R"("dtype":"C64","shape":[1],"data_offsets":[0,8])"), 8), "of type C64"},
      {bytes_of(entry(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])"), 4), "no whole number"},
      {bytes_of(entry(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])"), 8), "does not fit"},
      {bytes_of(entry(R"("dtype":"F32","shape":[1],"data_offsets":[0,8])"), 4), "beyond the file"},
      {bytes_of(entry(R"("dtype":"F32","shape":[1],"data_offsets":[4,0])"), 4), "beyond the file"},
      {bytes_of(entry(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4])"), 4), "larger than the file"},
      {bytes_of(entry(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])"), 6), "belong to no tensor"},
      {bytes_of(R"({"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
                3),
       "overlap"},
      {bytes_of(R"({"__metadata__":[]})", 0), "metadata"},
      {bytes_of(R"({"__metadata__":{"a":1}})", 0), "metadata"}};
  for (const auto& [bytes, problem] : cases)
    EXPECT_NE(problem_of(bytes).find(problem), std::string::npos) << problem << ": " << problem_of(bytes);
  EXPECT_EQ(problem_of(bytes_of("{}", 0)), "");
}

}  // namespace
}  // namespace faultline
