#include "models/archive_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/crc32.h"
#include "data/files.h"
#include "support/shared.h"
#include "support/zip.h"
#ifndef FAULTLINE_CORE_ONLY
#include <zlib.h>
#endif

namespace faultline {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::input_error_of;
using testing::put;
using testing::zip;
using testing::ZipEnd;
using testing::ZipEntry;

/// Names and contents as in a TorchScript file.
std::vector<ZipEntry> usual() {
  return {{"net/data.pkl", "pickle"}, {"net/data/0", std::string(3000, '\x01')}, {"net/constants.pkl", "\x80\x02)."}};
}

class ArchiveCheck : public ::testing::Test {
 protected:
  std::string error_of(const std::vector<ZipEntry>& entries, const ZipEnd& end = {}) const { return error_of(zip(entries, end)); }
  std::string error_of(const std::string& bytes) const {
    put(folder_.file("m.pt"), bytes);
    const std::string message = input_error_of([&] { check_archive(folder_.file("m.pt")); });
    EXPECT_EQ(message.find('\n'), std::string::npos);
    return message;
  }
  /// The message where `change` was made to the second of the usual entries.
  template <class Change>
  std::string error_after(Change change) const {
    auto entries = usual();
    change(entries[1]);
    return error_of(entries);
  }

  testing::TemporaryFolder folder_;
};

TEST(Crc32, GivesThePublishedCheckValueInOneGoAndInPieces) {
  const std::string digits = "123456789";
  EXPECT_EQ(crc32(0, digits.data(), 9), 0xcbf43926u);
  EXPECT_EQ(crc32(crc32(0, digits.data(), 4), digits.data() + 4, 5), 0xcbf43926u);
  EXPECT_EQ(crc32(0, nullptr, 0), 0u);
}

TEST_F(ArchiveCheck, WholeArchivesAreReadWithAndWithoutZip64) {
  auto entries = usual();
  for (const bool wide : {false, true}) {
    for (ZipEntry& entry : entries) entry.has_zip64_field = wide;
    ZipEnd end;
    end.has_zip64 = wide;
    put(folder_.file("m.pt"), zip(entries, end));
    const auto found = check_archive(folder_.file("m.pt"));
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[1].name, "net/data/0");
    EXPECT_EQ(found[1].size, 3000u);
  }
  EXPECT_EQ(error_of(std::vector<ZipEntry>{}), "nothing was thrown");
}

TEST_F(ArchiveCheck, AWriterThatLeavesSizesOpenInTheLocalHeaderIsUnderstood) {
  const auto open = [](ZipEntry& e) {
    e.flags = e.local_flags = 8;
    e.local_crc = 0;
    e.local_size = e.local_stored_size = 0;
  };
  EXPECT_EQ(error_after(open), "nothing was thrown");
  EXPECT_THAT(error_after([&](ZipEntry& e) {
                open(e);
                e.flags = e.local_flags = 0;
              }),
              HasSubstr("disagrees"));
}

TEST_F(ArchiveCheck, CutFilesAreTruncatedAtEveryLength) {
  const std::string whole = zip(usual());
  for (size_t length = 0; length<whole.size(); length += length> whole.size() - 400 ? 1 : 97)
    EXPECT_THAT(error_of(whole.substr(0, length)), HasSubstr("truncated")) << length;
}

TEST_F(ArchiveCheck, EndsThatAreNotTheDirectoryAreRefused) {
  ZipEnd end;
  end.comment = "a comment";
  EXPECT_THAT(error_of(usual(), end), HasSubstr("does not end with the directory"));
  end = {};
  end.disk = 1;
  EXPECT_THAT(error_of(usual(), end), HasSubstr("archive of several"));
  for (const bool wide : {false, true}) {
    for (const int64_t shift : {-1, 1, 1 << 20}) {
      end = {};
      end.has_zip64 = wide;
      end.offset_shift = shift;
      EXPECT_THAT(error_of(usual(), end), HasSubstr("does not lie where it says")) << shift;
      end.offset_shift = 0;
      end.size_shift = shift;
      EXPECT_THAT(error_of(usual(), end), HasSubstr("does not lie where it says")) << shift;
    }
  }
  end = {};
  end.count_shift = 1;
  EXPECT_THAT(error_of({{std::string(50, 'a'), ""}}, end), HasSubstr("directory ends early"));
  end.count_shift = -1;
  EXPECT_THAT(error_of(usual(), end), HasSubstr("longer than its entries"));
  end.count_shift = 20;
  EXPECT_THAT(error_of(usual(), end), HasSubstr("does not lie where it says"));
}

TEST_F(ArchiveCheck, Zip64RecordsThatLieAreRefused) {
  ZipEnd end;
  end.has_zip64 = true;
  const std::string whole = zip(usual(), end);
  const size_t record = whole.size() - 22 - 20 - 56;
  const auto changed = [&](size_t at, char to) {
    std::string bytes = whole;
    bytes[at] = to;
    return bytes;
  };
  for (const size_t at : {size_t{0}, size_t{4}, size_t{16}, size_t{20}, size_t{24}, size_t{64}})
    EXPECT_THAT(error_of(changed(record + at, 9)), HasSubstr("zip64 record")) << at;
  EXPECT_THAT(error_of(changed(whole.size() - 22 + 10, 2)), HasSubstr("archive of several"));
  std::string both = changed(whole.size() - 22 + 10, 2);
  both[whole.size() - 22 + 8] = 2;
  EXPECT_THAT(error_of(both), HasSubstr("directory records disagree"));
}

TEST_F(ArchiveCheck, AHundredThousandEntriesAreRefusedBeforeTheyAreRead) {
  ZipEnd end;
  end.has_zip64 = true;
  end.count_shift = 100000;
  EXPECT_THAT(error_of(usual(), end), AllOf(HasSubstr("100003 entries"), HasSubstr("50000")));
  std::vector<ZipEntry> many(kMostArchiveEntries + 1, ZipEntry("net/x", ""));
  end.count_shift = 0;
  EXPECT_THAT(error_of(many, end), HasSubstr("50001 entries"));
}

TEST_F(ArchiveCheck, HeadersThatDisagreeWithTheDirectoryAreRefused) {
  EXPECT_THAT(error_after([](ZipEntry& e) { e.local_name = "net/data/1"; }),
              HasSubstr("'net/data/0': has a header that disagrees"));
  EXPECT_THAT(error_after([](ZipEntry& e) { e.local_name = "net/data/00"; }), HasSubstr("disagrees"));
  EXPECT_THAT(error_after([](ZipEntry& e) { e.local_crc ^= 1; }), HasSubstr("disagrees"));
  EXPECT_THAT(error_after([](ZipEntry& e) { e.local_size += 1; }), HasSubstr("disagrees"));
  EXPECT_THAT(error_after([](ZipEntry& e) { e.local_stored_size -= 1; }), HasSubstr("disagrees"));
  EXPECT_THAT(error_after([](ZipEntry& e) { e.local_flags = 2; }), HasSubstr("disagrees"));
  EXPECT_THAT(error_after([](ZipEntry& e) { e.header_shift = 1; }), HasSubstr("has no header where"));
}

TEST_F(ArchiveCheck, SizesBeyondTheFileAreRefused) {
  EXPECT_THAT(error_after([](ZipEntry& e) { e.size = e.stored_size = 3001 + 200; }), HasSubstr("larger than the archive"));
  EXPECT_THAT(error_after([](ZipEntry& e) { e.size = e.stored_size = 0xfffffff0; }), HasSubstr("larger than the archive"));
  EXPECT_THAT(error_after([](ZipEntry& e) {
                e.has_zip64_field = true;
                e.size = e.stored_size = ~uint64_t{0};
              }),
              HasSubstr("larger than the archive"));
  EXPECT_THAT(error_after([](ZipEntry& e) { e.size = e.stored_size = 0xffffffff; }), HasSubstr("lacks the sizes it promises"));
  EXPECT_THAT(error_after([](ZipEntry& e) { e.header_shift = 1 << 20; }), HasSubstr("begins beyond the archive's data"));
  EXPECT_THAT(error_after([](ZipEntry& e) { e.size = 3001; }), HasSubstr("holds 3001 bytes and takes 3000"));
}

TEST_F(ArchiveCheck, EntriesThatShareBytesAreRefused) {
  // The second entry's data reach into the third's header: sizes that each fit the file.
  auto entries = usual();
  entries[1].size = entries[1].stored_size = entries[1].local_size = entries[1].local_stored_size = 3010;
  EXPECT_THAT(error_of(entries), AllOf(HasSubstr("net/constants.pkl"), HasSubstr("lies over another entry")));
  // Two directory entries for one header: the quoted bomb of one kernel under many names.
  auto same = usual();
  same[2].header_shift = -static_cast<int64_t>(30 + 10 + 3000);
  same[2].name = same[1].name;
  same[2].crc = same[1].crc;
  same[2].size = same[2].stored_size = 3000;
  EXPECT_THAT(error_of(same), HasSubstr("lies over another entry"));
}

TEST_F(ArchiveCheck, EncryptionAndForeignMethodsAreRefused) {
  for (const uint16_t flag : {1, 0x40, 0x2000})
    EXPECT_THAT(error_after([&](ZipEntry& e) { e.flags = e.local_flags = flag; }), HasSubstr("is encrypted"));
  EXPECT_THAT(error_after([](ZipEntry& e) { e.method = 12; }), HasSubstr("(method 12)"));
  EXPECT_THAT(error_after([](ZipEntry& e) { e.flags = e.local_flags = 0x20; }), HasSubstr("does not use"));
}

TEST_F(ArchiveCheck, NamesThatLeadElsewhereOrCannotBeShownAreRefused) {
  const auto named = [&](const std::string& name) { return error_after([&](ZipEntry& e) { e.name = e.local_name = name; }); };
  EXPECT_THAT(named(""), HasSubstr("has no name"));
  EXPECT_THAT(named(std::string("net/a\0b", 7)), AllOf(HasSubstr("net/a\\x00b"), HasSubstr("control character")));
  EXPECT_THAT(named("net/a\nb"), AllOf(HasSubstr("net/a\\x0ab"), HasSubstr("control character")));
  EXPECT_THAT(named("net\\a"), HasSubstr("backslash"));
  EXPECT_THAT(named("/etc/passwd"), HasSubstr("absolute"));
  for (const char* name : {"..", "../a", "net/../a", "net/.."}) EXPECT_THAT(named(name), HasSubstr("leads out")) << name;
  EXPECT_THAT(named("net/..a"), HasSubstr("nothing was thrown"));
  EXPECT_THAT(named("net/\xff"), HasSubstr("no UTF-8"));
  EXPECT_THAT(named("net/\xc0\xaf"), HasSubstr("no UTF-8"));
  EXPECT_EQ(named("net/gr\xc3\xbc\xef\xbf\xbd"), "nothing was thrown");
  EXPECT_EQ(named(std::string(511, 'a')), "nothing was thrown");
  EXPECT_THAT(named(std::string(512, 'a')), AllOf(HasSubstr("512 bytes"), HasSubstr("aaa...'")));
  EXPECT_THAT(named("net/data.pkl"), HasSubstr("is there twice"));
}

TEST_F(ArchiveCheck, ADamagedByteNamesItsEntry) {
  const std::string whole = zip(usual());
  const size_t at = whole.find(std::string(100, '\x01')) + 1000;
  std::string bytes = whole;
  bytes[at] ^= 4;
  EXPECT_THAT(error_of(bytes), AllOf(HasSubstr("'net/data/0'"), HasSubstr("CRC-32")));
}

TEST_F(ArchiveCheck, EverySingleChangedByteOfASmallArchiveIsNoticed) {
  // Dates, versions, attributes, and the name's system say nothing about the content.
  const std::vector<ZipEntry> one{{"n/a", "content"}};
  const std::string whole = zip(one);
  const size_t directory = 30 + 3 + 7;
  size_t unnoticed = 0;
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string bytes = whole;
    bytes[i] ^= 0x10;
    unnoticed += error_of(bytes) == "nothing was thrown";
  }
  EXPECT_EQ(unnoticed, (2u + 4u) + (2u + 2u + 4u + 6u)) << "local: version, date; directory from " << directory;
}

#ifndef FAULTLINE_CORE_ONLY

std::string deflated(const std::string& content) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

ZipEntry deflated_entry(const std::string& name, const std::string& content) {
  ZipEntry entry(name, content);
  entry.bytes = deflated(content);
  entry.method = 8;
  entry.stored_size = entry.local_stored_size = entry.bytes.size();
  return entry;
}

TEST_F(ArchiveCheck, DeflatedEntriesAreInflatedAndCompared) {
  std::string code;
  for (int i = 0; i < 100000; ++i) code += "x" + std::to_string(i) + " = torch.relu(x)\n";
  EXPECT_EQ(error_of({deflated_entry("net/code/m.py", code)}), "nothing was thrown");
  const auto with = [&](auto change) {
    ZipEntry entry = deflated_entry("net/code/m.py", code);
    change(entry);
    return error_of({entry});
  };
  EXPECT_THAT(with([](ZipEntry& e) { e.size = --e.local_size; }), HasSubstr("'net/code/m.py': expands to more than it says"));
  EXPECT_THAT(with([](ZipEntry& e) { e.size = ++e.local_size; }), HasSubstr("expands to less"));
  EXPECT_THAT(with([](ZipEntry& e) { e.crc = e.local_crc ^= 1; }), HasSubstr("CRC-32"));
  EXPECT_THAT(with([](ZipEntry& e) { e.bytes[0] = '\x07'; }), HasSubstr("is damaged (invalid block type)"));
  EXPECT_THAT(with([](ZipEntry& e) {
                e.bytes += "more";
                e.stored_size = e.local_stored_size += 4;
              }),
              HasSubstr("bytes follow"));
  EXPECT_THAT(with([](ZipEntry& e) {
                e.bytes.resize(100);
                e.stored_size = e.local_stored_size = 100;
                e.size = e.local_size = 10000;
              }),
              HasSubstr("ends inside its compressed data"));
}

TEST_F(ArchiveCheck, AZipBombIsRefusedByWhatItSaysAndByWhatItDoes) {
  const std::string zeros(size_t{64} << 20, '\0');
  const ZipEntry bomb = deflated_entry("net/code/m.py", zeros);
  EXPECT_THAT(error_of({bomb}), AllOf(HasSubstr("expand to 67108864"), HasSubstr("100 times")));
  ZipEntry quiet = bomb;
  quiet.size = quiet.local_size = 1 << 20;
  EXPECT_THAT(error_of({quiet}), HasSubstr("expands to more than it says"));
}

TEST_F(ArchiveCheck, CompressedContentIsBoundedAltogether) {
  std::vector<ZipEntry> entries;
  for (int i = 0; i < 257; ++i) {
    entries.emplace_back("net/" + std::to_string(i), "");
    entries.back().method = 8;
    entries.back().size = entries.back().local_size = 1 << 20;
  }
  EXPECT_THAT(error_of(entries), HasSubstr("more than 256 MiB of compressed content"));
}

#endif

}  // namespace
}  // namespace faultline
