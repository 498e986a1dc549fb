// Files that lie about what they hold, of every kind that is read. What is promised: a line that says so, and no memory for it.
#ifndef FAULTLINE_CORE_ONLY
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <opencv2/imgcodecs.hpp>

#include "data/cifar10.h"
#include "data/csv.h"
#include "data/files.h"
#include "data/idx.h"
#include "data/image_decode.h"
#include "data/image_header.h"
#include "data/image_listing.h"
#include "data/npy.h"
#include "data/npy_dataset.h"
#include "support/shared.h"
#include "support/zip.h"

namespace faultline {
namespace {

using ::testing::AllOf;
using testing::big_endian;
using ::testing::HasSubstr;
using testing::input_error_of;
using testing::little_endian;
using testing::put;

std::string png(uint32_t width, uint32_t height) {
  return "\x89PNG\r\n\x1a\n" + std::string("\0\0\0\x0dIHDR", 8) + big_endian(width) + big_endian(height) +
         std::string("\x08\x02\0\0\0\0\0\0\0", 9) + std::string("\0\0\0\0IEND\xae\x42\x60\x82", 12);
}

std::string jpeg(uint16_t width, uint16_t height) {
  return std::string("\xff\xd8\xff\xc0\x00\x0b\x08", 7) + big_endian(height).substr(2) + big_endian(width).substr(2) +
         std::string("\x01\x01\x11\x00\xff\xd9", 6);
}

std::string bmp(uint32_t width, uint32_t height) {
  return "BM" + little_endian(54, 4) + little_endian(0, 4) + little_endian(54, 4) + little_endian(40, 4) +
         little_endian(width, 4) + little_endian(height, 4) + little_endian(1, 2) + little_endian(24, 2) + std::string(24, '\0');
}

std::string webp(uint32_t width, uint32_t height) {
  return "RIFF" + little_endian(22, 4) + "WEBPVP8X" + little_endian(10, 4) + little_endian(0, 4) + little_endian(width - 1, 3) +
         little_endian(height - 1, 3);
}

struct TiffTag {
  uint64_t tag, type, value;
};

std::string tiff(const std::vector<TiffTag>& tags) {
  std::string out = std::string("II*\0", 4) + little_endian(8, 4) + little_endian(tags.size(), 2);
  for (const auto& t : tags)
    out += little_endian(t.tag, 2) + little_endian(t.type, 2) + little_endian(1, 4) + little_endian(t.value, 4);
  return out + std::string(4, '\0');
}

LoadedSample decoded(const std::string& bytes) {
  return decode_image(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), ImagePlan{});
}

bool has_extent(const std::string& bytes) {
  return image_extent(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()).has_value();
}

TEST(HostileImages, SixtyThousandPixelsSquareAreRefusedByTheirHeader) {
  for (const std::string& bytes : {png(60000, 60000), jpeg(60000, 60000), bmp(60000, 60000), webp(60000, 60000),
                                   tiff({{256, 4, 60000}, {257, 3, 60000}}), std::string("P6\n60000 60000\n255\n")}) {
    ASSERT_LT(bytes.size(), 1024u);
    const LoadedSample sample = decoded(bytes);
    EXPECT_EQ(sample.reason, "undecodable");
    EXPECT_THAT(sample.detail, HasSubstr("asks for 60000 x 60000 pixels, the most is 2^27"));
  }
}

TEST(HostileImages, ExtentsThatADecoderReadsElsewhereAreRefused) {
  const std::string late = png(60000, 60000);
  // A chunk that nobody knows before IHDR, with a small extent where IHDR's would be.
  const std::string unknown = std::string("\0\0\0\x08", 4) + "abCd" + big_endian(1) + big_endian(1) + big_endian(0);
  EXPECT_FALSE(has_extent(late.substr(0, 8) + unknown + late.substr(8)));
  const auto twice = tiff({{256, 4, 60000}, {256, 4, 1}, {257, 4, 60000}, {257, 4, 1}});
  EXPECT_THAT(decoded(twice).detail, HasSubstr("60000 x 60000"));
  EXPECT_FALSE(has_extent(tiff({{256, 16, 8}, {257, 16, 8}}))) << "a value that is an offset";
  EXPECT_FALSE(has_extent("P5 1#60000\n1 255\n")) << "a decoder reads 1 and 60000";
  EXPECT_THAT(decoded("P5 #\r60000 60000 255\n1 1 255\n").detail, HasSubstr("60000 x 60000"));
}

TEST(HostileImages, OtherFormatsThatOpenCvKnowsAreNotDecoded) {
  for (const std::string& bytes :
       {std::string("\0\0\0\x0cjP  \r\n\x87\n", 12), std::string("\xff\x4f\xff\x51"), std::string("\x76\x2f\x31\x01"),
        std::string("#?RADIANCE\n-Y 60000 +X 60000\n"), std::string("GIF89a\x60\xea\x60\xea"),
        std::string("PF\n60000 60000\n-1\n"), std::string("P7\nWIDTH 60000\nHEIGHT 60000\n"), std::string("\x59\xa6\x6a\x95"),
        std::string("II+\0\x08\0\0\0", 8)}) {
    EXPECT_THAT(decoded(bytes + std::string(64, '\0')).detail, HasSubstr("not a whole PNG")) << bytes.substr(0, 4);
  }
}

class HostileFiles : public ::testing::Test {
 protected:
  std::string file(const std::string& name) const { return folder_.file(name); }
  /// A file of this size that takes no room.
  void stretch(const std::string& name, uint64_t size) const { std::filesystem::resize_file(file(name), size); }
  testing::TemporaryFolder folder_;
};

TEST_F(HostileFiles, SparseArraysLargerThanTheMachineAreRefused) {
  const uint64_t elements = uint64_t{1} << 42;
  const std::string dictionary = "{'descr': '|u1', 'fortran_order': False, 'shape': (1, " + std::to_string(elements) + "), }\n";
  put(file("x.npy"), std::string("\x93NUMPY\x01\x00", 8) + little_endian(dictionary.size(), 2) + dictionary);
  stretch("x.npy", 10 + dictionary.size() + elements);
  EXPECT_THAT(input_error_of([&] { read_npy(file("x.npy")); }), AllOf(HasSubstr("x.npy"), HasSubstr("at most")));
  EXPECT_THAT(input_error_of([&] { open_npy_dataset(file("x.npy"), {}); }), HasSubstr("samples of 4398046511104 bytes"));
}

TEST_F(HostileFiles, IdxCountsThatNoImageHasAreRefused) {
  const std::string magic("\0\0\x08\x03", 4);
  put(file("x-images-idx3-ubyte"), magic + big_endian(1) + big_endian(60000) + big_endian(60000));
  stretch("x-images-idx3-ubyte", 16 + uint64_t{60000} * 60000);
  EXPECT_THAT(input_error_of([&] { open_idx(file("x-images-idx3-ubyte"), {}); }), HasSubstr("images have 60000,60000 pixels"));
  put(file("y-images-idx3-ubyte"), std::string("\x1f\x8b", 2) + std::string(100, 'x'));
  EXPECT_THAT(input_error_of([&] { open_idx(file("y-images-idx3-ubyte"), {}); }), HasSubstr("damaged"));
}

TEST_F(HostileFiles, ASparseCifarFileIsNotWalkedForHours) {
  put(file("test_batch.bin"), "");
  stretch("test_batch.bin", uint64_t{3073} * (1 << 21));
  EXPECT_THAT(input_error_of([&] { open_cifar10(file("test_batch.bin"), {}); }), HasSubstr("more than 4 GiB"));
}

TEST_F(HostileFiles, TablesOfNothingButSeparatorsAreRefused) {
  const std::string commas((size_t{1} << 23) + 1, ',');
  EXPECT_THAT(input_error_of([&] { parse_csv(commas, "labels.csv"); }), HasSubstr("beyond 8388608 fields"));
  EXPECT_EQ(parse_csv(commas.substr(0, 1000), "labels.csv")[0].fields.size(), 1001u);
}

TEST_F(HostileFiles, AListOfEndlesslyManyClassesIsRefused) {
  std::filesystem::create_directory(file("d"));
  put(file("d/a.png"), png(1, 1));
  put(file("d/labels.csv"), "file,class\na.png,0\n");
  put(file("d/classes.txt"), std::string(1000002, '\n'));
  EXPECT_THAT(input_error_of([&] { list_images(file("d")); }), HasSubstr("more than 1000001 classes"));
}

TEST_F(HostileFiles, PipesAreRefusedAndNotWaitedFor) {
  ASSERT_EQ(mkfifo(file("pipe").c_str(), 0600), 0);
  EXPECT_THAT(input_error_of([&] { read_npy(file("pipe")); }), HasSubstr("is not a regular file"));
  EXPECT_THAT(input_error_of([&] { open_dataset(file("pipe"), {}); }), HasSubstr("is not a regular file"));
}

}  // namespace
}  // namespace faultline
#endif
