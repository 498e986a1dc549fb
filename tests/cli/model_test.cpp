#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "support/program.h"
#include "support/shared.h"

using faultline::testing::run_faultline;
using faultline::testing::TemporaryFolder;
using nlohmann::json;
using testing::HasSubstr;

namespace {

TEST(Model, PrintsLayersParametersAndShapes) {
  FAULTLINE_NEEDS_SHARED(shared);
  const std::string file = shared + "/models/lenet_mnist.pt";
  const auto text = run_faultline({"model", file, "--input-shape", "1,28,28"});
  ASSERT_EQ(text.code, 0) << text.err;
  for (const char* part : {"conv1", "convolution", "max_pool", "fc3", "linear", "1,28,28"})
    EXPECT_THAT(text.out, HasSubstr(part));
  const auto out = json::parse(run_faultline({"model", file, "--json"}).out);
  EXPECT_EQ(out["input-shape"], json({1, 28, 28}));
  EXPECT_EQ(out["classes"], 10);
  int64_t sum = 0;
  for (const auto& layer : out["layers"]) sum += layer["parameters"].get<int64_t>();
  EXPECT_EQ(sum, out["totals"]["parameters"].get<int64_t>());
  EXPECT_GT(sum, 10000);
  EXPECT_TRUE(out["problems"].empty());
}

TEST(Model, SavesTheBuiltInNetworkForOtherVerbs) {
  const TemporaryFolder folder;
  const std::string file = folder.file("net.pt");
  const auto saved = run_faultline({"model", "small-cnn", "--out", file});
  ASSERT_EQ(saved.code, 0) << saved.err;
  EXPECT_EQ(saved.out, file + "\n");
  const auto digest = [](const std::string& path) {
    return json::parse(run_faultline({"model", path, "--input-shape", "1,28,28", "--json"}).out)["digest"];
  };
  ASSERT_EQ(run_faultline({"model", "small-cnn", "--out", folder.file("again.pt"), "--json"}).code, 0);
  EXPECT_EQ(digest(file), digest(folder.file("again.pt")));
  const auto explained = run_faultline({"explain", "--model", file, "--inputs", "glyphs:count=60,seed=5", "--explainer",
                                        "gradient", "--out", folder.file("m.npy"), "--json"});
  ASSERT_EQ(explained.code, 0) << explained.err;
  const auto refused = run_faultline({"model", file, "--out", folder.file("other.pt")});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("small-cnn"));
}

TEST(Model, OneFunctionWrittenFourWaysHasOneDigest) {
  FAULTLINE_NEEDS_SHARED(shared);
  std::set<std::string> digests;
  for (const char* style : {"modules", "functional", "primitive", "scripted"}) {
    const auto result =
        run_faultline({"model", shared + "/models/structures/styled_" + style + ".pt", "--input-shape", "3,32,32", "--json"});
    ASSERT_EQ(result.code, 0) << style << ": " << result.err;
    digests.insert(json::parse(result.out)["digest"].get<std::string>());
  }
  EXPECT_EQ(digests.size(), 1u);
}

TEST(Model, NotesAFrozenBatchAndATrailingSoftmax) {
  FAULTLINE_NEEDS_SHARED(shared);
  for (const auto& [file, word] : {std::pair("frozen_batch", "batch"), std::pair("softmax_output", "softmax")}) {
    const auto result =
        run_faultline({"model", shared + "/models/structures/" + file + ".pt", "--input-shape", "3,32,32", "--json"});
    ASSERT_EQ(result.code, 0) << file << ": " << result.err;
    EXPECT_THAT(json::parse(result.out)["notes"].dump(), HasSubstr(word));
  }
}

TEST(Model, SaysInWordsWhatCannotBeRun) {
  const TemporaryFolder folder;
  FAULTLINE_NEEDS_TORCH_PYTHON(R"(
import sys, torch
class Odd(torch.nn.Module):
    def forward(self, x):
        return torch.fft.rfft(x.flatten(1)).abs()
torch.jit.trace(Odd(), torch.rand(1, 1, 4, 4)).save(sys.argv[1])
)",
                               folder.file("odd.pt"));
  const auto result = run_faultline({"model", folder.file("odd.pt"), "--input-shape", "1,4,4"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, HasSubstr("fft_rfft"));
}

TEST(Model, AShapeTheNetworkRefusesIsBadInput) {
  FAULTLINE_NEEDS_SHARED(shared);
  const auto result = run_faultline({"model", shared + "/models/lenet_mnist.pt", "--input-shape", "3,28,28"});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr("conv1"));
}

}  // namespace
