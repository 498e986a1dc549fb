#ifndef FAULTLINE_CORE_ONLY
#include "data/idx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "data/files.h"
#include "data/gzip.h"
#include "data/npy.h"
#include "support/shared.h"

namespace faultline {
namespace {

using testing::big_endian;
using ::testing::HasSubstr;
using testing::input_error_of;
using testing::put;

std::string images(uint32_t n, uint32_t h, uint32_t w, const std::string& pixels) {
  return std::string("\0\0\x08\x03", 4) + big_endian(n) + big_endian(h) + big_endian(w) + pixels;
}

std::string labels(uint32_t n, const std::string& values) { return std::string("\0\0\x08\x01", 4) + big_endian(n) + values; }

std::string packed(const std::string& bytes) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(Idx, ReadsPlainAndPackedFilesAlike) {
  const testing::TemporaryFolder folder;
  const std::string pixels("\x00\xff\x01\x02\x03\x04", 6);
  put(folder.file("a-images-idx3-ubyte"), images(2, 1, 3, pixels));
  put(folder.file("a-labels-idx1-ubyte"), labels(2, std::string("\x07\x02", 2)));
  put(folder.file("b-images-idx3-ubyte.gz"), packed(images(2, 1, 3, pixels)));
  put(folder.file("b-labels-idx1-ubyte.gz"), packed(labels(2, std::string("\x07\x02", 2))));
  for (const char* name : {"a-images-idx3-ubyte", "b-images-idx3-ubyte.gz"}) {
    const auto data = open_idx(folder.file(name), {});
    ASSERT_EQ(data->size(), 2);
    EXPECT_EQ(*data->info(0).label, 7);
    EXPECT_EQ(*data->info(1).label, 2);
    EXPECT_EQ(data->info(1).id, 1u);
    const at::Tensor expected = at::tensor(std::vector<float>{2.f / 255.f, 3.f / 255.f, 4.f / 255.f}).reshape({1, 1, 3});
    EXPECT_TRUE(data->load(1).input.equal(expected));
  }
}

TEST(Idx, PrefersTheTestSetOfAFolderAndSaysSo) {
  const testing::TemporaryFolder folder;
  put(folder.file("train-images-idx3-ubyte"), images(3, 1, 1, "abc"));
  put(folder.file("t10k-images-idx3-ubyte"), images(2, 1, 1, "ab"));
  const auto data = open_idx(folder.path(), {});
  EXPECT_EQ(data->size(), 2);
  EXPECT_FALSE(data->info(0).label.has_value());
  ASSERT_EQ(data->notes().size(), 1u);
  EXPECT_THAT(data->notes()[0], HasSubstr("train-images-idx3-ubyte"));
}

TEST(Idx, AsksForANameWhereAFolderLeavesNoChoice) {
  const testing::TemporaryFolder folder;
  put(folder.file("one-images-idx3-ubyte"), images(1, 1, 1, "a"));
  put(folder.file("two-images-idx3-ubyte"), images(1, 1, 1, "a"));
  EXPECT_THAT(input_error_of([&] { open_idx(folder.path(), {}); }), HasSubstr("several"));
}

TEST(Idx, RefusesCountsThatDisagreeWithTheSize) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.file("x-images-idx3-ubyte");
  for (const std::string& bytes :
       {images(3, 1, 2, "abcd"), images(1, 1, 2, "abcd"), images(0, 1, 2, ""), images(0xffffffff, 0xffffffff, 0xffffffff, "ab"),
        images(2, 1, 2, "abcd").substr(0, 9), std::string(), std::string("\0\0\x0d\x03", 4) + std::string(20, 'a')}) {
    put(path, bytes);
    EXPECT_THAT(input_error_of([&] { open_idx(path, {}); }), HasSubstr("IDX file"));
    put(path, packed(bytes));
    EXPECT_THAT(input_error_of([&] { open_idx(path, {}); }),
                ::testing::AnyOf(HasSubstr("IDX file"), HasSubstr("decompresses to more")));
  }
}

TEST(Idx, RefusesAnotherNumberOfLabels) {
  const testing::TemporaryFolder folder;
  put(folder.file("x-images-idx3-ubyte"), images(2, 1, 1, "ab"));
  put(folder.file("x-labels-idx1-ubyte"), labels(3, "abc"));
  EXPECT_THAT(input_error_of([&] { open_idx(folder.path(), {}); }), HasSubstr("3 labels for 2 images"));
}

TEST(Idx, TakesLabelsFromTheFileAskedFor) {
  const testing::TemporaryFolder folder;
  put(folder.file("x-images-idx3-ubyte"), images(2, 1, 1, "ab"));
  put(folder.file("x-labels-idx1-ubyte"), labels(2, "ab"));
  write_npy(folder.file("l.npy"), at::tensor(std::vector<int64_t>{5, -1}));
  DatasetOptions options;
  options.labels_file = folder.file("l.npy");
  const auto data = open_idx(folder.path(), options);
  EXPECT_EQ(*data->info(0).label, 5);
  EXPECT_FALSE(data->info(1).label.has_value());
  EXPECT_NE(data->digest(), open_idx(folder.path(), {})->digest());
}

TEST(Idx, RefusesAnotherInputShape) {
  const testing::TemporaryFolder folder;
  put(folder.file("x-images-idx3-ubyte"), images(1, 1, 2, "ab"));
  DatasetOptions options;
  options.input_shape = {1, 28, 28};
  EXPECT_THAT(input_error_of([&] { open_idx(folder.path(), options); }), HasSubstr("1,1,2"));
}

TEST(Gzip, StopsAtTheLimitAndAtDamage) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.file("x.gz");
  const std::string bomb = packed(std::string(size_t{8} << 20, '\0'));
  ASSERT_LT(bomb.size(), size_t{1} << 14);
  put(path, bomb);
  EXPECT_EQ(gzip_content(InputFile(path), size_t{8} << 20).size(), size_t{8} << 20);
  EXPECT_THAT(input_error_of([&] { gzip_content(InputFile(path), 1000); }), HasSubstr("more than 1000"));
  const std::string text = packed("some text that is long enough to be cut anywhere");
  for (size_t length = 0; length < text.size(); ++length) {
    put(path, text.substr(0, length));
    EXPECT_THAT(input_error_of([&] { gzip_content(InputFile(path), 1000); }), HasSubstr("complete .gz")) << length;
  }
  std::string flipped = text;
  flipped[flipped.size() - 6] ^= 1;  // in the check sum
  put(path, flipped);
  EXPECT_THAT(input_error_of([&] { gzip_content(InputFile(path), 1000); }), HasSubstr("damaged"));
  put(path, text + "rubbish");
  EXPECT_THAT(input_error_of([&] { gzip_content(InputFile(path), 1000); }), HasSubstr("damaged"));
}

TEST(Gzip, ReadsSeveralMembersAsOneContent) {
  const testing::TemporaryFolder folder;
  put(folder.file("x.gz"), packed("one ") + packed("") + packed("two"));
  const auto content = gzip_content(InputFile(folder.file("x.gz")), 100);
  EXPECT_EQ(std::string(content.begin(), content.end()), "one two");
}

TEST(Idx, ReadsMnistAsTheReferenceDoes) {
  FAULTLINE_NEEDS_SHARED(shared);
  const auto data = open_idx(shared + "/data/mnist", {});
  const at::Tensor reference = read_npy(shared + "/reference/io/lenet_mnist.inputs.npy").values;
  const int64_t records[] = {5, 40, 77, 123}, classes[] = {9, 7, 2, 6};
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(data->load(records[i]).input.equal(reference[i])) << i;
    EXPECT_EQ(*data->info(records[i]).label, classes[i]);
  }
  EXPECT_THAT(data->notes()[0], HasSubstr("t10k"));
  const auto train = open_idx(shared + "/data/mnist/train-images-idx3-ubyte.gz", {});
  EXPECT_GT(train->size(), data->size());
  EXPECT_TRUE(train->info(train->size() - 1).label.has_value());
}

}  // namespace
}  // namespace faultline
#endif
