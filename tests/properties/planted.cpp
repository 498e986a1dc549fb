#include "planted.h"

#include <atomic>

#include "explainers/relevance/ledger.h"

namespace faultline::testing {
namespace {

const char* const kIntegrated = "integrated-gradients:steps=10";

}  // namespace

std::vector<Defect> planted_defects() {
  std::vector<Defect> out;
  const auto plant = [&](const std::string& name, const std::string& spec, const Claim& claim, Planted::Change change,
                         Planted::Before before = {}, at::ScalarType dtype = at::kDouble) {
    out.push_back({name, claim.axiom,
                   std::make_shared<Planted>(spec, std::vector<Claim>{claim}, std::move(change), std::move(before)), dtype});
  };
  const Claim complete{"completeness", 0.05, "planted"}, conservative{"conservativity", 1e-4, "planted"};

  plant("wrong sign", kIntegrated, complete, [](Explanation* e, const Network&, const Samples&) { e->maps = -e->maps; });
  // gradient-x-input of a ReLU network is that of its active part; deconvnet's gates are not the gradient's.
  plant("missing ReLU mask", "deconvnet", conservative,
        [](Explanation* e, const Network&, const Samples& samples) { e->maps = e->maps * samples.inputs; });
  plant("dropped baseline term", "integrated-gradients:steps=10,baseline=constant,value=0.4,multiply=0", complete,
        [](Explanation* e, const Network&, const Samples& samples) { e->maps = e->maps * samples.inputs; });
  plant("off-by-one target", kIntegrated, complete, {}, [](const Network& network, const Samples& samples) {
    Samples other = samples;
    other.targets = (samples.targets + 1).remainder(network.classes());
    return other;
  });
  plant("bias relevance of one layer not booked", "lrp:rule=epsilon", {"conservativity-with-ledger", 1e-5, "planted"},
        [](Explanation* e, const Network& network, const Samples&) {
          if (!e->ledger) return;
          auto copy = std::make_shared<Ledger>(*e->ledger);
          for (int node = 0; node < copy->nodes(); ++node) {
            const at::Tensor bias = copy->of(node, LedgerColumn::bias);
            if (bias.abs().max().item<double>() == 0) continue;
            bias.zero_();
            break;
          }
          e->ledger = copy;
        });
  out.back().needs_bias = true;
  plant("a tiny negative pixel", "smooth-grad-squared:samples=4", {"positivity", 1e-6, "planted"},
        [](Explanation* e, const Network&, const Samples&) {
          const at::Tensor flat = e->maps.flatten(1);
          flat.select(1, 0).copy_(-1e-5 * flat.amax(1));
        });
  auto calls = std::make_shared<std::atomic<int>>(0);
  plant("draws that no seed repeats", "gradient", {"determinism", 0, "planted"},
        [calls](Explanation* e, const Network&, const Samples&) { e->maps = e->maps * (1 + 1e-6 * ++*calls); });
  plant("ignores the target", "gradient", {"target-dependence", 0, "planted"}, {}, [](const Network&, const Samples& samples) {
    Samples other = samples;
    other.targets = at::zeros_like(samples.targets);
    return other;
  });
  plant("mixes samples of a batch", "gradient", {"batch-independence", 1e-5, "planted"},
        [](Explanation* e, const Network&, const Samples&) { e->maps = e->maps + 1e-3 * e->maps.mean(0, true); });
  plant("relevance lost in the padding", kIntegrated, complete, [](Explanation* e, const Network&, const Samples&) {
    // Two rows and columns of the border went to what padding added.
    const int64_t h = e->maps.size(-2), w = e->maps.size(-1);
    at::Tensor inside = at::zeros_like(e->maps);
    const auto part = [&](const at::Tensor& of) { return of.narrow(-2, 2, h - 4).narrow(-1, 2, w - 4); };
    part(inside).copy_(part(e->maps));
    e->maps = inside;
  });
  plant(
      "right in float64 only", kIntegrated, complete,
      [](Explanation* e, const Network&, const Samples&) {
        if (e->maps.scalar_type() == at::kFloat) e->maps = e->maps * 1.2;
      },
      {}, at::kFloat);
  plant("divides by the input's spread", kIntegrated, complete, [](Explanation* e, const Network&, const Samples& samples) {
    const at::Tensor spread = samples.inputs.flatten(1).std(1, false);
    std::vector<int64_t> shape(static_cast<size_t>(samples.inputs.dim()), 1);
    shape[0] = samples.size();
    e->maps = e->maps / spread.reshape(shape) * spread.reshape(shape);
  });
  return out;
}

}  // namespace faultline::testing
