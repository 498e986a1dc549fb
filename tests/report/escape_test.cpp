#include "report/escape.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "report/html_writer.h"

namespace faultline {
namespace {

TEST(Escape, MakesMarkupHarmlessInHtml) {
  EXPECT_EQ(html_text("<script>\"a\" & 'b'</script>"), "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;");
  EXPECT_EQ(html_text("gr\xc3\xb6\xc3\x9f"
                      "e"),
            "gr\xc3\xb6\xc3\x9f"
            "e");
}

TEST(Escape, ShowsWhatCannotBeSeen) {
  EXPECT_EQ(printable(std::string("a\0b\nc\x7f", 6)), "a\\x00b\\x0ac\\x7f");
  EXPECT_EQ(printable("a\xe2\x80\xaeg"), "a\\u202eg");
  EXPECT_EQ(printable("\xc2\x85"), "\\x85");
  EXPECT_EQ(printable("\xff\xc0\xafx\xe2\x82"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") << "a surrogate is no character";
}

TEST(Escape, StopsFormulasAndQuotesFieldsInCsv) {
  for (const char* formula : {"=1+1", "+1", "-1", "@SUM(A1)"}) EXPECT_EQ(csv_text(formula), std::string("'") + formula);
  EXPECT_EQ(csv_text("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_text("say \"x\""), "\"say \"\"x\"\"\"");
  EXPECT_EQ(csv_text("=a,b"), "\"'=a,b\"");
  EXPECT_EQ(csv_text("plain@8/255"), "plain@8/255");
}

TEST(Escape, KeepsMarkdownFlat) {
  EXPECT_EQ(markdown_text("*a*|[x](y)@me"), "&#42;a&#42;&#124;&#91;x&#93;(y)&#64;me");
  EXPECT_EQ(markdown_code("a|b`c"), "`a\\|b'c`");
  EXPECT_EQ(markdown_code(""), "");
}

RC_GTEST_PROP(Escape, LeavesNoMarkupAndNoControlCharacterOfAnyBytes, (const std::string& text)) {
  const std::string html = html_text(text);
  for (const char c : html) RC_ASSERT(c != '<' && c != '>' && c != '"' && c != '\'' && (static_cast<unsigned char>(c) >= 0x20));
  RC_ASSERT(printable(printable(text)) == printable(text));
}

TEST(HtmlWriter, BalancesItsTagsAndEscapesEveryValue) {
  HtmlWriter html;
  html.open("p", {{"title", "a\"b"}}).leaf("b", "<x>").text("&").close();
  EXPECT_EQ(html.str(), "<p title=\"a&quot;b\"><b>&lt;x&gt;</b>&amp;</p>");
  html.open("p");
  EXPECT_THROW(html.str(), std::logic_error);
}

}  // namespace
}  // namespace faultline
