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

/// Small scripted modules, one for each part of the language and each family of operations that the reference models do not have.
/// Every one is run by LibTorch in float64 for its reference.
const char* const modules = R"(
import sys, numpy as np, torch, torch.nn.functional as F
from typing import Dict, List, Optional
nn = torch.nn
class PartWrites(nn.Module):
    def forward(self, x):
        y = x * 2
        y[:, 1:3].mul_(3)
        y[:, 0] = x[:, 3]
        y[:, 4].zero_()
        return y
class Aliases(nn.Module):
    def forward(self, x):
        y = x + 1
        z = y
        z.relu_()
        return y * x
class Loops(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(6, 6) for _ in range(3)])
    def forward(self, x):
        seen: List[torch.Tensor] = []
        for i, layer in enumerate(self.layers):
            if i % 2 == 0:
                x = torch.tanh(layer(x))
            else:
                x = layer(x)
            seen.append(x)
        named: Dict[str, torch.Tensor] = {'first': seen[0]}
        named['last'] = seen[-1]
        return torch.cat(seen, 1)[:, ::2] + named['first'].repeat(1, 2)[:, :9] - named['last'].sum(1, keepdim=True)
class Chooses(nn.Module):
    def forward(self, x, scale: Optional[float] = None, times: int = 2):
        if scale is None:
            scale = 0.5
        return x * scale * float(times) if x.dim() == 2 and x.size(0) > 0 else -x
class Sums(nn.Module):
    def forward(self, x):
        v = x.view(x.size(0), 2, 3)
        a = v.var(2) + v.std(1, unbiased=False)[:, :2] + v.norm(2.0, [2]) + v.norm(1.0, [2]) + torch.logsumexp(v, [2])
        b = v.amax([2]) - v.min(2)[0] + torch.max(v, 2)[0] + F.normalize(v, dim=2).sum(2)
        return a + b
class Activates(nn.Module):
    def forward(self, x):
        y = F.selu(x) + F.celu(x, 0.7) + F.elu(x, 0.3) + F.softsign(x) + F.mish(x) + F.hardswish(x) + F.hardsigmoid(x) + F.logsigmoid(x)
        y = y + F.softshrink(x, 0.2) + F.tanhshrink(x) + F.leaky_relu(x, 0.3) + F.gelu(x, approximate='tanh') + torch.expm1(x) + torch.log1p(x.abs())
        return y + torch.square(x) + F.threshold(x, 0.1, -1.0) + torch.rsqrt(x.abs() + 1) + torch.rsub(x, 2, alpha=3) + torch.add(x, x, alpha=2)
class Splits(nn.Module):
    def forward(self, x):
        a, b, c = torch.chunk(x, 3, 1)
        d, e = torch.split(x, [4, 2], 1)
        f = torch.tensor_split(x, 4, 1)
        return torch.cat([a * b, c, d[:, 1:], e, f[0], torch.flip(x, [1]), torch.roll(x, 2, 1), F.glu(x, 1), x.unbind(1)[2].unsqueeze(1)], 1)
class Frames(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.ConvTranspose2d(1, 2, 3, stride=2, padding=1, output_padding=1)
        self.same = nn.Conv2d(2, 4, (2, 3), padding='same', dilation=(1, 2))
        self.norm = nn.InstanceNorm2d(4, affine=True)
    def forward(self, x):
        y = self.same(self.up(x.view(-1, 1, 2, 3)))
        y = F.pixel_shuffle(self.norm(y), 2)
        y = F.interpolate(y, scale_factor=2.0, mode='bilinear', align_corners=False) + F.interpolate(y, size=[16, 24])
        z = F.interpolate(y, scale_factor=[1.3, 0.7], mode='bilinear').mean([2, 3]) + F.interpolate(y, scale_factor=1.7)[:, :, 5, 3]
        z = z + F.interpolate(y.flatten(2), size=11, mode='linear').sum(2)
        y = F.pad(y, [1, 2, 0, 1], mode='reflect') + F.pad(y, [1, 2, 0, 1], mode='replicate') + F.pad(y, [1, 2, 0, 1], value=0.5)
        y = F.adaptive_avg_pool2d(F.max_pool2d(y, 3, 2, 1, ceil_mode=True), [3, 5]) + F.adaptive_max_pool2d(F.avg_pool2d(y, [3], ceil_mode=True, count_include_pad=False), 4)[:, :, :3].mean(3, keepdim=True)
        return torch.cat([y.flatten(1), z], 1)
class Products(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.rand(6, 5))
        self.bias = nn.Parameter(torch.rand(5))
        self.table = nn.Parameter(torch.rand(4, 5))
        self.register_buffer('places', torch.tensor([0, 3, 3, 1, 2]))
    def forward(self, x):
        y = torch.addmm(self.bias, x, self.weight, beta=0.5, alpha=2.0) + x @ self.weight
        v = x.view(-1, 2, 3)
        e = torch.einsum('nij,nkj->nik', v, v).flatten(1) + torch.einsum('nij->nji', torch.bmm(v, v.transpose(1, 2))).reshape(-1, 4)
        mask = torch.ones(4).cumsum(0) > 2.5
        return torch.cat([y @ self.table[self.places].t(), e.masked_fill(mask, -2.0), torch.where(mask, e, e * 2), F.embedding(self.places, self.table).sum() * x], 1)
class Attends(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True)
    def forward(self, x):
        s = torch.stack([x, x * 2, x.cos()], 1)
        return self.attention(s, s, s, need_weights=False)[0].mean(1)
class Sized(nn.Module):
    def forward(self, x):
        n = x.size(0)
        zeros = x.new_zeros(n, 2)
        grid = (torch.arange(6) + 1) ** -0.5
        ones = torch.ones_like(x) * grid
        return torch.cat([zeros, ones, x.reshape(n * 2, 3).reshape(n, x.numel() // n), torch.zeros(n, 1).expand(-1, 3) + x[:, :3]], 1)
class Traced(nn.Module):
    def __init__(self):
        super().__init__()
        self.even = nn.Conv1d(2, 3, 4, padding='same')
        self.odd = nn.Conv2d(3, 4, (1, 3), padding='same', dilation=2)
        self.bare = nn.Conv2d(3, 4, (1, 3), padding='valid')
    def forward(self, x):
        y = self.even(x.view(-1, 2, 3)).unsqueeze(2)
        return torch.cat([self.odd(y).flatten(1), self.bare(y).flatten(1)], 1)
torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
for kind in (PartWrites, Aliases, Loops, Chooses, Sums, Activates, Splits, Frames, Products, Attends, Sized, Traced):
    m = kind().double().eval()
    x = torch.randn(4, 6)
    f = torch.jit.trace(m, x) if kind is Traced else torch.jit.script(m)
    path = sys.argv[1] + '/' + kind.__name__
    f.save(path + '.pt')
    with torch.no_grad(): np.save(path + '.npy', f(x.clone()).numpy())
    np.save(sys.argv[1] + '/x.' + kind.__name__ + '.npy', x.numpy())
)";

TEST(ImportSemantics, WhatTheLanguageMeansIsWhatTheGraphComputes) {
  const TemporaryFolder folder;
  std::ofstream(folder.file("models.py")) << modules;  // torch.jit.script reads the source, so it has to lie in a file
  if (!run_torch_python("import runpy, sys; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='models')",
                        {folder.file("models.py"), folder.path()}))
    GTEST_SKIP() << "needs a Python that has torch";
  for (const std::string name : {"PartWrites", "Aliases", "Loops", "Chooses", "Sums", "Activates", "Splits", "Frames", "Products",
                                 "Attends", "Sized", "Traced"}) {
    SCOPED_TRACE(name);
    const at::Tensor x = read_npy(folder.file("x." + name + ".npy")).values,
                     reference = read_npy(folder.file(name + ".npy")).values;
    try {
      const Network network = Model::load(folder.file(name + ".pt")).network({6});
      EXPECT_EQ(network.graph().frozen_batch, 0) << network.graph().notes.back();
      const at::Tensor found = network.logits(x);
      ASSERT_EQ(found.sizes(), reference.sizes());
      EXPECT_LE((found - reference).abs().max().item<double>(), 1e-12 * std::max(1.0, reference.abs().max().item<double>()));
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }
}

}  // namespace
}  // namespace faultline
