// Explainers outside the program, through the command line.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/sha256.h"
#include "data/npy.h"
#include "support/program.h"
#include "support/schema.h"
#include "support/shared.h"

using faultline::read_npy;
using faultline::testing::run_faultline;
using faultline::testing::TemporaryFolder;
using nlohmann::json;
using testing::HasSubstr;

namespace {

const std::string kSource = FAULTLINE_SOURCE_DIR;

std::string fake(const std::string& how, const std::string& options = "timeout=20") {
  return "external:command=('" FAULTLINE_FAKE_EXPLAINER "' " + how + ")," + options;
}

/// The built-in network as a file, and drawn digits.
class ExternalVerbs : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    ASSERT_EQ(run_faultline({"model", "small-cnn", "--out", folder_->file("net.pt")}).code, 0);
  }
  static void TearDownTestSuite() { folder_.reset(); }

  /// A report of an audit of the explainer beside the control `random`.
  static json audit(const std::string& explainer, int code, const std::vector<std::string>& more = {}) {
    static int number = 0;
    const std::string out = folder_->file("run" + std::to_string(++number));
    std::vector<std::string> words{"audit",
                                   "--model",
                                   folder_->file("net.pt"),
                                   "--data",
                                   "glyphs:count=9,seed=4",
                                   "--suite",
                                   "fragility",
                                   "--explainer",
                                   explainer,
                                   "--attack",
                                   "random-sign:iterations=3,mode=resample",
                                   "--epsilon",
                                   "8/255",
                                   "--no-progress",
                                   "--out",
                                   out};
    words.insert(words.end(), more.begin(), more.end());
    const auto result = run_faultline(words);
    EXPECT_EQ(result.code, code) << result.err;
    err_ = result.err;
    out_ = out;
    std::ifstream in(out + "/report.json");
    return json::parse(in);
  }
  /// Values of a metric by condition and sample.
  static std::map<std::string, double> values(const json& report, const std::string& metric) {
    std::map<std::string, double> out;
    for (const auto& r : report["records"]) {
      if (r["metric"] == metric && !r["value"].is_null())
        out[r["condition"].get<std::string>() + "|" + r["sample"].get<std::string>()] = r["value"];
    }
    return out;
  }

  static std::unique_ptr<TemporaryFolder> folder_;
  static std::string err_, out_;  ///< what the last audit said, and its folder
};

std::unique_ptr<TemporaryFolder> ExternalVerbs::folder_;
std::string ExternalVerbs::err_, ExternalVerbs::out_;

TEST_F(ExternalVerbs, AnAuditMeasuresThemWithEqualNumbersForAnyBatchAndThreads) {
  const auto once = values(audit(fake("well"), 0), "top-k");
  EXPECT_EQ(once.size(), 2u * 9);
  EXPECT_EQ(once, values(audit(fake("well"), 0, {"--threads", "2", "--batch", "2"}), "top-k"));
}

TEST_F(ExternalVerbs, AnAuditEndsWithARecordOfEverySampleWhateverTheyDo) {
  for (const std::string how : {"hangs", "dies", "garbage", "wrong-shape", "says-error", "crashes"}) {
    const json report = audit(fake(how, "timeout=0.3,start=0.2"), 4, {"--threads", "2"});
    EXPECT_TRUE(values(report, "top-k").empty()) << how;
    int skipped = 0;
    for (const auto& s : report["skipped"]) {
      EXPECT_EQ(s["reason"], "explainer-failed");
      EXPECT_NE(s["detail"], "");
      ++skipped;
    }
    EXPECT_EQ(skipped, 2 * 9) << how << ": the attack and the rounding floor";
    for (const auto& condition : report["summary"])
      for (const auto& [name, metric] : condition["metrics"].items())
        EXPECT_EQ(metric["used"].get<int>() + metric["skipped"].get<int>() + metric["missing"].get<int>(), 9)
            << how << " " << name;
    EXPECT_THAT(err_, HasSubstr("explainer-failed: no map of sample")) << how;
  }
}

TEST_F(ExternalVerbs, TheReportSaysWhatTheProgramSaid) {
  const json report = audit(fake("dies", "timeout=5"), 4);
  EXPECT_THAT(report["skipped"][0]["detail"].get<std::string>(), HasSubstr("stderr: out of luck"));
  EXPECT_THAT(report.dump(), HasSubstr("not asked again after 3 failures in a row"));
  EXPECT_EQ(faultline::testing::schema_violations({out_ + "/report.json"}).value_or(std::vector<std::string>{""}),
            std::vector<std::string>{""});
}

TEST_F(ExternalVerbs, HashedFilesEnterTheReportAndBindAResumedRun) {
  const std::string file = folder_->file("weights.bin"), out = folder_->file("hashed");
  std::ofstream(file) << "one";
  const std::vector<std::string> words{"audit",
                                       "--model",
                                       folder_->file("net.pt"),
                                       "--data",
                                       "glyphs:count=4,seed=4",
                                       "--explainer",
                                       fake("well", "timeout=20,hash=" + file),
                                       "--attack",
                                       "random-sign",
                                       "--epsilon",
                                       "8/255",
                                       "--no-progress",
                                       "--out",
                                       out};
  ASSERT_EQ(run_faultline(words).code, 0);
  EXPECT_THAT(faultline::testing::text_of(out + "/report.json"), HasSubstr(faultline::sha256_of_file(file)));
  EXPECT_THAT(faultline::testing::text_of(out + "/report.html"), HasSubstr(faultline::sha256_of_file(file)));
  auto resumed = words;
  resumed.push_back("--resume");
  EXPECT_EQ(run_faultline(resumed).code, 0);
  std::ofstream(file) << "another";
  EXPECT_NE(run_faultline(resumed).code, 0);
}

TEST_F(ExternalVerbs, AnAuditSaysWherePromiseOneDoesNotHold) {
  const json report = audit(fake("draws-anew"), 0);
  EXPECT_THAT(err_, HasSubstr("two calls with the same seed differ"));
  EXPECT_THAT(report["facts"].dump(), HasSubstr("the same command does not give the same numbers for it"));
  bool is_warned = false;
  for (const auto& warning : report["health"]) is_warned = is_warned || warning["id"] == "randomised-explainer";
  EXPECT_TRUE(is_warned);
}

TEST_F(ExternalVerbs, ExplainSaysWhyThereIsNoMap) {
  const auto explain = [&](const std::string& spec) {
    return run_faultline({"explain", "--model", folder_->file("net.pt"), "--inputs", "glyphs:count=3,seed=4", "--explainer", spec,
                          "--json", "--out", folder_->file("map.npy")});
  };
  const auto dead = explain(fake("dies", "timeout=5"));
  EXPECT_EQ(dead.code, 0);
  EXPECT_THAT(dead.err, HasSubstr("out of luck"));
  EXPECT_EQ(json::parse(dead.out)["failures"].size(), 3u);
  EXPECT_TRUE(read_npy(folder_->file("map.npy")).values.isnan().all().item<bool>());
  const auto well = explain(fake("well"));
  EXPECT_EQ(well.code, 0) << well.err;
  EXPECT_TRUE(json::parse(well.out)["failures"].empty());
}

TEST_F(ExternalVerbs, AShellScriptIsAnExplainer) {
  const auto result = run_faultline({"explain", "--model", folder_->file("net.pt"), "--inputs", "glyphs:count=3,seed=4",
                                     "--explainer", "external:command=(sh '" + kSource + "/examples/shell/input_as_map.sh')",
                                     "--dtype", "float64", "--json", "--out", folder_->file("map.npy")});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(json::parse(result.out)["failures"].empty()) << result.err;
  const auto maps = read_npy(folder_->file("map.npy")).values;
  EXPECT_EQ(maps.sizes(), at::IntArrayRef({3, 1, 28, 28}));
  EXPECT_GT(maps.max().item<double>(), 0.5);
}

TEST_F(ExternalVerbs, APrecomputedMapIsLookedAtAndNotAttacked) {
  const std::string maps = folder_->file("all.npy");
  ASSERT_EQ(run_faultline({"explain", "--model", folder_->file("net.pt"), "--inputs", "glyphs:count=9,seed=4", "--explainer",
                           "gradient", "--out", maps})
                .code,
            0);
  const json report = audit("precomputed:maps=" + maps, 4);
  for (const auto& s : report["skipped"]) EXPECT_EQ(s["reason"], "not-applicable");
  EXPECT_THAT(report["facts"].dump(), HasSubstr("none of any other input"));
  const auto attack =
      run_faultline({"attack", "--model", folder_->file("net.pt"), "--inputs", "glyphs:count=9,seed=4", "--explainer",
                     "precomputed:maps=" + maps, "--attack", "random-sign", "--epsilon", "0.1", "--out", folder_->file("x.npy")});
  EXPECT_EQ(attack.code, 2);
  EXPECT_THAT(attack.err, HasSubstr("an attack asks for those of other inputs"));
  const std::string again = folder_->file("again.npy");
  ASSERT_EQ(run_faultline({"explain", "--model", folder_->file("net.pt"), "--inputs", "glyphs:count=9,seed=4", "--explainer",
                           "precomputed:maps=" + maps, "--out", again})
                .code,
            0);
  EXPECT_TRUE(read_npy(again).values.equal(read_npy(maps).values));
}

TEST_F(ExternalVerbs, TheBuiltInNetworkIsWrittenToAFile) {
  const auto result =
      run_faultline({"audit", "--samples", "1", "--suite", "fragility", "--attack", "random-sign", "--explainer",
                     fake("copies-model " + folder_->file("copy.pt")), "--no-progress", "--out", folder_->file("built-in")});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(std::filesystem::exists(folder_->file("copy.pt")));
}

/// Controls are no result: a run whose attacks all need a derivative has measured nothing of a program.
TEST_F(ExternalVerbs, NothingIsTestedByAttacksThatNeedADerivative) {
  const json report = audit(fake("well"), 4, {"--attack", "ghorbani-topk:iterations=2"});
  EXPECT_THAT(err_, HasSubstr("no attack of this run applies to it"));
  EXPECT_THAT(err_, HasSubstr("add --attack square-search"));
  EXPECT_FALSE(report["records"].empty()) << "what was measured is kept";
}

TEST_F(ExternalVerbs, TheUsualAttacksAskAProgramForMapsAsWell) {
  const auto result =
      run_faultline({"audit", "--model", folder_->file("net.pt"), "--data", "glyphs:count=9,seed=4", "--samples", "1",
                     "--explainer", fake("well"), "--epsilon", "8/255", "--no-progress", "--out", folder_->file("usual")});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.err.find("no attack of this run applies"), std::string::npos) << result.err;
}

/// The adapter and the explainer of examples/python, held to ours.
TEST(ExternalPython, SaliencyIsTheGradient) {
  FAULTLINE_NEEDS_SHARED(shared);
  if (!faultline::testing::run_torch_python("import numpy", {})) GTEST_SKIP() << "needs /usr/bin/python3 with torch and numpy";
  const TemporaryFolder folder;
  const std::string saliency = "external:command=(/usr/bin/python3 '" + kSource + "/examples/python/saliency.py'";
  const auto maps = [&](const std::string& spec, const std::string& dtype, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"explain",
                                   "--model",
                                   shared + "/models/lenet_mnist.pt",
                                   "--inputs",
                                   shared + "/data/mnist",
                                   "--samples",
                                   "20",
                                   "--explainer",
                                   spec,
                                   "--dtype",
                                   dtype,
                                   "--out",
                                   folder.file("map.npy")};
    words.insert(words.end(), more.begin(), more.end());
    const auto result = run_faultline(words);
    EXPECT_EQ(result.code, 0) << result.err;
    return read_npy(folder.file("map.npy")).values.to(at::kDouble);
  };
  for (const std::string dtype : {"float64", "float32"}) {
    const at::Tensor theirs = maps(saliency + ")", dtype), ours = maps("gradient", dtype);
    const double gap = (theirs - ours).abs().max().item<double>() / ours.abs().max().item<double>();
    EXPECT_LE(gap, dtype == "float64" ? 1e-10 : 1e-5) << dtype;
  }
  // Seeds are of the run and the sample: the same for any batch, others for another run.
  const std::string smooth = saliency + " --smooth 4)";
  const at::Tensor drawn = maps(smooth, "float64");
  EXPECT_TRUE(drawn.equal(maps(smooth, "float64", {"--batch", "7", "--threads", "2"})));
  EXPECT_GT((drawn - maps(smooth, "float64", {"--seed", "5"})).abs().max().item<double>(), 1e-3);
}

}  // namespace
