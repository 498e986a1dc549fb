#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "models/model.h"
#include "support/program.h"
#include "support/shared.h"

namespace faultline {
namespace {

using testing::run_torch_python;
using testing::TemporaryFolder;

/// The message of the input error that `action` throws; "" and a failure where it throws none.
template <class Action>
std::string input_error(Action action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::input) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << "one line only: " << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error";
  return "";
}

std::string load_error(const std::string& path) {
  return input_error([&] { Model::load(path); });
}

void expect_words(const std::string& message, const std::vector<std::string>& words) {
  for (const std::string& word : words)
    EXPECT_NE(message.find(word), std::string::npos) << "'" << word << "' is missing in: " << message;
}

TEST(ImportErrors, MissingEmptyAndForeignFilesAreNamed) {
  const TemporaryFolder folder;
  expect_words(load_error(folder.file("none.pt")), {"none.pt", "does not exist"});
  expect_words(load_error(folder.path()), {"is a folder"});
  std::ofstream(folder.file("empty.pt")).close();
  expect_words(load_error(folder.file("empty.pt")), {"is empty", "torch.jit.trace"});
  std::ofstream(folder.file("text.pt")) << "weights: none\n";
  expect_words(load_error(folder.file("text.pt")),
               {"no TorchScript file", "torch.jit.trace(model.eval(), example).save(\"model.pt\")"});
  std::ofstream(folder.file("zip.pt"), std::ios::binary) << std::string("PK\x03\x04", 4) << std::string(100, 'x');
  expect_words(load_error(folder.file("zip.pt")), {"truncated or damaged"});
}

TEST(ImportErrors, ATruncatedFileIsRefusedAtEveryLength) {
  FAULTLINE_NEEDS_SHARED(shared);
  const TemporaryFolder folder;
  const std::string whole = shared + "/models/lenet_mnist.pt", cut = folder.file("cut.pt");
  const auto size = std::filesystem::file_size(whole);
  for (const double share : {0.01, 0.3, 0.7, 0.999}) {
    std::filesystem::copy_file(whole, cut, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(cut, static_cast<uintmax_t>(static_cast<double>(size) * share));
    expect_words(load_error(cut), {"cut.pt", "truncated"});
  }
}

TEST(ImportErrors, WhatTorchSaveWroteIsToldFromTorchScript) {
  const TemporaryFolder folder;
  const char* script = R"(
import sys, torch
m = torch.nn.Linear(3, 2)
torch.save(m.state_dict(), sys.argv[1] + '/state.pt')
torch.save(m, sys.argv[1] + '/whole.pt')
torch.save(m.state_dict(), sys.argv[1] + '/legacy.pt', _use_new_zipfile_serialization=False)
)";
  if (!run_torch_python(script, {folder.path()})) GTEST_SKIP() << "needs a Python that has torch";
  expect_words(load_error(folder.file("state.pt")), {"state_dict", "torch.jit.trace"});
  expect_words(load_error(folder.file("whole.pt")), {"pickled module", "torch.jit.trace"});
  expect_words(load_error(folder.file("legacy.pt")), {"pickle", "torch.jit.trace"});
}

TEST(ImportErrors, NumbersThatAreNoneAreNamedByTheirArray) {
  const TemporaryFolder folder;
  const char* script = R"(
import sys, torch
for word, value in (('nan', float('nan')), ('inf', float('inf'))):
    m = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2)).eval()
    m[2].weight.data[1, 1] = value
    torch.jit.trace(m, torch.rand(1, 3)).save(sys.argv[1] + '/' + word + '.pt')
)";
  if (!run_torch_python(script, {folder.path()})) GTEST_SKIP() << "needs a Python that has torch";
  expect_words(load_error(folder.file("nan.pt")), {"2.weight", "NaN"});
  expect_words(load_error(folder.file("inf.pt")), {"2.weight", "infinite"});
}

TEST(ImportErrors, AShapeThatALayerRefusesNamesTheLayerAndTheShape) {
  FAULTLINE_NEEDS_SHARED(shared);
  const Model lenet = Model::load(shared + "/models/lenet_mnist.pt");
  expect_words(input_error([&] { lenet.network({3, 28, 28}); }), {"lenet_mnist.pt", "convolution", "[N, 3, 28, 28]"});
  expect_words(input_error([&] { lenet.network({1, 32, 32}); }), {"linear", "[N, "});
  expect_words(input_error([&] { lenet.network({}); }), {"empty input shape"});
  expect_words(input_error([&] { lenet.network({1, 0, 28}); }), {"size of 0"});
}

TEST(ImportErrors, WhatCannotBeImportedIsSaidInWords) {
  const TemporaryFolder folder;
  const char* script = R"(
import sys, torch
class Transform(torch.nn.Module):
    def forward(self, x): return torch.fft.rfft(x).abs()
class Map(torch.nn.Module):
    def forward(self, x): return x * 2
class Two(torch.nn.Module):
    def forward(self, x, y): return x + y
class Branch(torch.nn.Module):
    def forward(self, x):
        if bool((x > 0).all()): return x
        return -x
class Mixed(torch.nn.Module):
    def forward(self, x): return x - x.mean(0)
class Stale(torch.nn.Module):
    def forward(self, x):
        y = x * 2
        z = y.view(-1)
        z.add_(1)
        return y
class Outer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.body = Transform()
    def forward(self, x): return self.body(x)
d = sys.argv[1]
torch.jit.script(Outer()).save(d + '/transform.pt')
torch.jit.script(Map()).save(d + '/map.pt')
torch.jit.script(Two()).save(d + '/two.pt')
torch.jit.script(Branch()).save(d + '/branch.pt')
torch.jit.script(Mixed()).save(d + '/mixed.pt')
torch.jit.script(Stale()).save(d + '/stale.pt')
torch.jit.script(torch.nn.Sequential(torch.nn.BatchNorm1d(4, track_running_stats=False))).save(d + '/batch.pt')
)";
  // torch.jit.script reads the source, so it has to lie in a file.
  std::ofstream(folder.file("models.py")) << script;
  if (!run_torch_python("import runpy, sys; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='models')",
                        {folder.file("models.py"), folder.path()}))
    GTEST_SKIP() << "needs a Python that has torch";
  const auto error = [&](const std::string& name, const std::vector<int64_t>& shape) {
    return input_error([&] { Model::load(folder.file(name + ".pt")).network(shape); });
  };
  expect_words(error("transform", {4}), {"aten::fft_rfft", "body", "not supported"});
  expect_words(error("map", {3, 8, 8}), {"[N, 3, 8, 8]", "[N, classes]"});
  expect_words(error("two", {4}), {"more than one input", "(y)"});
  expect_words(error("branch", {4}), {"aten::gt", "models.py:", "compares values the network computes"});
  expect_words(error("mixed", {4}), {"aten::mean", "over the batch"});
  expect_words(error("stale", {4}), {"changed in place through another view"});
  expect_words(error("batch", {4}), {"batch norm", "running statistics"});
  const std::vector<ModelProblem> problems = Model::load(folder.file("transform.pt")).problems();
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].operation, "aten::fft_rfft");
  expect_words(problems[0].where, {"body"});
}

}  // namespace
}  // namespace faultline
