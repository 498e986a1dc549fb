// Multiplier walks against loops over dense tables: DeepLIFT by its two rules, guided backpropagation, deconvnet.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "explainers/dense_chain.h"
#include "explainers/explainer.h"
#include "models/plan_generator.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::DenseChain;
using testing::DenseLayer;
using testing::Numbers;

constexpr int64_t kTarget = 1;

double relu(double z) { return std::max(z, 0.0); }
double quotient(double a, double b) { return b == 0 ? 0 : a / b; }

/// Pre-activations of every layer and what every layer reads.
struct Forward {
  std::vector<Numbers> a, z;
};
Forward forward(const DenseChain& chain, const Numbers& x) {
  Forward out;
  Numbers a = x;
  for (const DenseLayer& layer : chain.layers) {
    out.a.push_back(a);
    out.z.push_back(layer.values(a));
    a = out.z.back();
    for (double& value : a) value = relu(value);
  }
  return out;
}

/// W^T m.
Numbers pulled(const DenseLayer& layer, const Numbers& m) {
  Numbers out(layer.inputs);
  for (size_t j = 0; j < layer.units; ++j) {
    for (size_t i = 0; i < layer.inputs; ++i) out[i] += layer.w(i, j) * m[j];
  }
  return out;
}

Numbers at_target() {
  Numbers out(3);
  out[kTarget] = 1;
  return out;
}

/// From 1 at the target down to the input; gate(u, z): what goes on from a ReLU with input z at whose output u arrives.
template <class Gate>
Numbers gated(const DenseChain& chain, const Numbers& x, const Gate& gate) {
  const Forward f = forward(chain, x);
  Numbers m = at_target();
  for (size_t l = chain.layers.size(); l-- > 0;) {
    m = pulled(chain.layers[l], m);
    if (l == 0) break;
    for (size_t i = 0; i < m.size(); ++i) m[i] = gate(m[i], f.z[l - 1][i]);
  }
  return m;
}

/// Shrikumar 2017: m d_out / d_in at every ReLU.
Numbers rescaled(const DenseChain& chain, const Numbers& x, const Numbers& x0) {
  const Forward f = forward(chain, x), f0 = forward(chain, x0);
  Numbers m = at_target();
  for (size_t l = chain.layers.size(); l-- > 0;) {
    m = pulled(chain.layers[l], m);
    for (size_t i = 0; i < m.size(); ++i) {
      if (l == 0) {
        m[i] *= x[i] - x0[i];
        continue;
      }
      const double z = f.z[l - 1][i], z0 = f0.z[l - 1][i];
      m[i] *= z == z0 ? z > 0 : (relu(z) - relu(z0)) / (z - z0);
    }
  }
  return m;
}

/// One layer and the ReLU behind it under RevealCancel (relevance sheet 11): multipliers m of the ReLU's outputs to those of the
/// layer's inputs, whose differences are d.
Numbers revealed(const DenseLayer& layer, const Numbers& d, const Numbers& z0, const Numbers& m) {
  Numbers out(layer.inputs);
  for (size_t j = 0; j < layer.units; ++j) {
    double up = 0, down = 0;
    for (size_t i = 0; i < layer.inputs; ++i) {
      const double part = layer.w(i, j) * d[i];
      (part > 0 ? up : down) += part;
    }
    const double z = z0[j];
    const double f_up = (relu(z + up) - relu(z) + relu(z + down + up) - relu(z + down)) / 2;
    const double f_down = (relu(z + down) - relu(z) + relu(z + up + down) - relu(z + up)) / 2;
    const double m_up = m[j] * quotient(f_up, up), m_down = m[j] * quotient(f_down, down);
    for (size_t i = 0; i < layer.inputs; ++i) {
      const double w = layer.w(i, j);
      if (d[i] == 0) {
        out[i] += w * (m_up + m_down) / 2;
      } else {
        out[i] += w * d[i] > 0 ? w * m_up : w * m_down;
      }
    }
  }
  return out;
}

Numbers reveal_cancelled(const DenseChain& chain, const Numbers& x, const Numbers& x0) {
  const Forward f = forward(chain, x), f0 = forward(chain, x0);
  Numbers m = pulled(chain.layers.back(), at_target());
  for (size_t l = chain.layers.size(); l-- > 0;) {
    Numbers d = f.a[l];
    for (size_t i = 0; i < d.size(); ++i) d[i] -= f0.a[l][i];
    if (l + 1 < chain.layers.size()) m = revealed(chain.layers[l], d, f0.z[l], m);
    if (l > 0) continue;
    for (size_t i = 0; i < m.size(); ++i) m[i] *= d[i];
  }
  return m;
}

/// Differences cancel where x and x0 nearly agree behind a layer, a few digits of sixteen; weights and inputs are of order 1.
constexpr double kRounding = 1e-11;

void expect_rows(const std::string& spec, const DenseChain& chain, const std::function<Numbers(const Numbers&)>& expected) {
  const at::Tensor maps = explainers().make(spec)->explain(chain.network, testing::samples_at(chain.inputs, kTarget), {}).maps;
  for (int64_t row = 0; row < maps.size(0); ++row) {
    const at::Tensor wanted = at::tensor(expected(testing::numbers_of(chain.inputs[row])), at::kDouble);
    const double gap = (maps[row].flatten() - wanted).abs().max().item<double>();
    if (!(gap <= kRounding * wanted.abs().max().clamp_min(0.01).item<double>())) {
      std::ostringstream said;
      said << spec << " gives " << maps[row] << ", not " << wanted;
      RC_FAIL(said.str());
    }
  }
}

RC_GTEST_PROP(DeepLift, IsTheProductOfItsMultipliers, ()) {
  const DenseChain chain = *testing::arbitrary_chain();
  for (const auto& [keys, value] : {std::pair{"", 0.0}, {",baseline=constant,value=0.3", 0.3}}) {
    const Numbers x0(chain.layers[0].inputs, value);
    expect_rows(std::string("deep-lift:rule=rescale") + keys, chain, [&](const Numbers& x) { return rescaled(chain, x, x0); });
    expect_rows(std::string("deep-lift:rule=reveal-cancel") + keys, chain,
                [&](const Numbers& x) { return reveal_cancelled(chain, x, x0); });
  }
}

/// Summation to delta, with overlapping windows, sums and batch norm between (conventions 8).
RC_GTEST_PROP(DeepLift, SumsToTheDifferenceOnRandomNetworks, ()) {
  const auto plan = *arbitrary_network_plan();
  const Network network = network_of(plan);
  const Samples samples = testing::samples_at(inputs_of(plan, 3), kTarget);
  const at::Tensor change = (network.logits(samples.inputs) - network.logits(at::zeros_like(samples.inputs))).select(1, kTarget);
  for (const char* spec : {"deep-lift", "deep-lift:rule=reveal-cancel"}) {
    const at::Tensor maps = explainers().make(spec)->explain(network, samples, Context{}).maps.flatten(1);
    const at::Tensor scale = at::maximum(change.abs(), 1e-3 * maps.abs().sum(1)).clamp_min(1e-6);
    const double gap = ((maps.sum(1) - change).abs() / scale).max().item<double>();
    if (!(gap <= 1e-9)) RC_FAIL(std::string(spec) + " misses the difference by " + std::to_string(gap) + " of it");
  }
}

RC_GTEST_PROP(ModifiedBackprop, IsTheChainRuleWithAnotherGate, ()) {
  const DenseChain chain = *testing::arbitrary_chain();
  expect_rows("gradient", chain,
              [&](const Numbers& x) { return gated(chain, x, [](double u, double z) { return z > 0 ? u : 0; }); });
  expect_rows("guided-backprop", chain,
              [&](const Numbers& x) { return gated(chain, x, [](double u, double z) { return z > 0 ? relu(u) : 0; }); });
  expect_rows("deconvnet", chain, [&](const Numbers& x) { return gated(chain, x, [](double u, double) { return relu(u); }); });
}

}  // namespace
}  // namespace faultline
