#include "core/shell_word.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace faultline {
namespace {

/// What a shell makes of the word.
std::string read_by_a_shell(const std::string& text) {
  FILE* pipe = popen(("printf %s " + shell_word(text)).c_str(), "r");
  std::string out;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) out += static_cast<char>(c);
  EXPECT_EQ(pclose(pipe), 0) << text;
  return out;
}

TEST(ShellWord, IsReadBackByAShellAsItWas) {
  for (const std::string text : {"plain", "", " two  words ", "it's", "'", "$HOME", "`ls`", "a;b&c|d", "*", "~", "back\\slash",
                                 "\"quoted\"", "two\nlines", "#no-comment", "h\xc3\xa9"})
    EXPECT_EQ(read_by_a_shell(text), text);
}

TEST(ShellWord, LeavesPlainWordsAsPeopleWriteThem) {
  for (const std::string text : {"net.pt", "lrp:rule=epsilon,epsilon=0.25", "8/255", "10%", "--seed"})
    EXPECT_EQ(shell_word(text), text);
}

}  // namespace
}  // namespace faultline
