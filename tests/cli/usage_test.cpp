#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/blas_kernels.h"
#include "support/program.h"
#include "support/shared.h"

using faultline::vector_instructions_of_this_processor;
using faultline::testing::faultline_command;
using faultline::testing::run_faultline;
using faultline::testing::run_program;
using faultline::testing::TemporaryFolder;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

/// Exit 2, one line on stderr that says these things, nothing on stdout.
void expect_usage_error(const std::vector<std::string>& arguments, const std::vector<std::string>& says) {
  const auto result = run_faultline(arguments);
  EXPECT_EQ(result.code, 2) << result.err;
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  EXPECT_EQ(result.err.rfind("faultline: ", 0), 0u) << result.err;
  for (const auto& part : says) EXPECT_THAT(result.err, HasSubstr(part));
}

TEST(Help, IsReadableInEightyColumns) {
  std::vector<std::vector<std::string>> commands = {{"--help"}, {"help"}};
  for (const char* verb : {"audit", "explain", "attack", "compare", "report", "list", "model"}) {
    commands.push_back({verb, "--help"});
    commands.push_back({"help", verb});
  }
  for (const auto& command : commands) {
    const auto result = run_faultline(command);
    EXPECT_EQ(result.code, 0);
    EXPECT_THAT(result.err, IsEmpty());
    EXPECT_THAT(result.out, HasSubstr("faultline"));
    std::istringstream lines(result.out);
    std::string line;
    while (std::getline(lines, line)) EXPECT_LE(line.size(), 80u) << line;
  }
}

TEST(Help, NamesEveryVerbAndTheOptionsOfEach) {
  const std::string page = run_faultline({"--help"}).out;
  for (const char* verb : {"audit", "explain", "attack", "compare", "report", "list", "model"})
    EXPECT_THAT(page, HasSubstr(verb));
  const std::string explain = run_faultline({"explain", "--help"}).out;
  for (const char* option :
       {"--model",   "--inputs", "--targets",     "--explainer", "--data",    "--out",        "--config", "--range",
        "--mean",    "--std",    "--input-shape", "--labels",    "--samples", "--sample-ids", "--seed",   "--batch",
        "--threads", "--dtype",  "--device",      "--json",      "--quiet",   "--no-progress"}) {
    EXPECT_THAT(explain, HasSubstr(option));
  }
}

TEST(Version, NamesTheLibrariesAsTextAndAsJson) {
  const auto text = run_faultline({"--version"});
  EXPECT_EQ(text.code, 0);
  const auto json = nlohmann::json::parse(run_faultline({"--version", "--json"}).out);
  for (const char* name : {"faultline", "libtorch", "opencv", "sqlite", "boost", "nlohmann-json", "fmt", "compiler"}) {
    EXPECT_THAT(text.out, HasSubstr(name));
    EXPECT_THAT(json[name].get<std::string>(), testing::Not(IsEmpty()));
  }
}

TEST(Version, NamesKernelsThatTheProcessorDeserves) {
  const auto blas = [](std::vector<std::string> command) {
    const auto program = faultline_command({"--version", "--json"});
    command.insert(command.end(), program.begin(), program.end());
    return nlohmann::json::parse(run_program(command).out)["openblas"].get<std::string>();
  };
  const std::string free = blas({"/usr/bin/env", "-u", "OPENBLAS_CORETYPE"}),
                    asked = blas({"/usr/bin/env", "OPENBLAS_CORETYPE=Prescott"});
  EXPECT_THAT(asked, HasSubstr("Prescott")) << "whoever asks for kernels gets them";
  const bool is_slow = free.find("Prescott") != std::string::npos || free.find("Barcelona") != std::string::npos;
  EXPECT_FALSE(is_slow && vector_instructions_of_this_processor().has_avx2) << free;
}

TEST(Usage, UnknownVerbsAndOptionsSuggestTheNearest) {
  expect_usage_error({"explian"}, {"did you mean 'explain'"});
  expect_usage_error({"explain", "--modle", "x.pt"}, {"--modle", "did you mean '--model'"});
  expect_usage_error({"explain", "--treads=2"}, {"--treads", "did you mean '--threads'"});
  expect_usage_error({"list", "explainer"}, {"did you mean 'explainers'"});
  expect_usage_error({"list", "attacks", "--quiett"}, {"did you mean '--quiet'"});
}

TEST(Usage, UnknownMethodsAndKeysSuggestTheNearest) {
  expect_usage_error({"explain", "--model", "x.pt", "--inputs", "x.npy", "--out", "m.npy", "--explainer", "gradiant"},
                     {"did you mean 'gradient'"});
  expect_usage_error(
      {"explain", "--model", "x.pt", "--inputs", "x.npy", "--out", "m.npy", "--explainer", "integrated-gradients:step=3"},
      {"did you mean 'steps'"});
  expect_usage_error({"attack", "--model", "x.pt", "--inputs", "x.npy", "--out", "p.npy", "--explainer", "gradient", "--attack",
                      "ghorbani-topkk"},
                     {"did you mean 'ghorbani-topk'"});
  expect_usage_error({"compare", "a.npy", "b.npy", "--metric", "spearmen"}, {"did you mean 'spearman'"});
  expect_usage_error({"audit", "--explainer", "gradiant"}, {"did you mean 'gradient'"});
}

TEST(Usage, WhatBelongsToALaterVersionSaysSo) {
  expect_usage_error({"merge"}, {"later version"});
  expect_usage_error({"audit", "--shard", "1/2"}, {"--shard", "later version"});
  for (const char* format : {"junit", "sarif", "github"})
    expect_usage_error({"report", "run", "--format", format}, {format, "faultline check"});
}

TEST(Usage, OptionsOfOtherVerbsAreRefused) {
  expect_usage_error({"compare", "a.npy", "b.npy", "--metric", "spearman", "--model", "x.pt"},
                     {"--model", "not an option of faultline compare"});
  expect_usage_error({"explain", "--attack", "random-sign"}, {"--attack", "not an option of faultline explain"});
  expect_usage_error({"explain", "--resume"}, {"--resume"});
}

TEST(Usage, MissingDoubledAndSurplusWordsAreRefused) {
  expect_usage_error({"explain"}, {"--explainer is missing"});
  expect_usage_error({"explain", "--explainer", "gradient", "--out", "m.npy", "--inputs", "x.npy"}, {"--model is missing"});
  expect_usage_error({"explain", "--out"}, {"--out", "needs a value"});
  expect_usage_error({"explain", "--seed", "1", "--seed", "2"}, {"--seed", "more than once"});
  expect_usage_error({"explain", "--explainer", "gradient", "--explainer", "edge", "--out", "m.npy"}, {"one explainer"});
  expect_usage_error({"explain", "surplus"}, {"surplus"});
  expect_usage_error({"explain", "--explainer", "gradient", "--out", "m.txt"}, {".npy or"});
  expect_usage_error({"compare", "a.npy", "--metric", "spearman"}, {"two files"});
  expect_usage_error({"compare", "a.npy", "b.npy"}, {"--metric is missing"});
  expect_usage_error({"explain", "-model", "x"}, {"two dashes"});
}

TEST(Usage, WrongValuesSayWhatWouldBeRight) {
  const std::vector<std::string> start = {"explain",  "--explainer", "gradient", "--model", "x.pt",
                                          "--inputs", "x.npy",       "--out",    "m.npy"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), start.begin(), start.end());
    return more;
  };
  expect_usage_error(with({"--dtype", "float23"}), {"did you mean 'float32'"});
  expect_usage_error(with({"--range", "1,0"}), {"--range"});
  expect_usage_error(with({"--std", "0"}), {"--std", "not above 0"});
  expect_usage_error(with({"--mean", "1,2", "--std", "1,2,3"}), {"--mean"});
  expect_usage_error(with({"--input-shape", "3,0,4"}), {"--input-shape"});
  expect_usage_error(with({"--samples", "0"}), {"--samples", "outside"});
  expect_usage_error(with({"--threads", "many"}), {"--threads", "whole number"});
  expect_usage_error(with({"--device", "gpu"}), {"--device"});
  expect_usage_error({"audit", "--epsilon", "2/0"}, {"--epsilon"});
  expect_usage_error({"audit", "--epsilon", "-1"}, {"--epsilon"});
}

TEST(Config, GivesDefaultsThatTheCommandLineOverrides) {
  const TemporaryFolder folder;
  std::ofstream(folder.file("c.ini")) << "# a comment\nexplainer = gradiant\nseed = 5\n";
  expect_usage_error({"explain", "--config", folder.file("c.ini"), "--out", "m.npy"}, {"did you mean 'gradient'"});
  expect_usage_error({"explain", "--config", folder.file("c.ini"), "--out", "m.npy", "--explainer", "gradient"},
                     {"--model is missing"});
}

TEST(Config, UnknownNamesSuggestTheNearestAndBadFilesAreBadInput) {
  const TemporaryFolder folder;
  std::ofstream(folder.file("c.ini")) << "modle = x.pt\n";
  expect_usage_error({"explain", "--config", folder.file("c.ini")}, {"modle", "did you mean '--model'"});
  std::ofstream(folder.file("d.ini")) << "shard = 1/2\n";
  expect_usage_error({"explain", "--config", folder.file("d.ini")}, {"later version"});
  std::ofstream(folder.file("e.ini")) << "seed = 1\nseed = 2\n";
  expect_usage_error({"explain", "--config", folder.file("e.ini")}, {"seed", "more than once"});
  std::ofstream(folder.file("f.ini")) << "these are not settings\n";
  EXPECT_EQ(run_faultline({"explain", "--config", folder.file("f.ini")}).code, 3);
  EXPECT_EQ(run_faultline({"explain", "--config", folder.file("missing.ini")}).code, 3);
}

TEST(List, PrintsEveryRegistryAsTextAndAsJson) {
  for (const char* what : {"explainers", "attacks", "metrics", "suites", "datasets", "models"}) {
    const auto text = run_faultline({"list", what});
    EXPECT_EQ(text.code, 0) << text.err;
    const auto json = nlohmann::json::parse(run_faultline({"list", what, "--json"}).out);
    ASSERT_FALSE(json[what].empty()) << what;
    for (const auto& entry : json[what]) {
      EXPECT_THAT(text.out, HasSubstr(entry["name"].get<std::string>()));
      EXPECT_FALSE(entry["summary"].get<std::string>().empty());
      for (const auto& option : entry["options"]) EXPECT_FALSE(option["help"].get<std::string>().empty()) << option;
    }
  }
}

TEST(ReportVerb, OfAFolderWithoutARunIsBadInput) {
  const TemporaryFolder folder;
  const auto result = run_faultline({"report", folder.path()});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, AllOf(HasSubstr("run.sqlite"), HasSubstr(folder.path())));
}

}  // namespace
