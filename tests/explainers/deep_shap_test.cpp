#include <gtest/gtest.h>

#include "explainers/explainer.h"
#include "models/small_nets.h"
#include "models/transforms.h"
#include "support/gradcheck.h"
#include "support/held_dataset.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::rows;

std::unique_ptr<Explainer> fitted(const std::string& spec, const Network& network, const at::Tensor& baselines) {
  auto explainer = explainers().make(spec);
  explainer->fit(network, testing::HeldDataset(baselines), {});
  return explainer;
}

/// N1 of the relevance sheet, section 18.7.
Network n1() {
  GraphBuilder g({2});
  const int z = g.linear("fc1", g.input(), rows({{2, 1}, {-1, 1}, {1, -2}}), at::tensor({-1.0, 0.0, 1.0}, at::kDouble));
  return g.finish(g.linear("fc2", g.node(Op::relu, "relu", {z}), rows({{2, -1, 3}}), at::tensor({1.0}, at::kDouble)));
}

TEST(DeepShap, IsTheMeanOverBaselines) {
  const Samples x = testing::samples_at(rows({{1, 2}}));
  const at::Tensor both = fitted("deep-shap", n1(), rows({{0, 0}, {1, 0}}))->explain(n1(), x, {}).maps;
  EXPECT_LE((both - rows({{2.5, -3}})).abs().max().item<double>(), 1e-12) << both;
  // The first of them alone, and the first as a cheap version of both.
  const at::Tensor one = fitted("deep-shap:baselines=1", n1(), rows({{0, 0}, {1, 0}}))->explain(n1(), x, {}).maps;
  EXPECT_LE((one - rows({{5, -3}})).abs().max().item<double>(), 1e-12) << one;
  const auto all = fitted("deep-shap", n1(), rows({{0, 0}, {1, 0}}));
  EXPECT_TRUE(all->with_points(1)->explain(n1(), x, {}).maps.equal(one));
}

TEST(DeepShap, SumsToTheDifferenceFromTheMeanOutput) {
  const Network network = small_cnn(1, 8, 8, 3, 11);
  const at::Tensor baselines = testing::uniform({5, 1, 8, 8}, 0, 1, 2), x = testing::uniform({4, 1, 8, 8}, 0, 1, 3);
  const at::Tensor maps = fitted("deep-shap", network, baselines)->explain(network, testing::samples_at(x, 2), {}).maps;
  const at::Tensor change = network.logits(x).select(1, 2) - network.logits(baselines).select(1, 2).mean();
  EXPECT_LE((maps.flatten(1).sum(1) - change).abs().max().item<double>(), 1e-12);
}

TEST(DeepShap, HasTheDerivativeOfItsMapAndSubsetsOfItAreUnbiased) {
  const Network network = with_softplus(small_cnn(1, 8, 8, 3, 11), 3);
  const at::Tensor baselines = testing::uniform({3, 1, 8, 8}, 0, 1, 2), x = testing::uniform({1, 1, 8, 8}, 0, 1, 3);
  const at::Tensor cotangent = testing::normal({1, 1, 8, 8}, 5);
  const auto explainer = fitted("deep-shap", network, baselines);
  const Samples samples = testing::samples_at(x, 1);
  const at::Tensor product = explainer->pull_back(network, samples, cotangent, {}, {}).reshape({-1});
  const double h = 1e-5, scale = product.abs().max().item<double>();
  for (const int64_t i : {9, 27, 36}) {
    const auto value = [&](double step) {
      at::Tensor moved = x.clone();
      moved.view({-1})[i] += step;
      return (explainer->explain(network, testing::samples_at(moved, 1), {}).maps * cotangent).sum().item<double>();
    };
    EXPECT_NEAR(product[i].item<double>(), (value(h) - value(-h)) / (2 * h), 1e-7 * scale) << i;
  }
  // Every baseline is drawn: the three possible subsets of two average to the whole.
  std::map<double, at::Tensor> seen;
  for (uint32_t draw = 0; draw < 40; ++draw) {
    const at::Tensor part = explainer->pull_back(network, samples, cotangent, {2, 1, draw}, {});
    seen[part.sum().item<double>()] = part;
  }
  ASSERT_EQ(seen.size(), 3u);
  at::Tensor sum = at::zeros_like(x);
  for (const auto& [key, part] : seen) sum += part / 3;
  EXPECT_LE((sum.reshape({-1}) - product).abs().max().item<double>(), 1e-10 * scale);
}

}  // namespace
}  // namespace faultline
