// Baselines and checks through the program.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/quick_audit.h"

namespace faultline {
namespace {

using testing::run_faultline;

std::string text_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

class Gate : public testing::QuickAudit {
 protected:
  /// Two runs of the same audit, the second with more iterations of a stronger search, and a baseline of the first.
  void SetUp() override {
    FAULTLINE_NEEDS_QUICK_AUDIT();
    ASSERT_EQ(run_faultline(audit(file("run"))).code, 0);
    const auto frozen = run_faultline({"baseline", file("run"), "--out", file("b.json")});
    ASSERT_EQ(frozen.code, 0) << frozen.err;
    EXPECT_EQ(frozen.out, file("b.json") + "\n");
  }
  testing::ProgramResult check(std::vector<std::string> more) const {
    more.insert(more.begin(), {"check", file("run")});
    return run_faultline(more);
  }
};

TEST_F(Gate, PassesTheRunItWasFrozenFrom) {
  const auto found = check({"--baseline", file("b.json")});
  EXPECT_EQ(found.code, 0) << found.err;
  EXPECT_EQ(found.out.substr(0, found.out.find('\n')), "model unchanged");
  EXPECT_NE(found.out.find("gate passed: 1 passed of 1 check\n"), std::string::npos) << found.out;
  // Frozen again, from a run with other threads and batches: the same bytes.
  ASSERT_EQ(run_faultline(audit(file("again"), {"--batch", "2"})).code, 0);
  ASSERT_EQ(run_faultline({"baseline", file("again"), "--out", file("again.json"), "--quiet"}).code, 0);
  EXPECT_EQ(text_of(file("again.json")), text_of(file("b.json")));
}

TEST_F(Gate, FailsWhatBreaksALimit) {
  const std::string place = "gradient/fragility/ghorbani-topk@8: ";
  EXPECT_EQ(check({"--require", place + "top-k >= 0"}).code, 0);
  EXPECT_EQ(check({"--require", place + "min top-k > 1"}).code, 1);
  std::ofstream(file("policy")) << "# what we promise\nrequire = " << place << "top-k > 1   # all of it\n";
  const auto found = check({"--policy", file("policy")});
  EXPECT_EQ(found.code, 1);
  EXPECT_NE(found.out.find("no baseline: absolute limits alone"), std::string::npos);
}

/// The label stands for the explainer in records, and a requirement takes it, the spec or the method's name.
TEST_F(Gate, KnowsExplainersByTheLabelsTheyWereGiven) {
  auto command = audit(file("named"));
  for (auto& word : command) word = word == "gradient" ? "mine=gradient:map=absolute" : word;
  const auto run = run_faultline(command);
  ASSERT_EQ(run.code, 0) << run.err;
  for (const auto& record : testing::contents_of(file("named")).records) EXPECT_EQ(record.explainer, "mine");
  for (const std::string name : {"mine", "gradient", "*"}) {
    EXPECT_EQ(run_faultline({"check", file("named"), "--require", name + "/fragility/ghorbani-topk@8: top-k >= 0"}).code, 0)
        << name;
  }
  const auto wrong = run_faultline({"audit", "--explainer", "a/b=gradient"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("has a label with '/'"), std::string::npos) << wrong.err;
  EXPECT_EQ(run_faultline({"audit", "--explainer", "a=gradient", "--explainer", "a=edge", "--out", file("twice")}).code, 2);
}

TEST_F(Gate, ReportsSayWhatChangedSinceABaseline) {
  const auto written =
      run_faultline({"report", file("run"), "--baseline", file("b.json"), "--format", "html", "--out", file("since")});
  ASSERT_EQ(written.code, 0) << written.err;
  const std::string page = text_of(file("since/report.html"));
  EXPECT_NE(page.find("sample by sample: the model is the same."), std::string::npos);
  EXPECT_NE(page.find("gate passed: 1 passed of 1 check"), std::string::npos);
  const auto verified = run_faultline({"report", file("run"), "--verify", file("since/report.html")});
  EXPECT_EQ(verified.code, 0) << verified.out;
  EXPECT_NE(verified.out.find("told by the page, not by the run"), std::string::npos) << verified.out;
  // A run that was made otherwise cannot be compared.
  const auto other = run_faultline(audit(file("other"), {"--metric", "spearman"}));
  ASSERT_EQ(other.code, 0) << other.err;
  EXPECT_EQ(run_faultline({"report", file("other"), "--baseline", file("b.json")}).code, 2);
}

TEST_F(Gate, WritesEveryFormat) {
  const auto found =
      check({"--baseline", file("b.json"), "--format", "table,junit,sarif,github,json,markdown", "--out", file("out")});
  EXPECT_EQ(found.code, 0) << found.err;
  for (const char* name : {"check.junit.xml", "check.sarif", "check.json", "check.md"})
    EXPECT_GT(std::filesystem::file_size(file(std::string("out/") + name)), 100u) << name;
  EXPECT_NE(found.out.find("::notice title=faultline check::"), std::string::npos);
  const auto json = check({"--baseline", file("b.json"), "--json"});
  EXPECT_EQ(nlohmann::json::parse(json.out).at("exit-code"), 0);
}

TEST_F(Gate, NamesWhatDiffersFromTheBaseline) {
  iterations_ = 3;
  ASSERT_EQ(run_faultline(audit(file("longer"))).code, 0);
  const auto found = run_faultline({"check", file("longer"), "--baseline", file("b.json")});
  EXPECT_EQ(found.code, 2);
  EXPECT_NE(found.err.find("attack ghorbani-topk: is not what it was in the baseline: iterations=2 before, iterations=3 now"),
            std::string::npos)
      << found.err;
  EXPECT_EQ(
      run_faultline({"check", file("longer"), "--baseline", file("b.json"), "--allow-different", "attack ghorbani-topk"}).code %
          4,
      0)
      << "passed or inconclusive";
}

TEST_F(Gate, SaysWhatIsWrongWithItsInput) {
  const auto fails = [&](const std::vector<std::string>& more, int code, const std::string& words) {
    const auto found = check(more);
    EXPECT_EQ(found.code, code) << found.err;
    EXPECT_NE(found.err.find(words), std::string::npos) << found.err;
    EXPECT_EQ(found.err.find('\n'), found.err.size() - 1) << "one line";
  };
  fails({}, 2, "nothing to check against");
  fails({"--baseline", file("none.json")}, 3, "cannot be read");
  fails({"--baseline", file("x.npy")}, 3, "is not JSON");
  fails({"--require", "gradient: top-k > 0"}, 2, "names no suite");
  fails({"--require", "gradient/fragility: topk > 0"}, 2, "did you mean 'top-k'");
  fails({"--require", "gradient/fragility: top-k > 0", "--format", "junit,json"}, 2, "add --out DIR");
  std::ofstream(file("policy")) << "margin = 5%\nmargn = 3\n";
  fails({"--policy", file("policy")}, 3, "policy:2");
  EXPECT_EQ(run_faultline({"check", file("nothing"), "--baseline", file("b.json")}).code, 3);
  EXPECT_EQ(run_faultline({"baseline", file("run")}).code, 2) << "--out is missing";
}

}  // namespace
}  // namespace faultline
