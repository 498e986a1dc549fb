#include "data/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "data/files.h"
#include "data/npy_format.h"
#include "support/shared.h"

namespace faultline {
namespace {

std::string version_1(const std::string& dictionary, const std::string& payload) {
  std::string text("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(dictionary.size() & 0xff);
  text += static_cast<char>(dictionary.size() >> 8);
  return text + dictionary + payload;
}

NpyArray parse(const std::string& bytes) {
  return parse_npy(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), "test.npy");
}

at::Tensor random_tensor(at::ScalarType type, const std::vector<int64_t>& shape) {
  int64_t bytes = static_cast<int64_t>(c10::elementSize(type));
  for (const int64_t extent : shape) bytes *= extent;
  at::Tensor out = at::empty(shape, type);
  auto* p = static_cast<unsigned char*>(out.data_ptr());
  const int top = type == at::kBool ? 2 : 256;
  for (int64_t i = 0; i < bytes; ++i) p[i] = static_cast<unsigned char>(*rc::gen::inRange(0, top));
  return out;
}

TEST(Npy, WritingAndReadingKeepsTypeShapeAndEveryBit) {
  const testing::TemporaryFolder folder;
  const bool held = rc::check("read_npy(write_npy(t)) == t", [&] {
    const auto type = *rc::gen::elementOf(std::vector<at::ScalarType>{at::kBool, at::kByte, at::kChar, at::kShort, at::kInt,
                                                                      at::kLong, at::kHalf, at::kFloat, at::kDouble});
    const auto rank = *rc::gen::inRange<size_t>(0, 5);
    const auto shape = *rc::gen::container<std::vector<int64_t>>(rank, rc::gen::inRange<int64_t>(0, 5));
    const at::Tensor written = random_tensor(type, shape);
    write_npy(folder.file("a.npy"), written);
    const at::Tensor read = read_npy(folder.file("a.npy")).values;
    RC_ASSERT(read.scalar_type() == type);
    RC_ASSERT(read.sizes() == written.sizes());
    const size_t bytes = static_cast<size_t>(written.numel()) * written.element_size();
    // Not inside RC_ASSERT, whose || does not stop early: an empty tensor has no data to point at.
    const bool same_bits = bytes == 0 || std::memcmp(read.data_ptr(), written.data_ptr(), bytes) == 0;
    RC_ASSERT(same_bits);
  });
  EXPECT_TRUE(held);
}

TEST(Npy, WritesStridedTensorsInRowMajorOrder) {
  const testing::TemporaryFolder folder;
  const at::Tensor values = at::arange(24, at::kFloat).reshape({2, 3, 4}).permute({2, 0, 1});
  write_npy(folder.file("a.npy"), values);
  EXPECT_TRUE(read_npy(folder.file("a.npy")).values.equal(values));
}

TEST(Npy, LeavesNothingBesideTheFileItWrites) {
  const testing::TemporaryFolder folder;
  write_npy(folder.file("a.npy"), at::ones({2}));
  write_npy(folder.file("a.npy"), at::zeros({3}));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
  EXPECT_EQ(read_npy(folder.file("a.npy")).values.numel(), 3);
}

TEST(Npy, CannotBeWrittenIntoAMissingFolder) {
  const testing::TemporaryFolder folder;
  try {
    write_npy(folder.file("none/a.npy"), at::ones({2}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::environment);
  }
}

TEST(Npy, RefusesHeadersThatAreNotTheOneDictionary) {
  const std::string payload(8, '\0');
  EXPECT_NO_THROW(parse(version_1("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}\n", payload)));
  for (const char* bad : {"",
                          "{",
                          "{}",
                          "{'descr': '<f4', 'fortran_order': False, 'shape': (2)}",
                          "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}",
                          "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} + 1",
                          "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}",
                          "{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}",
                          "{'descr': '<f4', 'fortran_order': False, 'shape': [2]}",
                          "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}",
                          "{'descr': '<f4', 'descr': '<f4', 'shape': (2,)}",
                          "{'descr': '<f4' 'fortran_order': False, 'shape': (2,)}",
                          "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)",
                          "{'descr': '|f4', 'fortran_order': False, 'shape': (2,)}",
                          "{'descr': '<f3', 'fortran_order': False, 'shape': (2,)}",
                          "{'descr': '<f4', 'shape': (2,)}",
                          "{'descr': '<f4', 'fortran_order': False}",
                          "{'fortran_order': False, 'shape': (2,)}",
                          "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}",
                          "{'descr': '<f4, 'fortran_order': False, 'shape': (2,)}",
                          "{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}",
                          "{'descr': '<f4', 'fortran_order': False, 'fortran_order': False, 'shape': (2,)}",
                          "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'shape': (2,)}",
                          "{'descr': 'f4",
                          "{'descr': '?f4', 'fortran_order': False, 'shape': (2,)}",
                          "{'descr': '<f16', 'fortran_order': False, 'shape': (2,)}",
                          "{'descr': '\\x3cf4', 'fortran_order': False, 'shape': (2,)}",
                          "{'descr': '<f4', 'fortran_order': False, 'shape': (1e1,)}",
                          "__import__('os').system('true')"}) {
    EXPECT_THROW(parse(version_1(bad, payload)), Error) << bad;
  }
}

TEST(Npy, RefusesShapesThatLieAboutTheFile) {
  const std::string payload(8, '\0');
  for (const char* shape :
       {"(3,)", "(1,)", "()", "(0,)", "(99999999999,)", "(9223372036854775808,)", "(0, 4611686018427387904, 4)", "(-2,)",
        "(9223372036854775807, 2)", "(2", "(", "(4294967296, 4294967296)"}) {
    EXPECT_THROW(parse(version_1(std::string("{'descr': '<f4', 'fortran_order': False, 'shape': ") + shape + "}", payload)),
                 Error)
        << shape;
  }
}

TEST(Npy, RefusesTooManyDimensionsUnknownVersionsAndLongHeaders) {
  std::string dimensions = "(";
  for (int i = 0; i < 33; ++i) dimensions += "1,";
  const std::string many = "{'descr': '<f4', 'fortran_order': False, 'shape': " + dimensions + ")}";
  EXPECT_THAT(testing::input_error_of([&] { parse(version_1(many, std::string(4, '\0'))); }),
              ::testing::HasSubstr("32 dimensions"));
  std::string file = version_1("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", std::string(4, '\0'));
  file[6] = 4;
  EXPECT_THROW(parse(file), Error);
  file[6] = 1;
  file[7] = 1;
  EXPECT_THROW(parse(file), Error);
  // Version 2 states the header's length in four bytes.
  EXPECT_THAT(
      testing::input_error_of([&] { parse(std::string("\x93NUMPY\x02\x00\x01\x00\x10\x00", 12) + std::string(64, ' ')); }),
      ::testing::HasSubstr("at most 1 MiB"));
}

TEST(Npy, ReadsLongIntegersOfPython2AndEitherByteOrder) {
  const auto values =
      parse(version_1("{'descr': '>i2', 'fortran_order': False, 'shape': (2L, 1L)}", std::string("\0\1\1\0", 4))).values;
  EXPECT_TRUE(values.to(at::kLong).equal(at::tensor({1, 256}, at::kLong).reshape({2, 1})));
  const auto bytes = parse(version_1("{'descr': '>u1', 'fortran_order': False, 'shape': (2,)}", "\1\2")).values;
  EXPECT_TRUE(bytes.to(at::kLong).equal(at::tensor({1, 2}, at::kLong)));
}

TEST(Npy, DoesNotWriteWhatHasNoSpelling) {
  const testing::TemporaryFolder folder;
  EXPECT_THROW(write_npy(folder.file("a.npy"), at::Tensor()), Error);
  EXPECT_THROW(write_npy(folder.file("a.npy"), at::ones({2}, at::kComplexFloat)), Error);
  EXPECT_FALSE(std::filesystem::exists(folder.file("a.npy")));
}

TEST(Npy, AnyBytesEitherReadOrAreRefusedAsInput) {
  const std::string good = version_1("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 1), }  \n", std::string(8, '\1'));
  const bool held = rc::check("mutations of a file", [&] {
    std::string bytes = good;
    const auto edits = *rc::gen::inRange(0, 4);
    for (int i = 0; i < edits; ++i) {
      bytes[*rc::gen::inRange<size_t>(0, bytes.size())] = static_cast<char>(*rc::gen::inRange(0, 256));
    }
    bytes.resize(
        *rc::gen::elementOf(std::vector<size_t>{bytes.size(), bytes.size(), *rc::gen::inRange<size_t>(0, bytes.size())}));
    try {
      parse(bytes);
    } catch (const Error& error) {
      RC_ASSERT(error.kind() == ErrorKind::input);
    }
  });
  EXPECT_TRUE(held);
}

TEST(Npy, RefusesAFolderAndAMissingFile) {
  const testing::TemporaryFolder folder;
  EXPECT_THROW(read_npy(folder.path()), Error);
  EXPECT_THROW(read_npy(folder.file("missing.npy")), Error);
}

TEST(Npy, ReadsAnyNonZeroByteOfABoolAsTrue) {
  const at::Tensor values =
      parse(version_1("{'descr': '|b1', 'fortran_order': False, 'shape': (3,)}", std::string("\x00\x02\x01", 3))).values;
  EXPECT_TRUE(values.equal(at::tensor(std::vector<int64_t>{0, 1, 1}).to(at::kBool)));
}

}  // namespace
}  // namespace faultline
