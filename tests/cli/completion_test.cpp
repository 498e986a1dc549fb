#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/program.h"
#include "support/shared.h"

using faultline::testing::run_faultline;
using faultline::testing::run_program;
using faultline::testing::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::UnorderedElementsAreArray;

namespace {

using Words = std::vector<std::string>;

const Words kVerbs = {"audit", "explain", "attack", "compare", "report", "list", "model", "completion", "man"};

Words lines_of(const std::string& text) {
  Words out;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) out.push_back(line);
  return out;
}

/// The script of a shell in a file of its own.
struct Script {
  explicit Script(const std::string& shell) {
    const auto result = run_faultline({"completion", shell});
    EXPECT_EQ(result.code, 0) << result.err;
    std::ofstream(path()) << result.out;
  }
  std::string path() const { return folder.file("faultline"); }
  TemporaryFolder folder;
};

/// What bash offers for the last of these words.
Words bash_offers(Words words) {
  static const Script script("bash");
  const char* const complete = R"(source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _faultline
[ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}")";
  Words command = {"/bin/bash", "-c", complete, "bash", script.path(), "faultline"};
  command.insert(command.end(), words.begin(), words.end());
  const auto result = run_program(command);
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err, "");
  return lines_of(result.out);
}

Words names_of(const std::string& kind) {
  Words out;
  const auto listed = nlohmann::json::parse(run_faultline({"list", kind, "--json"}).out);
  for (const auto& entry : listed[kind]) out.push_back(entry["name"]);
  return out;
}

/// The options that a verb's help page has.
Words options_in_help(const std::string& verb) {
  Words out;
  for (const auto& line : lines_of(run_faultline({verb, "--help"}).out)) {
    if (line.rfind("  --", 0) == 0) out.push_back(line.substr(2, line.find(' ', 2) - 2));
  }
  return out;
}

TEST(BashCompletion, OffersVerbsAndTheOptionsOfEach) {
  EXPECT_THAT(bash_offers({""}), IsSupersetOf(kVerbs));
  EXPECT_THAT(bash_offers({"ex"}), ElementsAre("explain"));
  for (const std::string verb : {"audit", "compare", "man"}) {
    auto options = options_in_help(verb);
    options.push_back("--help");
    EXPECT_THAT(bash_offers({verb, "--"}), UnorderedElementsAreArray(options)) << verb;
  }
}

TEST(BashCompletion, OffersTheNamesOfMethods) {
  for (const std::string option : {"explainer", "attack", "metric", "suite"})
    EXPECT_THAT(bash_offers({"audit", "--" + option, ""}), UnorderedElementsAreArray(names_of(option + "s")));
  EXPECT_THAT(bash_offers({"explain", "--explainer", "integrated"}), ElementsAre("integrated-gradients"));
}

TEST(BashCompletion, OffersTheWordsAnOptionTakesBehindABlankOrAnEqualsSign) {
  EXPECT_THAT(bash_offers({"explain", "--dtype", ""}), ElementsAre("float32", "float64"));
  EXPECT_THAT(bash_offers({"explain", "--dtype", "=", "float6"}), ElementsAre("float64"));
  EXPECT_THAT(bash_offers({"explain", "--dtype", "="}), ElementsAre("float32", "float64"));
  EXPECT_THAT(bash_offers({"explain", "--seed", ""}), ElementsAre());
  EXPECT_THAT(bash_offers({"list", ""}),
              ElementsAre("explainers", "attacks", "metrics", "suites", "datasets", "models", "warnings"));
  EXPECT_THAT(bash_offers({"completion", ""}), ElementsAre("bash", "zsh", "fish"));
}

TEST(BashCompletion, OffersFilesAlsoThoseWithBlanks) {
  const TemporaryFolder folder;
  std::ofstream(folder.file("net one.pt")) << "x";
  std::ofstream(folder.file("net two.pt")) << "x";
  const Words both = {folder.file("net one.pt"), folder.file("net two.pt")};
  EXPECT_THAT(bash_offers({"explain", "--model", folder.file("net")}), UnorderedElementsAreArray(both));
  EXPECT_THAT(bash_offers({"model", folder.file("net")}), UnorderedElementsAreArray(both));
}

TEST(FishCompletion, OffersVerbsOptionsAndWords) {
  if (!std::filesystem::exists("/usr/bin/fish")) GTEST_SKIP() << "needs fish";
  const Script script("fish");
  const auto offers = [&](const std::string& line) {
    const auto result =
        run_program({"/usr/bin/fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script.path(), line});
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_EQ(result.err, "");
    Words out;
    for (const auto& offer : lines_of(result.out)) out.push_back(offer.substr(0, offer.find('\t')));
    return out;
  };
  EXPECT_THAT(offers("faultline "), IsSupersetOf(kVerbs));
  EXPECT_THAT(offers("faultline explain --dtype "), ElementsAre("float32", "float64"));
  EXPECT_THAT(offers("faultline audit --explainer "), UnorderedElementsAreArray(names_of("explainers")));
  EXPECT_THAT(offers("faultline compare --reduc"), ElementsAre("--reduce"));
}

/// Zsh completes only behind a keyboard; what can be said without one is that it reads the script and declares the function.
TEST(ZshCompletion, IsReadByZsh) {
  const char* shell = std::filesystem::exists("/usr/bin/zsh") ? "/usr/bin/zsh" : "/bin/zsh";
  if (!std::filesystem::exists(shell)) GTEST_SKIP() << "needs zsh";
  const Script script("zsh");
  const char* const declare =
      "autoload -Uz compinit && compinit -D -u && source $1 && print $_comps[faultline] && functions _faultline >/dev/null";
  const auto result = run_program({shell, "-f", "-c", declare, "zsh", script.path()});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.out, "_faultline\n");
}

TEST(Completion, OfAnUnknownShellIsAUsageErrorWithTheNearest) {
  const auto result = run_faultline({"completion", "bsh"});
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("did you mean 'bash'"));
}

}  // namespace
