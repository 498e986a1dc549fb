#include <gtest/gtest.h>

#include "core/error.h"
#include "explainers/relevance/ledger.h"
#include "explainers/sheet_examples.h"

namespace faultline {
namespace {

using namespace testing;  // NOLINT: the sheet's examples by their names

TEST(ModifiedBackprop, GivesTheSheetsValues) {
  const auto x = at::tensor({1.0, 0.0, 2.0}, at::kDouble).reshape({1, 1, 3});
  expect_map("guided-backprop", n5(), x, {2, 0, 2});
  expect_map("deconvnet", n5(), x, {3, 2, 1});
  expect_map("guided-backprop", n5({1, 2, -3}), x, {2, -1, 0});
  expect_map("deconvnet", n5({1, 2, -3}), x, {4, 3, -2});
  expect_map("guided-backprop", testing::toy_network(), rows({{3, 1}}), {2, -4});
  expect_map("deconvnet", testing::toy_network(), rows({{3, 1}}), {2, -4});
  expect_map("guided-backprop", testing::toy_network(), rows({{1, 1}}), {0, 0});
  expect_map("deconvnet", testing::toy_network(), rows({{1, 1}}), {2, -4});
}

TEST(DeepTaylor, GivesTheSheetsValues) {
  const auto x = rows({{1, 2}});
  const Network n3 = n1({-1, 0, -1}, {{2, -1, 3}}, {0}), positive = n1({-1, 0, -1}, {{2, 1, 3}}, {0});
  expect_map("deep-taylor:layer=relu", n3, x, {5, 0, 0});
  expect_map("deep-taylor:input=z-plus", n3, x, {2.5, 2.5});
  expect_map("deep-taylor", n3, x, {2.5, 2.5}, kPrinted, 0, kBox);
  expect_map("deep-taylor:input=w-square", n3, x, {4, 1});
  expect_map("deep-taylor:layer=relu", positive, x, {6, 1, 0});
  expect_map("deep-taylor:input=z-plus", positive, x, {3, 4});
  expect_map("deep-taylor", positive, x, {3.5, 3.5}, kPrinted, 0, kBox);
  expect_map("deep-taylor:input=w-square", positive, x, {5.3, 1.7});
}

TEST(ExcitationBackprop, GivesTheSheetsValues) {
  const auto x = rows({{1, 2}});
  const Network two = n1({-1, 0, 1}, {{2, -1, 3}, {-1, 2, 1}}, {1, 0});
  expect_map("excitation-backprop:bias=ignore,negative=drop,layer=relu", two, x, {1, 0, 0});
  expect_map("excitation-backprop:bias=ignore,negative=drop", two, x, {0.5, 0.5});
  expect_map("excitation-backprop", two, x, {0.428571, 0.428571});
  const std::string contrast = "excitation-backprop:bias=ignore,negative=drop,contrastive=1";
  expect_map(contrast + ",positive=0", two, x, {0.5, -0.5});
  expect_map(contrast, two, x, {0.5, 0});
  const Network toy = testing::toy_network();
  expect_map("excitation-backprop", toy, rows({{3, 1}}), {1, 0});
  expect_map(contrast, toy, rows({{3, 1}}), {0.1, 0});
  const auto dead = explained("excitation-backprop:bias=ignore,negative=drop", toy, rows({{1, 1}}));
  EXPECT_EQ(dead.maps.abs().max().item<double>(), 0);
  EXPECT_NEAR(dead.ledger->total(LedgerColumn::zero_denominator).item<double>(), 1, 1e-12);
  const Network biased = testing::kink_network({3}, 4);
  expect_map("excitation-backprop", biased, rows({{2}}), {0.6});
  expect_map("excitation-backprop:bias=ignore", biased, rows({{2}}), {1});
}

/// min(x1, x2) = x1 - relu(x1 - x2).
Network minimum_network() {
  GraphBuilder g({2});
  const int gap = g.node(Op::relu, "relu", {g.linear("gap", g.input(), rows({{1, -1}}))});
  const int first = g.linear("first", g.input(), rows({{1, 0}}));
  return g.finish(g.node(Op::sub, "minimum", {first, gap}));
}

TEST(DeepLift, GivesTheSheetsMinimum) {
  const Network f = minimum_network();
  expect_map("deep-lift", f, rows({{3, 1}}), {0, 1});
  expect_map("deep-lift", f, rows({{1, 3}}), {1, 0});
  expect_map("deep-lift", f, rows({{2, 2}}), {2, 0});
  expect_map("deep-lift:rule=reveal-cancel", f, rows({{3, 1}}), {0.5, 0.5});
  expect_map("deep-lift:rule=reveal-cancel", f, rows({{1, 3}}), {0.5, 0.5});
  expect_map("deep-lift:rule=reveal-cancel", f, rows({{2, 2}}), {1, 1});
  expect_map("deep-lift", n1(), rows({{1, 2}}), {5, -3});
  expect_map("deep-lift:rule=reveal-cancel", n1(), rows({{1, 2}}), {5, -3});
}

TEST(DeepLift, SharesAProductAndASoftmaxExactly) {
  // 3 * -1 from 1 * 2: contributions (1, -6). The baseline is one number for all pixels, so the inputs are shifted.
  GraphBuilder g({2});
  const int shifted = g.node(Op::add, "shift", {g.input(), g.constant("by", rows({{1, 2}}))});
  const auto part = [&](const char* name, int64_t start) {
    return g.node(Op::slice, name, {shifted}, {{"dim", int64_t{1}}, {"start", start}, {"end", start + 1}, {"step", int64_t{1}}});
  };
  const Network product = g.finish(g.node(Op::mul, "product", {part("a", 0), part("b", 1)}));
  expect_map("deep-lift", product, rows({{2, -3}}), {1, -6});

  GraphBuilder s({2});
  const Network softmax = s.finish(s.node(Op::softmax, "softmax", {s.input()}, {{"dim", int64_t{1}}}));
  expect_map("deep-lift", softmax, rows({{0, std::log(3.0)}}), {0, 0.25}, kPrinted, 1);
}

TEST(DeepLift, AddsUpWindowsThatOverlap) {
  GraphBuilder g({1, 5, 5});
  const int pool = g.node(Op::max_pool, "pool", {g.input()},
                          {{"kernel", std::vector<int64_t>{3, 3}},
                           {"stride", std::vector<int64_t>{2, 2}},
                           {"padding", std::vector<int64_t>{0, 0}},
                           {"dilation", std::vector<int64_t>{1, 1}},
                           {"ceil_mode", false}});
  const Network f = g.finish(g.linear("fc", g.flatten("flat", pool, 4), rows({{1, 2, 4, 8}})));
  at::Tensor x = at::zeros({1, 1, 5, 5}, at::kDouble);
  x[0][0][2][2] = 5;
  std::vector<double> expected(25, 0);
  expected[12] = 75;
  expect_map("deep-lift", f, x, expected);
  expected[12] = 40;
  expect_map("deep-lift:max-pool=captum", f, x, expected);
}

TEST(DeepLift, PoolsRowsAsItPoolsPictures) {
  const auto network = [](bool is_1d) {
    GraphBuilder g(is_1d ? std::vector<int64_t>{1, 5} : std::vector<int64_t>{1, 1, 5});
    const auto sizes = [&](int64_t across, int64_t along) {
      return is_1d ? std::vector<int64_t>{along} : std::vector<int64_t>{across, along};
    };
    const int pool = g.node(Op::max_pool, "pool", {g.input()},
                            {{"kernel", sizes(1, 3)},
                             {"stride", sizes(1, 1)},
                             {"padding", sizes(0, 1)},
                             {"dilation", sizes(1, 1)},
                             {"ceil_mode", false}});
    return g.finish(g.linear("fc", g.flatten("flat", pool, 5), rows({{1, 2, 4, 8, 16}})));
  };
  const at::Tensor x = at::tensor({0.0, 5.0, 0.0, 1.0, 0.0}, at::kDouble).reshape({1, 1, 5});
  // The peak is chosen by the first three windows, of which max_unpool keeps the third.
  expect_map("deep-lift", network(true), x, {0, 35, 0, 24, 0});
  expect_map("deep-lift:max-pool=captum", network(true), x, {0, 20, 0, 16, 0});
  expect_map("deep-lift:max-pool=captum", network(false), x.unsqueeze(1), {0, 20, 0, 16, 0});
}

/// zennit's composite has no rule for activations and batch norm, so that its walk follows their gradients there.
TEST(ExcitationBackprop, FollowsGradientsBetweenLayersAsZennitDoes) {
  GraphBuilder g({1});
  const auto one = [](double value) { return at::tensor({value}, at::kDouble); };
  const int a = g.node(Op::relu, "relu1", {g.linear("fc1", g.input(), rows({{1}}))});
  const int b = g.node(Op::relu, "relu2", {g.batch_norm("bn", a, one(2), one(1), one(0), one(1), 0)});
  const Network f = g.finish(g.linear("fc2", b, rows({{3}})));
  const std::string exact = "excitation-backprop:bias=ignore";
  expect_map(exact, f, rows({{0.5}}), {2}, 1e-5);
  expect_map(exact + ",between=pass", f, rows({{0.5}}), {1}, 1e-5);
  expect_map(exact + ",negative=drop", f, rows({{0.5}}), {1}, 1e-5);
}

TEST(Cam, ReadsAnyActivationBehindItsLayer) {
  GraphBuilder g({1, 1, 2});
  const int a = g.convolution("conv", g.input(), at::ones({1, 1, 1, 1}, at::kDouble));
  const int b = g.node(Op::elu, "elu", {a}, {{"alpha", 1.0}, {"scale", 1.0}, {"input_scale", 1.0}});
  const int pooled = g.node(Op::mean, "pool", {b}, {{"dims", std::vector<int64_t>{2, 3}}, {"keepdim", false}});
  const Network f = g.finish(g.linear("fc", pooled, rows({{2}})));
  const at::Tensor x = at::tensor({-1.0, 3.0}, at::kDouble).reshape({1, 1, 1, 2});
  // A gradient of 1 at every place behind it; before it, the mean of e^-1 and 1.
  const double below = std::exp(-1.0);
  expect_map("grad-cam:relu=0,upsample=none,at=after-activation", f, x, {below - 1, 3});
  expect_map("grad-cam:relu=0,upsample=none", f, x, {-(below + 1) / 2, 3 * (below + 1) / 2});
}

TEST(Cam, GivesTheSheetsFeatureMaps) {
  // A 1x1 convolution that copies its two channels stands for the layer.
  const auto network = [](bool flat) {
    GraphBuilder g({2, 2, 2});
    const int a = g.convolution("conv", g.input(), at::eye(2, at::kDouble).reshape({2, 2, 1, 1}));
    if (flat) return g.finish(g.linear("fc", g.flatten("flat", a, 8), rows({{1, 0, 0, -1, 0, 2, 0, 0}})));
    const int pooled = g.node(Op::mean, "pool", {a}, {{"dims", std::vector<int64_t>{2, 3}}, {"keepdim", false}});
    return g.finish(g.linear("fc", pooled, rows({{1, -2}})));
  };
  const auto x = at::tensor({1.0, 2.0, 3.0, 4.0, 4.0, 0.0, 0.0, 0.0}, at::kDouble).reshape({1, 2, 2, 2});
  expect_map("grad-cam:relu=0", network(false), x, {-1.75, 0.5, 0.75, 1});
  expect_map("grad-cam", network(false), x, {0, 0.5, 0.75, 1});
  expect_map("cam", network(false), x, {-7, 2, 3, 4});
  expect_map("grad-cam-plus-plus", network(false), x, {2.0 / 9, 4.0 / 9, 6.0 / 9, 8.0 / 9});
  expect_map("grad-cam:relu=0", network(true), x, {2, 0, 0, 0});
  EXPECT_THROW(explained("cam", network(true), x), Error);
}

}  // namespace
}  // namespace faultline
