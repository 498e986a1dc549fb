#include <gtest/gtest.h>

#include <fstream>

#include "data/npy.h"
#include "models/model.h"
#include "support/program.h"
#include "support/shared.h"

namespace faultline {
namespace {

using testing::run_torch_python;
using testing::TemporaryFolder;

/// Random weights and random batch-norm statistics, traced, scripted and frozen; the reference is LibTorch's own run of the file,
/// widened to float64 where the file can be (a frozen file has its numbers in the code and cannot).
const char* const make_files = R"(
import sys, numpy as np, torch, torchvision.models as models
folder, names = sys.argv[1], sys.argv[2].split(',')
torch.set_num_threads(1)
for name in names:
    torch.manual_seed(0)
    extra = dict(transform_input=True, aux_logits=True, init_weights=False) if name == 'googlenet' else {}
    model = getattr(models, name)(weights=None, **extra).eval()
    for module in model.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.running_mean.normal_(0, .1); module.running_var.uniform_(.5, 1.5)
            module.weight.data.uniform_(.7, 1.3); module.bias.data.normal_(0, .1)
    x = torch.rand(2, 3, 64, 64)
    np.save(f'{folder}/{name}.inputs.npy', x.numpy())
    with torch.no_grad():
        torch.jit.trace(model, torch.rand(1, 3, 64, 64), check_trace=False).save(f'{folder}/{name}.traced.pt')
        scripted = torch.jit.script(model)
        scripted.save(f'{folder}/{name}.scripted.pt')
        first = lambda y: (y if torch.is_tensor(y) else y[0]).numpy()
        np.save(f'{folder}/{name}.logits64.npy', first(torch.jit.load(f'{folder}/{name}.traced.pt').double()(x.double())))
        frozen = torch.jit.freeze(scripted.eval())
        frozen.save(f'{folder}/{name}.frozen.pt')
        np.save(f'{folder}/{name}.frozen32.npy', first(frozen(x)))
)";

double relative_error(const at::Tensor& found, const at::Tensor& reference) {
  return ((found - reference).abs().max() / reference.abs().max()).item<double>();
}

TEST(ImportTorchvision, TracedScriptedAndFrozenClassifiersAgreeWithLibTorch) {
  const TemporaryFolder folder;
  const std::vector<std::string> names{"resnet18",   "squeezenet1_1",      "mobilenet_v3_small",
                                       "mnasnet0_5", "shufflenet_v2_x0_5", "googlenet"};
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ",") + name;
  if (!run_torch_python(
          "import sys, importlib.util as u; sys.exit(0) if u.find_spec('torchvision') else open(sys.argv[1] + '/none', 'w')",
          {folder.path()}) ||
      std::ifstream(folder.file("none")).good())
    GTEST_SKIP() << "needs a Python that has torchvision";
  ASSERT_TRUE(run_torch_python(make_files, {folder.path(), joined}));
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    const at::Tensor x = read_npy(folder.file(name + ".inputs.npy")).values.to(at::kDouble);
    const at::Tensor reference = read_npy(folder.file(name + ".logits64.npy")).values;
    const auto load = [&](const std::string& kind) {
      return Model::load(folder.file(name + "." + kind + ".pt")).network({3, 64, 64});
    };
    const Network traced = load("traced"), scripted = load("scripted"), frozen = load("frozen");
    EXPECT_LE(relative_error(traced.logits(x), reference), 1e-12);
    EXPECT_LE(relative_error(scripted.logits(x), reference), 1e-12);
    EXPECT_EQ(digest(traced.graph(), traced.parameters()), digest(scripted.graph(), scripted.parameters()));
    // Freezing folds batch norm in float32.
    EXPECT_LE(relative_error(frozen.logits(x), read_npy(folder.file(name + ".frozen32.npy")).values.to(at::kDouble)), 1e-4);
    EXPECT_EQ(traced.graph().frozen_batch, 0);
    EXPECT_EQ(frozen.graph().frozen_batch, 0);
    EXPECT_GE(frozen.graph().find("convolution_1.weight"), 0);
    if (name == "resnet18") {
      EXPECT_EQ(Model::load(folder.file(name + ".frozen.pt")).guess_input_shape(), (std::vector<int64_t>{3, 224, 224}));
    }
  }
}

}  // namespace
}  // namespace faultline
