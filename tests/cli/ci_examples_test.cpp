// The jobs of examples/ci, step by step as a CI machine runs them, on a small network; installing is left out.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/quick_audit.h"

namespace faultline {
namespace {

std::string text_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) out.push_back(line);
  return out;
}

size_t indent_of(const std::string& line) { return std::min(line.find_first_not_of(' '), line.size()); }

/// The lines below lines[at] that are indented further, as one text.
std::string block_below(const std::vector<std::string>& lines, size_t at) {
  std::string out;
  for (size_t i = at + 1; i < lines.size() && (lines[i].empty() || indent_of(lines[i]) > indent_of(lines[at])); ++i)
    out += lines[i] + "\n";
  return out;
}

/// The shell text of the step of this name in a GitHub workflow.
std::string github_step(const std::string& name) {
  const auto lines = lines_of(text_of(std::string(FAULTLINE_SOURCE_DIR) + "/examples/ci/github.yml"));
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].find("- name: " + name) == std::string::npos) continue;
    for (size_t j = i + 1; j < lines.size() && indent_of(lines[j]) > indent_of(lines[i]); ++j) {
      if (lines[j].find("run: |") != std::string::npos) return block_below(lines, j);
    }
  }
  throw std::runtime_error("no step is called " + name);
}

/// The commands of `script:` in the GitLab job.
std::string gitlab_script() {
  const auto lines = lines_of(text_of(std::string(FAULTLINE_SOURCE_DIR) + "/examples/ci/gitlab.yml"));
  std::string out;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i] != "  script:") continue;
    for (const auto& line : lines_of(block_below(lines, i))) out += line.substr(line.find("- ") + 2) + "\n";
  }
  return out;
}

class CiExamples : public testing::QuickAudit {
 protected:
  void SetUp() override {
    FAULTLINE_NEEDS_QUICK_AUDIT();
    std::filesystem::create_directory(file("bin"));
    std::filesystem::create_symlink(testing::faultline_command({})[0], file("bin/faultline"));
    std::ofstream(file("audit.ini")) << "explainer = gradient\nattack = ghorbani-topk:iterations=2,beta=20\nepsilon = 8/255\n"
                                     << "threads = 1\n";
    ASSERT_EQ(testing::run_faultline({"audit", "--config", file("audit.ini"), "--model", file("m.pt"), "--data", file("x.npy"),
                                      "--out", file("first"), "--quiet"})
                  .code,
              0);
    ASSERT_EQ(testing::run_faultline({"baseline", file("first"), "--out", file("b.json"), "--quiet"}).code, 0);
  }
  /// As a CI machine does: in the checkout, by a shell that stops at the first failure.
  testing::ProgramResult run(const std::string& script) const {
    return testing::run_program({"/bin/bash", "-e", "-c", "cd '" + file("") + "'\n" + script},
                                {"PATH=" + file("bin") + ":/usr/bin:/bin", "MODEL=m.pt", "DATA=x.npy", "AUDIT=audit.ini",
                                 "BASELINE=b.json", "GITHUB_STEP_SUMMARY=" + file("summary.md")});
  }
};

TEST_F(CiExamples, GithubPassesAndFails) {
  const std::string all = github_step("audit") + github_step("check") + github_step("summary");
  const auto passed = run(all);
  EXPECT_EQ(passed.code, 0) << passed.out << passed.err;
  EXPECT_NE(passed.out.find("::notice title=faultline check::gate passed"), std::string::npos) << passed.out;
  EXPECT_NE(text_of(file("summary.md")).find("gate passed"), std::string::npos);
  for (const char* kept : {"fragility-run/report.html", "fragility-results/check.junit.xml", "fragility-results/check.sarif"})
    EXPECT_TRUE(std::filesystem::exists(file(kept))) << kept;

  // A baseline that was better: every value 1.
  std::string better = text_of(file("b.json"));
  const size_t values = better.find("\"values\": [") + 11, end = better.find(']', values);
  better.replace(values, end - values, "1, 1, 1, 1, 1, 1");
  std::ofstream(file("b.json")) << better;
  const auto failed = run("rm -r fragility-run fragility-results\n" + all);
  EXPECT_EQ(failed.code, 1) << failed.out << failed.err;
  EXPECT_NE(failed.out.find("::error title=failed%3A gradient/fragility/ghorbani-topk@8/255::"), std::string::npos) << failed.out;
  EXPECT_NE(text_of(file("fragility-results/check.junit.xml")).find("<failure type=\"failed\""), std::string::npos);
}

TEST_F(CiExamples, GitlabPasses) {
  const auto passed = run(gitlab_script());
  EXPECT_EQ(passed.code, 0) << passed.out << passed.err;
  EXPECT_TRUE(std::filesystem::exists(file("fragility-results/check.junit.xml")));
}

/// The example's configuration is one that the program takes.
TEST_F(CiExamples, ConfigureAnAuditThatRuns) {
  std::filesystem::copy_file(std::string(FAULTLINE_SOURCE_DIR) + "/examples/ci/audit.ini", file("example.ini"));
  const auto run = testing::run_faultline({"audit", "--config", file("example.ini"), "--model", file("m.pt"), "--data",
                                           file("x.npy"), "--out", file("example"), "--quiet"});
  EXPECT_EQ(run.code, 0) << run.err;
}

}  // namespace
}  // namespace faultline
