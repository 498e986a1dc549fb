#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/error.h"
#include "explainers/explainer.h"
#include "explainers/linear_region.h"
#include "explainers/relevance/ledger.h"
#include "models/blocks.h"
#include "models/model.h"
#include "models/plan_generator.h"
#include "models/small_nets.h"
#include "models/transforms.h"
#include "support/gradcheck.h"
#include "support/shared.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::rows;

Explanation explained(const std::string& spec, const Network& network, const at::Tensor& x, int64_t target = 0) {
  Samples samples = testing::samples_at(x, target);
  samples.runners_up = at::full({x.size(0)}, target == 0 ? 1 : 0, at::kLong);
  return explainers().make(spec)->explain(network, samples, Context{});
}

double largest(const std::vector<double>& values) { return *std::max_element(values.begin(), values.end()); }

/// N1 of the relevance sheet with its two classes.
Network n1() {
  GraphBuilder g({2});
  const int z = g.linear("fc1", g.input(), rows({{2, 1}, {-1, 1}, {1, -2}}), at::tensor({-1.0, 0.0, 1.0}, at::kDouble));
  return g.finish(
      g.linear("fc2", g.node(Op::relu, "relu", {z}), rows({{2, -1, 3}, {-1, 2, 1}}), at::tensor({1.0, 0.0}, at::kDouble)));
}

/// One activation of every kind with kinks, maxima of both sorts, an average and a residual sum.
Network network_of_kinks() {
  GraphBuilder g({2, 6, 6});
  const auto numbers = [](int64_t n, double step) { return at::sin(at::arange(n, at::kDouble) * step); };
  int v = g.convolution("conv", g.input(), numbers(108, 1.3).reshape({6, 2, 3, 3}), numbers(6, 0.7), 1, 1);
  v = g.node(Op::leaky_relu, "leaky", {v}, {{"slope", 0.1}});
  v = g.node(Op::max_pool, "pool", {v},
             {{"kernel", std::vector<int64_t>{3, 3}},
              {"stride", std::vector<int64_t>{2, 2}},
              {"padding", std::vector<int64_t>{1, 1}},
              {"dilation", std::vector<int64_t>{1, 1}},
              {"ceil_mode", false}});
  const int w = g.convolution("conv2", v, numbers(324, 0.9).reshape({6, 6, 3, 3}) / 3, numbers(6, 0.4), 1, 1);
  v = g.node(Op::add, "sum", {v, g.node(Op::relu6, "relu6", {w})});
  v = g.node(Op::maximum, "larger", {v, g.node(Op::abs, "abs", {w})});
  v = g.node(Op::clamp, "clamp", {v}, {{"low", -0.5}, {"high", 3.0}});
  v = g.node(Op::hardsigmoid, "gate", {v});
  v = g.node(Op::adaptive_max_pool, "adaptive", {v}, {{"size", std::vector<int64_t>{2, 2}}});
  v = g.linear("fc", g.flatten("flat", v, 24), numbers(192, 1.7).reshape({8, 24}), numbers(8, 0.3));
  v = g.node(Op::prelu, "prelu", {v, g.parameter("slopes", numbers(8, 0.5).abs())});
  return g.finish(g.linear("out", v, numbers(24, 2.1).reshape({3, 8}), numbers(3, 0.2)));
}

TEST(OpenBox, GivesTheSheetsCoefficientsBiasesAndFaces) {
  const auto x = rows({{1, 2}});
  const auto first = explained("open-box:faces=4", n1(), x), second = explained("open-box", n1(), x, 1);
  EXPECT_TRUE(first.maps.equal(rows({{5, 1}})));
  EXPECT_TRUE(second.maps.equal(rows({{-4, 1}})));
  EXPECT_NEAR(first.figures.at("bias")[0], -1, 1e-12);
  EXPECT_NEAR(second.figures.at("bias")[0], 1, 1e-12);
  EXPECT_LE(first.figures.at("identity-error")[0], 1e-12);
  EXPECT_NEAR(first.figures.at("face-distance-1")[0], 1 / std::sqrt(2), 1e-12);
  EXPECT_NEAR(first.figures.at("face-distance-2")[0], 2 / std::sqrt(5), 1e-12);
  EXPECT_NEAR(first.figures.at("face-distance-3")[0], 3 / std::sqrt(5), 1e-12);
  EXPECT_EQ(first.figures.at("face-distance-4")[0], std::numeric_limits<double>::infinity());
  const auto difference = explained("open-box:output=logit-difference", n1(), x);
  EXPECT_TRUE(difference.maps.equal(rows({{9, 0}})));
  EXPECT_NEAR(difference.figures.at("bias")[0], -2, 1e-12);
}

/// The bias comes from a forward evaluation of the region's map, the map from a backward walk.
RC_GTEST_PROP(OpenBox, AddsUpOnRandomNetworks, ()) {
  const auto plan = *arbitrary_network_plan();
  const Network network = network_of(plan);
  const auto explanation = explained("open-box", network, inputs_of(plan, 3), 2);
  RC_ASSERT(largest(explanation.figures.at("identity-error")) <= 1e-11);
}

TEST(OpenBox, AddsUpThroughEveryKindOfKink) {
  for (const char* output : {"logit", "logit-difference", "logit-contrast"}) {
    const auto explanation =
        explained(std::string("open-box:output=") + output, network_of_kinks(), testing::uniform({6, 2, 6, 6}, 0, 1, 3));
    EXPECT_LE(largest(explanation.figures.at("identity-error")), 1e-12) << output;
  }
}

/// Relevance sheet 14: the bias is what leaks to biases under LRP's rule `zero`, which is computed by other code again.
TEST(OpenBox, HasTheBiasThatLeaksUnderTheZeroRule) {
  const Network network = small_cnn(1, 8, 8, 3, 11);
  std::vector<at::Tensor> parameters = network.parameters();
  for (at::Tensor& p : parameters) {
    if (p.dim() == 1) p = testing::uniform(p.sizes().vec(), -0.3, 0.3, 2);
  }
  const Network biased = with_parameters(network, parameters);
  const at::Tensor x = testing::uniform({4, 1, 8, 8}, 0, 1, 5);
  Context context;
  context.ledger = true;
  const Samples samples = testing::samples_at(x, 1);
  const auto zero = explainers().make("lrp:rule=zero")->explain(biased, samples, context);
  const auto box = explainers().make("open-box")->explain(biased, samples, context);
  for (int64_t row = 0; row < 4; ++row) {
    EXPECT_NEAR(box.figures.at("bias")[static_cast<size_t>(row)], zero.ledger->total(LedgerColumn::bias)[row].item<double>(),
                1e-10);
  }
}

/// What "region" means: the map is the same all through the ball of the nearest face, and the map's equation holds there. Just
/// beyond the face it is another.
TEST(OpenBox, HasOneMapInTheBallOfItsNearestFaceAndAnotherBeyond) {
  for (const Network& network : {network_of_kinks(), small_cnn(2, 6, 6, 3, 4)}) {
    const at::Tensor x = testing::uniform({3, 2, 6, 6}, 0, 1, 8);
    const auto clean = explained("open-box:faces=1", network, x);
    for (int64_t row = 0; row < 3; ++row) {
      const double radius = clean.figures.at("face-distance-1")[static_cast<size_t>(row)];
      ASSERT_EQ(clean.figures.at("faces-touched")[static_cast<size_t>(row)], 0);
      ASSERT_LT(radius, 1);
      const at::Tensor here = x.slice(0, row, row + 1);
      const auto change = [&](double distance) {
        at::Tensor directions = testing::normal({200, 2, 6, 6}, 31);
        directions = directions / directions.flatten(1).norm(2, 1).reshape({200, 1, 1, 1});
        const auto moved = explained("open-box", network, here + distance * directions).maps;
        return (moved - clean.maps.slice(0, row, row + 1)).abs().max().item<double>();
      };
      EXPECT_LE(change(0.999 * radius), 1e-12) << row;
      EXPECT_GT(change(40 * radius), 1e-6) << row;
    }
  }
}

/// Every single face against its definition: |z| / ||dz/dx|| with autograd, unit after unit.
TEST(OpenBox, HasTheFacesOfItsDefinition) {
  const Network network = small_mlp({5, 7, 6, 2}, 3);
  const at::Tensor x = testing::uniform({2, 5}, -1, 1, 6);
  const auto explanation = explained("open-box:faces=13", network, x);
  for (int64_t row = 0; row < 2; ++row) {
    std::vector<double> wanted;
    for (const char* layer : {"fc1", "fc2"}) {
      const at::AutoGradMode with_graph(true);
      const at::Tensor here = x.slice(0, row, row + 1).clone().requires_grad_();
      const at::Tensor z = network.run_with_tape(here).values[static_cast<size_t>(network.graph().find(layer))][0];
      for (int64_t unit = 0; unit < z.size(0); ++unit) {
        const double length = derivative(z[unit], here, true).norm().item<double>();
        wanted.push_back(length > 1e-12 ? std::abs(z[unit].item<double>()) / length : std::numeric_limits<double>::infinity());
      }
    }
    std::sort(wanted.begin(), wanted.end());
    for (size_t face = 0; face < 13; ++face) {
      const double found = explanation.figures.at("face-distance-" + std::to_string(face + 1))[static_cast<size_t>(row)];
      if (std::isinf(wanted[face]))
        EXPECT_EQ(found, wanted[face]);
      else
        EXPECT_NEAR(found, wanted[face], 1e-10);
    }
  }
}

/// On a black picture every window of equal entries is a tie: the map then holds on one side of each.
TEST(OpenBox, CountsTheFacesThatASampleLiesOn) {
  const Network network = network_of_kinks();
  at::Tensor x = testing::uniform({2, 2, 6, 6}, 0, 1, 8);
  x[1].zero_();
  const auto explanation = explained("open-box:faces=1", network, x);
  EXPECT_EQ(explanation.figures.at("faces-touched")[0], 0);
  EXPECT_GT(explanation.figures.at("faces-touched")[1], 4);
  EXPECT_GT(explanation.figures.at("face-distance-1")[1], 1e-6);
}

TEST(OpenBox, GivesASampleTheSameFiguresForBatchesOf1And7And64) {
  const at::Tensor x = testing::uniform({64, 1, 8, 8}, 0, 1, 3).to(at::kFloat);
  const Network network = to(small_cnn(1, 8, 8, 3, 11), at::kFloat);
  const Samples all = testing::samples_at(x, 1);
  const auto explainer = explainers().make("open-box:faces=2");
  const auto together = explainer->explain(network, all, Context{});
  for (const int64_t size : {1, 7}) {
    for (int64_t first = 0; first < 64; first += 21) {
      std::vector<int64_t> part;
      for (int64_t row = first; row < std::min<int64_t>(64, first + size); ++row) part.push_back(row);
      const auto some = explainer->explain(network, all.select(part), Context{});
      for (const auto& [name, values] : some.figures) {
        for (size_t i = 0; i < part.size(); ++i) {
          EXPECT_EQ(values[i], together.figures.at(name)[static_cast<size_t>(part[i])]) << name << " " << part[i];
        }
      }
      EXPECT_TRUE(some.maps.equal(together.maps.slice(0, first, first + static_cast<int64_t>(part.size()))));
    }
  }
}

TEST(OpenBox, RefusesSmoothNetworksAndProbabilitiesByName) {
  try {
    explained("open-box", with_softplus(small_cnn(1, 8, 8, 3, 11), 5), testing::uniform({1, 1, 8, 8}, 0, 1, 1));
    FAIL() << "a smooth network has no regions";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::input);
    const std::string said = error.what();
    for (const char* word : {"relu1", "smooth_relu", "use gradient"}) EXPECT_NE(said.find(word), std::string::npos) << said;
  }
  EXPECT_THROW(check_piecewise_linear(testing::product_network()), Error);
  EXPECT_THROW(check_piecewise_linear(testing::energy_network({2})), Error);
  EXPECT_NO_THROW(check_piecewise_linear(network_of_kinks()));
  EXPECT_THROW(explainers().make("open-box:output=probability"), Error);
  EXPECT_THROW(explained("open-box:faces=1", small_cnn(1, 65, 65, 3, 1), at::zeros({1, 1, 65, 65}, at::kDouble)), Error);
}

/// Its own derivative is 0 on a network of pieces, and a smooth surrogate has none: attacks differentiate the gradient there.
TEST(OpenBox, IsDifferentiatedAsTheGradientOfASmoothSurrogate) {
  const Network network = small_cnn(1, 8, 8, 3, 11);
  const auto explainer = explainers().make("open-box:output=logit-contrast");
  const auto stand_in = explainer->stand_in(network);
  ASSERT_NE(stand_in, nullptr);
  const Samples samples = testing::samples_at(testing::uniform({2, 1, 8, 8}, 0, 1, 1), 1);
  EXPECT_TRUE(explainer->explain(network, samples, Context{}).maps.equal(stand_in->explain(network, samples, Context{}).maps));
  EXPECT_GT(stand_in->pull_back(with_softplus(network, 5), samples, at::ones_like(samples.inputs), {}, Context{})
                .abs()
                .max()
                .item<double>(),
            0);
}

TEST(OpenBox, AddsUpOnImportedNetworks) {
  FAULTLINE_NEEDS_SHARED(shared);
  struct Subject {
    std::string file;
    std::vector<int64_t> shape;
  };
  for (const Subject& of : {Subject{"lenet_mnist", {1, 28, 28}},
                            {"mlp_mnist", {1, 28, 28}},
                            {"resnet20_cifar10", {3, 32, 32}},
                            {"structures/inception", {3, 32, 32}},
                            {"structures/dense", {3, 32, 32}}}) {
    const Network network = Model::load(shared + "/models/" + of.file + ".pt").network(of.shape);
    std::vector<int64_t> shape = of.shape;
    shape.insert(shape.begin(), 2);
    const auto explanation = explained("open-box", network, testing::uniform(shape, 0, 1, 4), 3);
    EXPECT_LE(largest(explanation.figures.at("identity-error")), 1e-10) << of.file;
  }
}

}  // namespace
}  // namespace faultline
