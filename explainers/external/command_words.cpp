#include "explainers/external/command_words.h"

#include "core/error.h"

namespace faultline {

std::vector<std::string> command_words(const std::string& command) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (const char c : command) {
    if (quote != 0) {
      if (c == quote)
        quote = 0;
      else
        word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == ' ' || c == '\t') {
      if (in_word) words.push_back(word);
      word.clear();
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != 0) throw_usage("command", std::string("a quote (") + quote + ") does not end in '" + command + "'");
  if (in_word) words.push_back(word);
  if (words.empty()) throw_usage("command", "names no program", "command=(python3 my.py)");
  return words;
}

}  // namespace faultline
