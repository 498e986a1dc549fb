#include "cli/help.h"

#include <sstream>

#include "core/joined.h"

namespace faultline {
namespace {

constexpr size_t kColumns = 80;
constexpr size_t kHelpColumn = 30;

std::string option_line(const OptionDeclaration& option) {
  std::string left = "  --" + option.name + (option.value.empty() ? "" : " " + option.value);
  if (left.size() + 2 > kHelpColumn) {
    left += "\n" + std::string(kHelpColumn, ' ');
  } else {
    left.resize(kHelpColumn, ' ');
  }
  return wrapped(left + option.help, kHelpColumn) + "\n";
}

}  // namespace

std::string wrapped(const std::string& text, size_t indent) {
  std::string out;
  size_t column = 0;
  std::string word, blanks;
  const auto flush = [&] {
    if (word.empty()) return;
    if (column > indent && column + blanks.size() + word.size() > kColumns) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else {
      out += blanks;
      column += blanks.size();
    }
    out += word;
    column += word.size();
    word.clear();
    blanks.clear();
  };
  for (const char c : text) {
    if (c == '\n') {
      flush();
      out += c;
      column = 0;
      blanks.clear();
    } else if (c == ' ') {
      flush();
      blanks += c;
    } else {
      word += c;
    }
  }
  flush();
  return out;
}

const std::vector<std::pair<int, std::string>>& exit_codes() {
  static const std::vector<std::pair<int, std::string>> codes = {{0, "done"},
                                                                 {1, "a check failed, or a regression was found"},
                                                                 {2, "wrong usage"},
                                                                 {3, "bad input, nothing written"},
                                                                 {4, "nothing could be tested, or all was inconclusive"},
                                                                 {5, "disk, memory or device"},
                                                                 {130, "interrupted, resumable"}};
  return codes;
}

const std::vector<std::string>& first_steps() {
  static const std::vector<std::string> lines = {"faultline audit                              a small network, drawn digits",
                                                 "faultline audit --model net.pt --data digits/",
                                                 "faultline explain --model net.pt --inputs x.npy \\",
                                                 "    --explainer integrated-gradients:steps=50 --out map.png"};
  return lines;
}

std::string help_of_program() {
  std::ostringstream out;
  out << "faultline: how far can an explanation of a network be moved while the\n"
         "network's answer stays put?\n\nVerbs\n";
  for (const auto& verb : all_verbs()) {
    std::string left = "  " + verb.name;
    left.resize(14, ' ');
    out << wrapped(left + verb.summary, 14) << "\n";
  }
  out << "\n  faultline VERB --help  the verb's options\n"
         "  faultline --version    versions of faultline and its libraries\n\n"
         "First steps\n";
  for (const auto& line : first_steps()) out << "  " << line << "\n";
  out << "\nA model file is code: load only files from people you trust.\n\n";
  std::vector<std::string> codes;
  for (const auto& [code, meaning] : exit_codes()) codes.push_back(std::to_string(code) + " " + meaning);
  out << wrapped("Exit codes: " + joined(codes, "; ") + ".", 0) << "\n";
  return out.str();
}

std::string help_of_verb(const Verb& verb) {
  std::ostringstream out;
  const std::string head = "faultline " + verb.name + " ";
  out << wrapped(head + verb.usage, 4) << "\n\n" << wrapped(verb.summary, 0) << "\n\nOptions\n";
  for (const auto& name : verb.options) out << option_line(option_declaration(name));
  if (verb.takes_run_options) {
    out << "\nCommon options\n";
    for (const auto& name : run_options()) out << option_line(option_declaration(name));
  }
  return out.str();
}

}  // namespace faultline
