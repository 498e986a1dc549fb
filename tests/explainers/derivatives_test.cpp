#include <gtest/gtest.h>

#include <set>

#include "core/random.h"
#include "explainers/explainer.h"
#include "explainers/point_list.h"
#include "models/small_nets.h"
#include "models/transforms.h"
#include "support/held_dataset.h"
#include "support/test_seed.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

at::Tensor noise(const std::vector<int64_t>& shape, uint32_t draw) {
  int64_t n = 1;
  for (const int64_t s : shape) n *= s;
  return at::tensor(RandomStream(testing::test_seed(), "test", 0).uniforms(draw, static_cast<size_t>(n)), at::kDouble)
      .reshape(shape);
}

Network smooth_cnn() { return with_softplus(small_cnn(1, 8, 8, 3, 11), 5); }

const std::vector<std::string>& differentiable_specs() {
  static const std::vector<std::string> specs = {"gradient",
                                                 "gradient:output=probability",
                                                 "gradient:output=log-probability",
                                                 "gradient:output=logit-contrast",
                                                 "gradient-x-input",
                                                 "integrated-gradients:steps=6",
                                                 "integrated-gradients:steps=5,quadrature=trapezoid,baseline=constant,value=0.4",
                                                 "integrated-gradients:steps=4,baseline=blur,blur-sigma=1.5",
                                                 "integrated-gradients:steps=4,multiply=0",
                                                 "smooth-grad:samples=4,sigma=0.1",
                                                 "smooth-grad:samples=3,inner=(integrated-gradients:steps=3)",
                                                 "smooth-grad-squared:samples=4,sigma=0.1",
                                                 "var-grad:samples=4,sigma=0.1",
                                                 "var-grad:samples=4,sigma=0.1,unbiased=1",
                                                 "lrp:rule=epsilon,epsilon=0.3",
                                                 "lrp:rule=z-plus",
                                                 "lrp:rule=gamma",
                                                 "lrp:rule=alpha-beta",
                                                 "lrp:rule=z-box",
                                                 "lrp:rule=z-plus,bias=absorb-uniform",
                                                 "lrp:rule=gamma,bias=absorb-proportional",
                                                 "lrp:rule=flat,upper=gamma",
                                                 "lrp:composite=epsilon-alpha2-beta1,output=softmax-contrast",
                                                 "lrp:rule=z-plus,max-pool=proportional,activation=gradient",
                                                 "deep-taylor:input=w-square",
                                                 "excitation-backprop:contrastive=1,positive=0",
                                                 "deep-lift",
                                                 "deep-lift:rule=reveal-cancel,baseline=constant,value=0.3",
                                                 "deep-lift:baseline=blur,blur-sigma=1.5",
                                                 "guided-backprop",
                                                 "deconvnet",
                                                 "grad-cam:relu=0,layer=conv1",
                                                 "grad-cam-plus-plus:relu=0,layer=conv1",
                                                 "guided-grad-cam:relu=0,layer=conv1"};
  return specs;
}

/// Central differences of <cotangent, R(x)> in a few random directions against pull_back.
TEST(PullBack, AgreesWithCentralDifferencesForEveryDifferentiableExplainer) {
  const Network network = smooth_cnn();
  const auto x = 0.2 + 0.6 * noise({2, 1, 8, 8}, 0);
  const auto cotangent = noise({2, 1, 8, 8}, 1) - 0.5;
  constexpr double h = 1e-6;
  for (const auto& spec : differentiable_specs()) {
    const auto explainer = explainers().make(spec);
    ASSERT_TRUE(explainer->traits().differentiable) << spec;
    const Samples samples = testing::samples_at(x, 1);
    const auto gradient = explainer->pull_back(network, samples, cotangent, {}, Context{});
    for (uint32_t direction = 2; direction < 5; ++direction) {
      const auto v = noise({2, 1, 8, 8}, direction) - 0.5;
      const auto value = [&](double t) {
        return (explainer->explain(network, samples.with_inputs(x + t * v), Context{}).maps * cotangent).flatten(1).sum(1);
      };
      const auto numeric = (value(h) - value(-h)) / (2 * h);
      const auto analytic = (gradient * v).flatten(1).sum(1);
      for (int64_t row = 0; row < 2; ++row) {
        const double a = analytic[row].item<double>(), b = numeric[row].item<double>();
        EXPECT_NEAR(a, b, 1e-6 + 1e-4 * std::abs(b)) << spec << " row " << row;
      }
    }
  }
}

TEST(ValueAndGradient, EqualsThePullBackOfTheLosssCotangent) {
  const Network network = smooth_cnn();
  const Samples samples = testing::samples_at(0.2 + 0.6 * noise({3, 1, 8, 8}, 0), 2);
  const MapLoss loss = [](const at::Tensor& maps, const std::vector<int64_t>& rows) {
    return maps.square().flatten(1).sum(1) * (1 + at::tensor(rows, at::kDouble));  // differs by row, so a mix-up shows
  };
  for (const auto& spec : differentiable_specs()) {
    const auto explainer = explainers().make(spec);
    const auto both = explainer->value_and_gradient(network, samples, loss, {}, Context{});
    const auto maps = explainer->explain(network, samples, Context{}).maps;
    // The weights of Grad-CAM++ have poles, 1 / (2 + G sum A): near one, maps made with and without a graph differ by more than
    // rounding.
    const double allowed = spec.find("plus-plus") == std::string::npos ? 1e-12 : 1e-10;
    EXPECT_LE((both.maps - maps).abs().max().item<double>(), allowed * std::max(1.0, maps.abs().max().item<double>())) << spec;
    const auto [value, cotangent] = loss_and_cotangent(maps, loss);
    EXPECT_LE((both.loss - value).abs().max().item<double>(), allowed * value.abs().max().item<double>()) << spec;
    const auto pulled = explainer->pull_back(network, samples, cotangent, {}, Context{});
    EXPECT_LE((both.gradient - pulled).abs().max().item<double>(), 1e-10 * pulled.abs().max().item<double>()) << spec;
    // Deconvnet has no mask, and sees the input through choices of maxima alone; a zero map stays zero.
    const bool changes = spec != "deconvnet" && maps.abs().max().item<double>() > 0;
    EXPECT_EQ(pulled.abs().max().item<double>() > 0, changes) << spec;
  }
}

/// attacks sheet 2.4: IG of f = x^T H x / 2 from zero is x o Hx / 2 with Jacobian (diag(Hx) + diag(x) H)/2.
TEST(PullBack, MatchesTheJacobiansOfAQuadraticForm) {
  GraphBuilder g({2});
  const int hx = g.linear("h", g.input(), testing::rows({{2, 1}, {1, 3}}));
  const int product = g.node(Op::mul, "xhx", {g.input(), hx});
  const int sum = g.node(Op::sum, "sum", {product}, {{"dims", std::vector<int64_t>{1}}, {"keepdim", true}});
  const Network f = g.finish(g.node(Op::mul, "half", {sum, g.scalar("factor", 0.5)}));
  const Samples at_x = testing::samples_at(testing::rows({{1, 2}}));
  const auto jacobian = [&](const std::string& spec) {
    std::vector<at::Tensor> out;
    for (const auto& row : {testing::rows({{1, 0}}), testing::rows({{0, 1}})}) {
      out.push_back(explainers().make(spec)->pull_back(f, at_x, row, {}, Context{})[0]);
    }
    return at::stack(out);
  };
  EXPECT_TRUE(jacobian("integrated-gradients:steps=10").allclose(testing::rows({{3, 0.5}, {1, 6.5}}), 1e-9));
  EXPECT_TRUE(jacobian("gradient-x-input").allclose(testing::rows({{6, 1}, {2, 13}}), 1e-9));
  EXPECT_TRUE(jacobian("gradient").allclose(testing::rows({{2, 1}, {1, 3}}), 1e-9));
}

TEST(PointSubset, IsAnUnbiasedEstimateOfThePullBack) {
  const Network network = smooth_cnn();
  const Samples samples = testing::samples_at(0.2 + 0.6 * noise({1, 1, 8, 8}, 0), 1);
  const auto cotangent = noise({1, 1, 8, 8}, 1) - 0.5;
  const auto explainer = explainers().make("integrated-gradients:steps=7");
  const auto whole = explainer->pull_back(network, samples, cotangent, {}, Context{});
  auto mean = at::zeros_like(whole);
  constexpr uint32_t kDraws = 400;
  for (uint32_t draw = 0; draw < kDraws; ++draw)
    mean += explainer->pull_back(network, samples, cotangent, {3, 5, draw}, Context{}) / double(kDraws);
  // One draw's spread is of the order of the value itself; 400 draws bring it to a few percent.
  EXPECT_LE((mean - whole).norm().item<double>(), 0.05 * whole.norm().item<double>());
  const auto one = explainer->pull_back(network, samples, cotangent, {3, 5, 0}, Context{});
  EXPECT_GT((one - whole).norm().item<double>(), 1e-6 * whole.norm().item<double>());
}

TEST(PointList, CoversEveryStratumOnceAndItsScalesAddUp) {
  const Network network = small_cnn(1, 8, 8, 3, 11);
  const Samples one = testing::samples_at(0.2 + 0.6 * noise({1, 1, 8, 8}, 0), 1);
  for (const int64_t m : {5, 20, 23}) {
    for (const int64_t s : {1, 3, 5}) {
      double total = 0;
      int64_t last = -1;
      for (const auto& chunk : chunks_of_points(network, one, m, {s, 3, 9}, Context{})) {
        for (int64_t i = 0; i < chunk.size(); ++i) {
          EXPECT_GT(chunk.indices[i], last);
          EXPECT_LT(chunk.indices[i], m);
          last = chunk.indices[i];
          total += chunk.scales[i];
        }
      }
      EXPECT_EQ(total, static_cast<double>(m));
    }
  }
}

TEST(PointList, CutsTheSamplesPointsIntoWholeBlocksAndGivesEachASlotOfItsOwn) {
  const Network network = small_cnn(1, 8, 8, 3, 11);  // blocks of 16
  Samples samples = testing::samples_at(0.2 + 0.6 * noise({5, 1, 8, 8}, 0), 1);
  samples.slots = {3, 4, 5, 6, 7};
  Context context;
  context.chunk_elements = 64 * 20;  // 20 inputs, rounded up to 32
  std::vector<std::pair<int64_t, int64_t>> seen;
  std::set<int64_t> slots;
  const auto chunks = chunks_of_points(network, samples, 10, {}, context);
  for (const auto& chunk : chunks) {
    EXPECT_EQ(chunk.size(), &chunk == &chunks.back() ? 18 : 32);
    for (int64_t i = 0; i < chunk.size(); ++i) seen.emplace_back(chunk.rows[i], chunk.indices[i]);
    for (const int64_t slot : samples_at_points(samples, chunk, 10, rows_of_points(samples.inputs, chunk)).slots)
      slots.insert(slot);
  }
  ASSERT_EQ(seen.size(), 50u);
  for (int64_t i = 0; i < 50; ++i) EXPECT_EQ(seen[i], std::make_pair(i / 10, i % 10));
  EXPECT_EQ(slots.size(), 50u);
  EXPECT_EQ(*slots.begin(), 30);
  EXPECT_EQ(*slots.rbegin(), 79);
}

TEST(Gradient, OfAReluNetworkHasNoDerivativeAndItsSurrogateHas) {
  const Network relu = small_cnn(1, 8, 8, 3, 11);
  const Samples samples = testing::samples_at(0.2 + 0.6 * noise({1, 1, 8, 8}, 0), 1);
  const auto cotangent = noise({1, 1, 8, 8}, 1) - 0.5;
  const auto explainer = explainers().make("gradient");
  EXPECT_EQ(explainer->pull_back(relu, samples, cotangent, {}, Context{}).abs().max().item<double>(), 0);
  EXPECT_GT(explainer->pull_back(smooth_cnn(), samples, cotangent, {}, Context{}).abs().max().item<double>(), 0);
}

TEST(Explainers, GiveASampleTheSameMapWhateverIsExplainedBesideIt) {
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    const Network network = to(testing::pooled_network(12), dtype);
    const Samples all = testing::samples_at(noise({9, 1, 12, 12}, 0).to(dtype), 1);
    for (const auto& name : explainers().standalone_names()) {
      const auto explainer = explainers().make(name);
      if (explainer->traits().needs_fitting) explainer->fit(network, testing::HeldDataset(all.inputs), Context{});
      const auto together = explainer->explain(network, all, Context{}).maps;
      for (const int64_t row : {0, 4, 8}) {
        EXPECT_TRUE(explainer->explain(network, all.select({row}), Context{}).maps[0].equal(together[row]))
            << name << " row " << row;
      }
    }
  }
}

}  // namespace
}  // namespace faultline
