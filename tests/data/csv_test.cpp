#include "data/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/files.h"

namespace faultline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::input_error_of;

std::vector<std::vector<std::string>> fields_of(const std::string& text) {
  std::vector<std::vector<std::string>> out;
  for (const auto& row : parse_csv(text, "t.csv")) out.push_back(row.fields);
  return out;
}

TEST(Csv, ReadsQuotedCommasQuotesAndLineEnds) {
  EXPECT_THAT(fields_of("a,\"b,c\",\"say \"\"x\"\"\"\n\"two\nlines\",\n"),
              ElementsAre(ElementsAre("a", "b,c", "say \"x\""), ElementsAre("two\nlines", "")));
}

TEST(Csv, TakesEitherLineEndAByteOrderMarkAndNoLastLineEnd) {
  EXPECT_THAT(fields_of("\xef\xbb\xbf"
                        "a,b\r\n\r\n\nc,\"d\"\r"),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "d")));
  EXPECT_THAT(fields_of("x\ry\n"), ElementsAre(ElementsAre("x\ry"))) << "a carriage return alone ends no line";
}

TEST(Csv, LeavesOutEmptyLinesButNotEmptyFields) {
  EXPECT_THAT(fields_of(""), ElementsAre());
  EXPECT_THAT(fields_of("\n\"\"\n,\n"), ElementsAre(ElementsAre(""), ElementsAre("", "")));
  EXPECT_EQ(parse_csv("a\n\n\"b\nb\"\nc\n", "t.csv").back().line, 5u);
}

TEST(Csv, RefusesBrokenQuotesAndNulBytesNamingTheLine) {
  const std::vector<std::pair<std::string, const char*>> cases = {
      {"a\n\"b", "t.csv line 2: has a quote that does not end"},
      {"a\n\"b\"c\n", "t.csv line 2: has text after a closing quote"},
      {"a\"b\n", "t.csv line 1: has a quote inside"},
      {std::string("a\nb\nc\0d", 7), "t.csv line 3: holds a NUL byte"}};
  for (const auto& [text, message] : cases)
    EXPECT_THAT(input_error_of([&, &t = text] { parse_csv(t, "t.csv"); }), HasSubstr(message));
}

}  // namespace
}  // namespace faultline
