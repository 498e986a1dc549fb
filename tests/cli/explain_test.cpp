#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "data/npy.h"
#include "support/program.h"
#include "support/shared.h"

using faultline::read_npy;
using faultline::write_npy;
using faultline::testing::run_faultline;
using faultline::testing::TemporaryFolder;
using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

std::set<std::string> known_explainers() {
  std::set<std::string> names;
  const auto listed = json::parse(run_faultline({"list", "explainers", "--json"}).out);
  for (const auto& entry : listed["explainers"]) names.insert(entry["name"]);
  return names;
}

std::string joined(const json& numbers) {
  std::string text;
  for (const auto& number : numbers) text += (text.empty() ? "" : ",") + std::to_string(number.get<int>());
  return text;
}

/// max |a - b| over the largest magnitude of b, per sample, the largest of them. Of a map that is all zero (a rectified one may
/// be) nothing may differ.
double deviation(const at::Tensor& maps, const at::Tensor& reference) {
  const auto error = (maps.to(at::kDouble) - reference.to(at::kDouble)).abs().flatten(1).amax(1);
  return (error / reference.to(at::kDouble).abs().flatten(1).amax(1).clamp_min(1e-300)).max().item<double>();
}

/// Every entry of the reference whose explainer exists, in both dtypes.
void agrees_with(const std::string& library, const std::string& shared, const std::string& network) {
  const std::string folder = shared + "/reference/" + library + "/" + network + "/";
  std::ifstream file(folder + "manifest.json");
  const json manifest = json::parse(file);
  const auto known = known_explainers();
  const TemporaryFolder temporary;
  const std::string out = temporary.file("map.npy");
  int checked = 0;
  for (const auto& entry : manifest["entries"]) {
    const std::string spec = entry["spec"];
    if (!known.count(spec.substr(0, spec.find(':')))) continue;
    ++checked;
    const auto reference = read_npy(folder + entry["file"].get<std::string>()).values;
    for (const std::string dtype : {"float64", "float32"}) {
      const auto result = run_faultline({"explain", "--model", shared + "/" + manifest["model"].get<std::string>(), "--inputs",
                                         folder + manifest["inputs"].get<std::string>(), "--targets", joined(manifest["targets"]),
                                         "--explainer", spec, "--dtype", dtype, "--threads", "1", "--out", out});
      ASSERT_EQ(result.code, 0) << spec << ": " << result.err;
      EXPECT_EQ(result.out, out + "\n");
      const auto maps = read_npy(out);
      EXPECT_EQ(maps.dtype, dtype);
      ASSERT_EQ(maps.values.sizes(), reference.sizes()) << spec;
      const double allowed = dtype == "float64" ? 1e-6 : std::max(1e-6, 10 * entry["float32_deviation"].get<double>());
      EXPECT_LE(deviation(maps.values, reference), allowed) << spec << " " << dtype;
    }
  }
  EXPECT_EQ(checked, static_cast<int>(manifest["entries"].size()));
}

TEST(Explain, AgreesWithCaptumOnLenet) {
  FAULTLINE_NEEDS_SHARED(shared);
  agrees_with("captum", shared, "lenet_mnist");
}

TEST(Explain, AgreesWithCaptumOnTheMlp) {
  FAULTLINE_NEEDS_SHARED(shared);
  agrees_with("captum", shared, "mlp_mnist");
}

TEST(Explain, AgreesWithZennitOnLenet) {
  FAULTLINE_NEEDS_SHARED(shared);
  agrees_with("zennit", shared, "lenet_mnist");
}

TEST(Explain, AgreesWithZennitOnTheMlp) {
  FAULTLINE_NEEDS_SHARED(shared);
  agrees_with("zennit", shared, "mlp_mnist");
}

/// Lenet on the reference's eight digits.
class ExplainLenet : public testing::Test {
 protected:
  std::vector<std::string> command(const std::string& shared, std::vector<std::string> more) {
    more.insert(more.begin(), {"explain", "--model", shared + "/models/lenet_mnist.pt", "--inputs",
                               shared + "/reference/captum/lenet_mnist/inputs.npy", "--threads", "1", "--dtype", "float64"});
    return more;
  }
  at::Tensor maps(const std::string& shared, std::vector<std::string> more) {
    more.insert(more.end(), {"--out", folder_.file("m.npy")});
    const auto result = run_faultline(command(shared, more));
    EXPECT_EQ(result.code, 0) << result.err;
    return read_npy(folder_.file("m.npy")).values;
  }
  TemporaryFolder folder_;
};

TEST_F(ExplainLenet, ExplainsThePredictedClassUnlessTold) {
  FAULTLINE_NEEDS_SHARED(shared);
  const auto predicted = maps(shared, {"--explainer", "gradient"});
  EXPECT_TRUE(at::equal(predicted, maps(shared, {"--explainer", "gradient", "--targets", "0,1,2,3,4,5,6,7"})));
  const auto second = maps(shared, {"--explainer", "gradient:target=second"});
  EXPECT_GT(deviation(second, predicted), 0.1);
  const auto third = maps(shared, {"--explainer", "gradient:target=3"});
  EXPECT_TRUE(at::equal(third[3], predicted[3]));
  EXPECT_FALSE(at::equal(third[0], predicted[0]));
  EXPECT_TRUE(at::equal(third, maps(shared, {"--explainer", "gradient", "--targets", "3,3,3,3,3,3,3,3"})));
  EXPECT_TRUE(at::equal(third, maps(shared, {"--explainer", "gradient", "--targets", "3"})));
  write_npy(folder_.file("t.npy"), at::full({8}, 3, at::kLong));
  EXPECT_TRUE(at::equal(third, maps(shared, {"--explainer", "gradient", "--targets", folder_.file("t.npy")})));
}

TEST_F(ExplainLenet, WritesTheLeakageLedger) {
  FAULTLINE_NEEDS_SHARED(shared);
  const std::string ledger = folder_.file("ledger.json");
  const at::Tensor map = maps(shared, {"--explainer", "lrp:composite=epsilon-plus", "--ledger", ledger, "--batch", "3"});
  const json written = json::parse(faultline::testing::text_of(ledger));
  ASSERT_EQ(written["explained"].size(), 8u);
  double worst = 0;
  for (size_t i = 0; i < 8; ++i) {
    const double sum = map[static_cast<int64_t>(i)].sum().item<double>(), leaks = written["leaks"][i];
    EXPECT_NEAR(sum, written["map-sum"][i].get<double>(), 1e-9);
    worst = std::max(worst, std::abs(sum + leaks - written["explained"][i].get<double>()));
    double out = written["explained"][i];
    for (const auto& node : written["nodes"]) out -= node.contains("bias") ? node["bias"][i].get<double>() : 0;
    EXPECT_NEAR(out, sum, 1e-4) << "biases are all that leaks here, but for stabilisers";
  }
  EXPECT_LE(worst, 1e-10);
  EXPECT_EQ(written["nodes"][0]["operation"], "linear");
  for (const std::string none : {"gradient", "smooth-grad:inner=(lrp)"}) {
    const auto refused =
        run_faultline(command(shared, {"--explainer", none, "--ledger", ledger, "--out", folder_.file("m.npy")}));
    EXPECT_EQ(refused.code, 2) << none;
    EXPECT_THAT(refused.err, HasSubstr("keeps none"));
  }
}

TEST_F(ExplainLenet, WritesNoResultOverAnotherOrOverWhatItReads) {
  FAULTLINE_NEEDS_SHARED(shared);
  const std::string map = folder_.file("m.npy");
  const auto same = run_faultline(command(shared, {"--explainer", "lrp", "--out", map, "--ledger", folder_.file("./m.npy")}));
  EXPECT_EQ(same.code, 2);
  EXPECT_THAT(same.err, HasSubstr("is what --out names"));
  const auto model = run_faultline(
      command(shared, {"--explainer", "lrp", "--out", map, "--ledger", shared + "/models/../models/lenet_mnist.pt"}));
  EXPECT_EQ(model.code, 2);
  EXPECT_THAT(model.err, HasSubstr("is what --model names"));
  const auto vectors = run_faultline(command(shared, {"--explainer", "lrp:layer=fc1", "--out", folder_.file("m.png")}));
  EXPECT_EQ(vectors.code, 2) << vectors.err;
  EXPECT_THAT(vectors.err, HasSubstr("maps of vectors cannot be drawn"));
}

TEST_F(ExplainLenet, KeepsThePatternsItLearned) {
  FAULTLINE_NEEDS_SHARED(shared);
  const std::string patterns = folder_.file("p.safetensors"), quality = folder_.file("q.json");
  const std::string data = shared + "/data/mnist";
  const at::Tensor fitted = maps(shared, {"--explainer", "pattern-attribution:fit-samples=300", "--data", data, "--save-patterns",
                                          patterns, "--pattern-quality", quality});
  EXPECT_TRUE(at::equal(maps(shared, {"--explainer", "pattern-attribution:patterns=" + patterns}), fitted));
  const json layers = json::parse(faultline::testing::text_of(quality))["layers"];
  ASSERT_EQ(layers.size(), 5u);
  // Kindermans 2018, figure 3: S_w tells signal from distractor worse than S_a, in the first layer better than a random
  // direction.
  const json rho = layers[0]["rho"];
  EXPECT_GT(rho["s-a"]["all"].get<double>(), rho["s-w"]["all"].get<double>());
  EXPECT_GT(rho["s-w"]["all"].get<double>(), rho["random"]["all"].get<double>());
  const auto unfitted = run_faultline(command(shared, {"--explainer", "pattern-net", "--out", folder_.file("m.npy")}));
  EXPECT_EQ(unfitted.code, 2);
  EXPECT_THAT(unfitted.err, HasSubstr("--data"));
  const auto refused =
      run_faultline(command(shared, {"--explainer", "gradient", "--save-patterns", patterns, "--out", folder_.file("m.npy")}));
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("learns nothing"));
}

TEST_F(ExplainLenet, TakesATableOfRulesFromTheConfigurationFile) {
  FAULTLINE_NEEDS_SHARED(shared);
  const std::string config = folder_.file("rules.ini");
  std::ofstream(config) << "[lrp.mine]\nfirst = flat\nname:conv2 = gamma:gamma=0.1\nany-linear = epsilon:epsilon=1e-4\n";
  const auto named = maps(shared, {"--explainer", "lrp:composite=mine", "--config", config});
  const auto written_out = maps(
      shared, {"--explainer", "lrp:composite=(name:conv1 = flat; name:conv2 = gamma:gamma=0.1; linear = epsilon:epsilon=1e-4)"});
  EXPECT_TRUE(at::equal(named, written_out));
  const auto refused = [&](const std::string& lines, const std::string& says) {
    std::ofstream(config) << lines;
    const auto result =
        run_faultline(command(shared, {"--explainer", "lrp:composite=mine", "--config", config, "--out", folder_.file("m.npy")}));
    EXPECT_EQ(result.code, 2);
    EXPECT_THAT(result.err, HasSubstr(says));
  };
  refused("[lrp.epsilon-plus]\nlinear = epsilon\n", "built-in");
  refused("[lrp.mine]\nlinears = epsilon\n", "linears");
  refused("[lrp.other]\nlinear = epsilon\n", "mine");
  refused("[lrp.mime]\nlinear = epsilon\n", "did you mean 'mime'");
  refused("[lrp.mine]\nany-linear = epsilon\n[lrp.mine]\nany-linear = z-plus\n", "'any-linear': stands twice");
  refused("[lrp.mine]\nany-linear = epsilon\nlinear = flot\n", "did you mean 'flat'");
  refused("[lrp.mine]\nany-linear = z-plus:gamma=3\n", "has no use for gamma");
  refused("[lrp.mine]\nname:conv7 = epsilon\nany-linear = epsilon\n", "conv7");
}

TEST_F(ExplainLenet, LabelsFromAFileAreTargets) {
  FAULTLINE_NEEDS_SHARED(shared);
  write_npy(folder_.file("l.npy"), at::full({8}, 3, at::kLong));
  EXPECT_TRUE(at::equal(maps(shared, {"--explainer", "gradient:target=label", "--labels", folder_.file("l.npy")}),
                        maps(shared, {"--explainer", "gradient:target=3"})));
}

TEST_F(ExplainLenet, TargetsThatContradictTheSpecAreAUsageError) {
  FAULTLINE_NEEDS_SHARED(shared);
  const auto result = run_faultline(
      command(shared, {"--explainer", "gradient:target=second", "--targets", "predicted", "--out", folder_.file("m.npy")}));
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("target=second"));
  EXPECT_EQ(
      run_faultline(command(shared, {"--explainer", "gradient:target=3", "--targets", "3", "--out", folder_.file("m.npy")})).code,
      0);
}

TEST_F(ExplainLenet, NumbersDoNotDependOnTheBatch) {
  FAULTLINE_NEEDS_SHARED(shared);
  const auto whole = maps(shared, {"--explainer", "smooth-grad:samples=5", "--batch", "64"});
  for (const char* batch : {"1", "3", "7"}) {
    EXPECT_TRUE(at::equal(whole, maps(shared, {"--explainer", "smooth-grad:samples=5", "--batch", batch}))) << batch;
  }
}

TEST_F(ExplainLenet, SelectedSamplesKeepTheirMaps) {
  FAULTLINE_NEEDS_SHARED(shared);
  std::ofstream(folder_.file("ids.txt")) << "5\n2\n";
  const auto all = maps(shared, {"--explainer", "smooth-grad:samples=3"});
  const auto two = maps(shared, {"--explainer", "smooth-grad:samples=3", "--sample-ids", folder_.file("ids.txt")});
  ASSERT_EQ(two.size(0), 2);
  EXPECT_LE(deviation(two, at::stack({all[2], all[5]})), 1e-9);
}

TEST_F(ExplainLenet, JsonSaysWhatWasDoneAndNothingElseIsOnStdout) {
  FAULTLINE_NEEDS_SHARED(shared);
  const auto result =
      run_faultline(command(shared, {"--explainer", "integrated-gradients:steps=20", "--json", "--out", folder_.file("m.npy")}));
  ASSERT_EQ(result.code, 0) << result.err;
  const auto out = json::parse(result.out);
  EXPECT_THAT(out["spec"].get<std::string>(), HasSubstr("steps=20"));
  EXPECT_EQ(out["targets"], json({0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(out["ids"].size(), 8u);
  EXPECT_EQ(out["notes"].size(), 8u);
  EXPECT_EQ(out["figures"]["completeness-error"].size(), 8u);
  EXPECT_EQ(out["shape"], json({8, 1, 28, 28}));
}

TEST_F(ExplainLenet, SaysWhereAMapIsZeroEverywhere) {
  FAULTLINE_NEEDS_SHARED(shared);
  write_npy(folder_.file("x.npy"), at::cat({at::zeros({1, 1, 28, 28}), at::ones({1, 1, 28, 28})}));
  const auto result = run_faultline({"explain", "--model", shared + "/models/lenet_mnist.pt", "--inputs", folder_.file("x.npy"),
                                     "--explainer", "gradient-x-input", "--out", folder_.file("m.npy"), "--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(json::parse(result.out)["notes"], json({{"zero-map"}, json::array()}));
  EXPECT_THAT(result.err, HasSubstr("zero-map (1 of 2 samples)"));
}

TEST_F(ExplainLenet, QuietSaysNothingOnStderr) {
  FAULTLINE_NEEDS_SHARED(shared);
  const auto result =
      run_faultline(command(shared, {"--explainer", "gradient", "--range", "auto", "--quiet", "--out", folder_.file("m.npy")}));
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.err, IsEmpty());
}

TEST_F(ExplainLenet, DrawsPictures) {
  FAULTLINE_NEEDS_SHARED(shared);
  const std::string out = folder_.file("m.png");
  ASSERT_EQ(run_faultline(command(shared, {"--explainer", "gradient", "--out", out})).code, 0);
  std::ifstream file(out, std::ios::binary);
  std::string start(8, ' ');
  file.read(start.data(), 8);
  EXPECT_EQ(start, "\x89PNG\r\n\x1a\n");
  EXPECT_GT(std::filesystem::file_size(out), 1000u);
}

TEST_F(ExplainLenet, DrawsMapsOverTheInputAndSaysTheScale) {
  FAULTLINE_NEEDS_SHARED(shared);
  const std::string out = folder_.file("m.png"), alone = folder_.file("alone.png");
  const auto drawn = run_faultline(command(shared, {"--explainer", "gradient", "--overlay", "60%", "--out", out, "--json"}));
  ASSERT_EQ(drawn.code, 0) << drawn.err;
  EXPECT_THAT(drawn.err, HasSubstr("99th percentile"));
  const auto said = json::parse(drawn.out)["picture"];
  EXPECT_EQ(said["colours"], "diverging");
  EXPECT_EQ(said["full-colour-at"].size(), 8u);
  const auto squared = run_faultline(command(shared, {"--explainer", "grad-cam", "--out", alone, "--json"}));
  EXPECT_EQ(json::parse(squared.out)["picture"]["colours"], "sequential");
  EXPECT_NE(faultline::testing::text_of(out), faultline::testing::text_of(alone));
  const auto refused = [&](std::vector<std::string> more, const std::string& says) {
    const auto result = run_faultline(command(shared, std::move(more)));
    EXPECT_EQ(result.code, 2);
    EXPECT_THAT(result.err, HasSubstr(says));
  };
  refused({"--explainer", "gradient", "--overlay", "1.5", "--out", out}, "outside 0..1");
  refused({"--explainer", "gradient", "--overlay", "0.5", "--out", folder_.file("m.npy")}, "is for pictures");
  refused({"--explainer", "grad-cam:upsample=none", "--overlay", "0.5", "--out", out}, "inputs 28 x 28");
}

TEST_F(ExplainLenet, TakesADataSetAndBalancesItsSamples) {
  FAULTLINE_NEEDS_SHARED(shared);
  const auto result =
      run_faultline({"explain", "--model", shared + "/models/lenet_mnist.pt", "--inputs", shared + "/data/mnist", "--samples",
                     "20", "--explainer", "gradient:target=label", "--threads", "1", "--out", folder_.file("m.npy"), "--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  std::map<int, int> counts;
  const auto out = json::parse(result.out);
  for (const auto& target : out["targets"]) ++counts[target.get<int>()];
  EXPECT_EQ(counts.size(), 10u);
  for (const auto& [label, count] : counts) EXPECT_EQ(count, 2) << label;
}

TEST(ExplainNormalised, MeanAndStdDoWhatAFirstLayerWould) {
  const TemporaryFolder folder;
  FAULTLINE_NEEDS_TORCH_PYTHON(R"(
import sys, torch
from torch import nn
torch.manual_seed(3)
body = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(6 * 100, 4)).eval()
class First(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer('mean', torch.tensor([0.4, 0.5, 0.6]).reshape(3, 1, 1))
        self.register_buffer('std', torch.tensor([0.2, 0.25, 0.5]).reshape(3, 1, 1))
        self.body = body
    def forward(self, x):
        return self.body((x - self.mean) / self.std)
x = torch.rand(2, 3, 12, 12)
torch.jit.trace(body, x).save(sys.argv[1] + '/plain.pt')
torch.jit.trace(First().eval(), x).save(sys.argv[1] + '/first.pt')
)",
                               folder.path());
  write_npy(folder.file("x.npy"), at::rand({3, 3, 12, 12}));
  for (const std::string spec : {"gradient", "gradient-x-input", "integrated-gradients:steps=10", "smooth-grad:samples=4"}) {
    const std::vector<std::string> start = {"explain", "--inputs", folder.file("x.npy"), "--explainer", spec, "--threads", "1",
                                            "--dtype", "float64"};
    auto plain = start, first = start;
    plain.insert(plain.end(), {"--model", folder.file("plain.pt"), "--mean", "0.4,0.5,0.6", "--std", "0.2,0.25,0.5", "--out",
                               folder.file("p.npy")});
    first.insert(first.end(), {"--model", folder.file("first.pt"), "--out", folder.file("f.npy")});
    ASSERT_EQ(run_faultline(plain).code, 0);
    ASSERT_EQ(run_faultline(first).code, 0);
    EXPECT_LE(deviation(read_npy(folder.file("p.npy")).values, read_npy(folder.file("f.npy")).values), 1e-6) << spec;
  }
}

}  // namespace
