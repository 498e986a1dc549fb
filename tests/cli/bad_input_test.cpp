#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "data/npy.h"
#include "support/program.h"
#include "support/shared.h"

using faultline::write_npy;
using faultline::testing::ProgramResult;
using faultline::testing::run_faultline;
using faultline::testing::TemporaryFolder;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

constexpr const char* kSaveModel = R"(
import sys, torch
from torch import nn
kind, path = sys.argv[1], sys.argv[2]
torch.manual_seed(0)
class Channels(nn.Module):
    def __init__(self, out):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.head = nn.Linear(4, out)
    def forward(self, x):
        return self.head(self.conv(x).relu().mean((2, 3)))
class NoClasses(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
    def forward(self, x):
        return self.conv(x)
model = NoClasses() if kind == 'map-output' else Channels(5)
if kind == 'nan':
    with torch.no_grad():
        model.head.weight[1, 2] = float('nan')
model.eval()
if kind == 'state-dict':
    torch.save(model.state_dict(), path)
elif kind == 'pickle':
    torch.save(model.head, path)
else:
    torch.jit.trace(model, torch.rand(1, 3, 12, 12)).save(path)
)";

/// A folder with a good array `x.npy` [4,3,12,12]; nothing may be written to `out.npy` beside it.
class BadInput : public testing::Test {
 protected:
  BadInput() { write_npy(file("x.npy"), at::full({4, 3, 12, 12}, 0.5)); }

  std::string file(const std::string& name) const { return folder_.file(name); }
  ProgramResult explain(const std::string& model, const std::string& inputs, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"explain", "--model", model, "--inputs", inputs, "--explainer", "gradient", "--out",
                               file("out.npy"), "--threads", "1"});
    return run_faultline(more);
  }
  /// One clear line, the code, nothing on stdout, nothing written.
  void expect_refused(const ProgramResult& result, int code, const std::vector<std::string>& says) const {
    EXPECT_EQ(result.code, code) << result.err;
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    for (const auto& part : says) EXPECT_THAT(result.err, HasSubstr(part));
    EXPECT_FALSE(std::filesystem::exists(file("out.npy")));
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      EXPECT_THAT(entry.path().filename().string(), testing::Not(testing::StartsWith("out.npy"))) << "left behind";
    }
  }
  void truncate(const std::string& from, const std::string& to, double share) const {
    std::filesystem::copy_file(from, file(to));
    std::filesystem::resize_file(file(to), static_cast<uintmax_t>(share * static_cast<double>(std::filesystem::file_size(from))));
  }

  TemporaryFolder folder_;
};

TEST_F(BadInput, AMissingModelIsNamed) { expect_refused(explain(file("none.pt"), file("x.npy")), 3, {"none.pt"}); }

TEST_F(BadInput, ATextFileIsNoModel) {
  std::ofstream(file("text.pt")) << "not a model\n";
  expect_refused(explain(file("text.pt"), file("x.npy")), 3, {"text.pt"});
}

TEST_F(BadInput, ATruncatedModelIsNamed) {
  FAULTLINE_NEEDS_TORCH_PYTHON(kSaveModel, "good", file("m.pt"));
  truncate(file("m.pt"), "short.pt", 0.6);
  expect_refused(explain(file("short.pt"), file("x.npy")), 3, {"short.pt"});
}

TEST_F(BadInput, AStateDictIsToldHowToExport) {
  FAULTLINE_NEEDS_TORCH_PYTHON(kSaveModel, "state-dict", file("m.pt"));
  expect_refused(explain(file("m.pt"), file("x.npy")), 3, {"m.pt", "torch.jit"});
}

TEST_F(BadInput, NanInWeightsIsNamed) {
  FAULTLINE_NEEDS_TORCH_PYTHON(kSaveModel, "nan", file("m.pt"));
  expect_refused(explain(file("m.pt"), file("x.npy")), 3, {"head.weight"});
}

TEST_F(BadInput, AModelWhoseOutputIsNotClassesIsRefused) {
  FAULTLINE_NEEDS_TORCH_PYTHON(kSaveModel, "map-output", file("m.pt"));
  expect_refused(explain(file("m.pt"), file("x.npy")), 3, {"classes"});
}

TEST_F(BadInput, AWrongChannelCountNamesTheLayerAndTheShape) {
  FAULTLINE_NEEDS_TORCH_PYTHON(kSaveModel, "good", file("m.pt"));
  write_npy(file("grey.npy"), at::full({2, 1, 12, 12}, 0.5));
  expect_refused(explain(file("m.pt"), file("grey.npy")), 3, {"conv", "1"});
}

TEST_F(BadInput, MissingAndTruncatedArraysAreNamed) {
  FAULTLINE_NEEDS_TORCH_PYTHON(kSaveModel, "good", file("m.pt"));
  expect_refused(explain(file("m.pt"), file("none.npy")), 3, {"none.npy"});
  truncate(file("x.npy"), "short.npy", 0.5);
  expect_refused(explain(file("m.pt"), file("short.npy")), 3, {"short.npy"});
}

TEST_F(BadInput, ATruncatedGzipIsNamed) {
  FAULTLINE_NEEDS_SHARED(shared);
  truncate(shared + "/data/mnist/t10k-images-idx3-ubyte.gz", "short-images-idx3-ubyte.gz", 0.5);
  expect_refused(explain(shared + "/models/lenet_mnist.pt", file("short-images-idx3-ubyte.gz")), 3,
                 {"short-images-idx3-ubyte.gz"});
}

TEST_F(BadInput, AnEmptyFolderIsNamed) {
  FAULTLINE_NEEDS_TORCH_PYTHON(kSaveModel, "good", file("m.pt"));
  std::filesystem::create_directory(file("empty"));
  expect_refused(explain(file("m.pt"), file("empty")), 3, {"empty"});
}

TEST_F(BadInput, TheFirstSampleWithNanIsNamed) {
  FAULTLINE_NEEDS_TORCH_PYTHON(kSaveModel, "good", file("m.pt"));
  auto x = at::full({4, 3, 12, 12}, 0.5);
  x[2][1][3][3] = std::numeric_limits<double>::quiet_NaN();
  x[3][1][3][3] = std::numeric_limits<double>::infinity();
  write_npy(file("nan.npy"), x);
  expect_refused(explain(file("m.pt"), file("nan.npy")), 3, {"nan.npy", "sample 2", "NaN"});
  const auto attacked = run_faultline({"attack", "--model", file("m.pt"), "--inputs", file("nan.npy"), "--explainer", "gradient",
                                       "--attack", "random-sign", "--out", file("out.npy")});
  expect_refused(attacked, 3, {"sample 2"});
}

TEST_F(BadInput, ValuesOutsideTheLegalRangeNameSampleAndValue) {
  FAULTLINE_NEEDS_TORCH_PYTHON(kSaveModel, "good", file("m.pt"));
  auto x = at::full({4, 3, 12, 12}, 0.5);
  x[1][0][0][0] = 1.5;
  write_npy(file("wide.npy"), x);
  expect_refused(explain(file("m.pt"), file("wide.npy")), 3, {"sample 1", "1.5", "--range"});
  EXPECT_EQ(explain(file("m.pt"), file("wide.npy"), {"--range", "auto"}).code, 0);
  EXPECT_EQ(explain(file("m.pt"), file("wide.npy"), {"--range", "0,2"}).code, 0);
}

TEST_F(BadInput, TargetsOutOfRangeNameSampleAndValue) {
  FAULTLINE_NEEDS_TORCH_PYTHON(kSaveModel, "good", file("m.pt"));
  expect_refused(explain(file("m.pt"), file("x.npy"), {"--targets", "0,1,5,2"}), 3, {"sample 2", "5", "0..4"});
  expect_refused(explain(file("m.pt"), file("x.npy"), {"--targets", "0,1,-1,2"}), 3, {"sample 2", "-1"});
  expect_refused(explain(file("m.pt"), file("x.npy"), {"--targets", "0,1"}), 3, {"2 classes for 4 samples"});
  expect_refused(explain(file("m.pt"), file("x.npy"), {"--targets", "label"}), 3, {"sample 0", "no label"});
  write_npy(file("t.npy"), at::tensor({0, 1, 2, 9}, at::kLong));
  expect_refused(explain(file("m.pt"), file("x.npy"), {"--targets", file("t.npy")}), 3, {"sample 3", "9"});
}

TEST_F(BadInput, AnOutputPlaceThatCannotBeWrittenFailsBeforeAnyWork) {
  const auto explain_to = [&](const std::string& out) {
    // The model is missing too: that the place is named first shows that nothing was loaded.
    return run_faultline(
        {"explain", "--model", file("none.pt"), "--inputs", file("x.npy"), "--explainer", "gradient", "--out", out});
  };
  expect_refused(explain_to(file("missing/out.npy")), 5, {"missing"});
  expect_refused(explain_to("/proc/out.npy"), 5, {"/proc"});
  expect_refused(explain_to(file("x.npy") + "/out.npy"), 5, {"x.npy"});
  std::filesystem::create_directory(file("read-only"));
  std::filesystem::permissions(file("read-only"), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  expect_refused(explain_to(file("read-only/out.npy")), 5, {"read-only", "not writable"});
  std::filesystem::create_directory(file("folder.npy"));
  expect_refused(explain_to(file("folder.npy")), 5, {"folder.npy"});
}

TEST_F(BadInput, CudaWithoutCudaFailsBeforeAnyWork) {
  if (at::hasCUDA()) GTEST_SKIP() << "this LibTorch has CUDA";
  expect_refused(explain(file("none.pt"), file("none.npy"), {"--device", "cuda"}), 5, {"cuda", "cpu"});
  EXPECT_EQ(run_faultline({"audit", "--device", "cuda:0", "--out", file("run")}).code, 5);
  EXPECT_FALSE(std::filesystem::exists(file("run")));
}

}  // namespace
