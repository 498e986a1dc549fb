// What pattern methods learn, by its definition over all samples of the data (Kindermans 2018; relevance sheet 12).
#include <gtest/gtest.h>

#include "core/error.h"
#include "explainers/patterns/pattern_moments.h"
#include "explainers/patterns/pattern_quality.h"
#include "models/relevance_form.h"
#include "models/transforms.h"
#include "subjects.h"
#include "support/gradcheck.h"
#include "support/held_dataset.h"
#include "support/shared.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

constexpr int64_t kData = 500;

struct Layer {
  at::Tensor w, b;
};

const Layer& layer(int which) {
  static const std::vector<Layer> all{{testing::normal({6, 5}, 1), testing::uniform({6}, 0.3, 1, 2)},
                                      {testing::normal({4, 6}, 3), testing::uniform({4}, 1, 3, 4)},
                                      {testing::normal({3, 4}, 5), testing::normal({3}, 6) * 0.5}};
  return all[static_cast<size_t>(which)];
}

Network three_layers() {
  GraphBuilder g({5});
  int x = g.node(Op::relu, "relu1", {g.linear("fc1", g.input(), layer(0).w, layer(0).b)});
  x = g.node(Op::relu, "relu2", {g.linear("fc2", x, layer(1).w, layer(1).b)});
  return g.finish(g.linear("fc3", x, layer(2).w, layer(2).b));
}

/// Pre-activations of the three layers.
std::vector<at::Tensor> before_activation(at::Tensor x) {
  std::vector<at::Tensor> out;
  for (int l = 0; l < 3; ++l) {
    out.push_back(at::linear(x, layer(l).w, layer(l).b));
    x = at::relu(out.back());
  }
  return out;
}

/// Rows a of a layer: q = E[x y] - E[x] E[y] over the samples of a regime, E[y] over all; a = q / w.q.
at::Tensor patterns(const std::string& estimator, int l, const at::Tensor& data) {
  const at::Tensor& w = layer(l).w;
  if (estimator == "s-w") return w / w.square().sum(1, true);
  const auto z = before_activation(data);
  const at::Tensor x = l == 0 ? data : at::relu(z[static_cast<size_t>(l - 1)]), y = x.matmul(w.t());
  at::Tensor out = at::zeros_like(w);
  for (int64_t unit = 0; unit < w.size(0); ++unit) {
    const bool has_regimes = estimator == "s-a-pm" && l < 2;
    const at::Tensor used = has_regimes ? z[static_cast<size_t>(l)].select(1, unit).gt(0) : at::ones({kData}, at::kBool);
    const at::Tensor some = x.index({used}), values = y.select(1, unit).index({used});
    EXPECT_GE(values.numel(), 32) << "fewer fall back to all";
    const at::Tensor q = (some * values.unsqueeze(1)).mean(0) - some.mean(0) * y.select(1, unit).mean();
    out[unit].copy_(q / w[unit].dot(q));
  }
  return out;
}

TEST(Patterns, SayFromHowManySamplesTheyWereLearned) {
  const testing::HeldDataset data(testing::normal({12, 5}, 1));
  const auto form = relevance_form(three_layers(), BatchNormFolding::both);
  EXPECT_EQ(PatternMoments::fit(form, data, 0).samples(), 12);
  EXPECT_EQ(PatternMoments::fit(form, data, 7).samples(), 7);
  EXPECT_NE(PatternMoments::fit(form, data, 7).digest(), PatternMoments::fit(form, data, 8).digest());
}

/// Two estimators learn from data. A layer that never reads anything has nothing to learn, and keeps nobody from the others.
TEST(Patterns, AreLearnedWhereThereIsSomethingToLearn) {
  for (const std::string estimator : {"s-a-pm", "s-a", "s-w", "s-x"}) {
    EXPECT_EQ(explainers().make("pattern-attribution:estimator=" + estimator)->traits().needs_fitting,
              estimator == "s-a-pm" || estimator == "s-a")
        << estimator;
  }
  GraphBuilder g({5});
  const int dead = g.node(Op::relu, "dead", {g.linear("fc1", g.input(), -at::ones({3, 5}, at::kDouble))});
  const int read = g.linear("fc2", dead, testing::normal({4, 3}, 1));
  const Network network = g.finish(g.node(Op::add, "sum", {read, g.linear("fc3", g.input(), testing::normal({4, 5}, 2))}));
  const at::Tensor x = testing::uniform({6, 5}, 0.1, 1, 3);
  const auto explainer = explainers().make("pattern-attribution");
  explainer->fit(network, testing::HeldDataset(testing::uniform({200, 5}, 0.1, 1, 4)), Context{});
  const at::Tensor maps = explainer->explain(network, testing::samples_at(x), Context{}).maps;
  EXPECT_TRUE(at::isfinite(maps).all().item<bool>());
  EXPECT_GT(maps.abs().max().item<double>(), 0);
}

/// The sum of y has to be that of w.x, but for weights that were rounded since.
TEST(Patterns, AreOfTheWeightsTheyWereLearnedWith) {
  const auto explainer = explainers().make("pattern-attribution");
  const testing::HeldDataset data(testing::normal({200, 5}, 1));
  explainer->fit(three_layers(), data, Context{});
  const Samples samples = testing::samples_at(testing::normal({2, 5}, 2));
  EXPECT_NO_THROW(explainer->explain(three_layers(), samples, Context{}));
  EXPECT_NO_THROW(explainer->explain(to(to(three_layers(), at::kFloat), at::kDouble), samples, Context{}));
  GraphBuilder g({5});
  int x = g.node(Op::relu, "relu1", {g.linear("fc1", g.input(), 1.01 * layer(0).w, layer(0).b)});
  x = g.node(Op::relu, "relu2", {g.linear("fc2", x, layer(1).w, layer(1).b)});
  const Network other = g.finish(g.linear("fc3", x, layer(2).w, layer(2).b));
  EXPECT_THROW(explainer->explain(other, samples, Context{}), Error);
}

TEST(Patterns, AreWalkedBackAsTheirDefinitionSays) {
  const Network network = three_layers();
  const at::Tensor data = testing::normal({kData, 5}, 9);
  const Samples samples = testing::samples_at(testing::normal({4, 5}, 10), 1);
  const auto z = before_activation(samples.inputs);
  const testing::TemporaryFolder folder;
  for (const std::string method : {"pattern-net", "pattern-attribution"}) {
    for (const std::string estimator : {"s-a-pm", "s-a", "s-w"}) {
      const std::string spec = method + ":estimator=" + estimator;
      const auto explainer = explainers().make(spec);
      if (explainer->traits().needs_fitting) explainer->fit(network, testing::HeldDataset(data), Context{});
      at::Tensor wanted = at::zeros({4, 3}, at::kDouble);
      wanted.select(1, 1).copy_(z[2].select(1, 1));
      for (int l = 2; l >= 0; --l) {
        if (l < 2) wanted = wanted * z[static_cast<size_t>(l)].gt(0);
        const at::Tensor a = patterns(estimator, l, data);
        wanted = wanted.matmul(method == "pattern-net" ? a : a * layer(l).w);
      }
      const at::Tensor maps = explainer->explain(network, samples, Context{}).maps;
      EXPECT_LE((maps - wanted).abs().max().item<double>(), 1e-9 * wanted.abs().max().item<double>()) << spec;
      if (estimator == "s-w") continue;
      const std::string file = folder.file(method + estimator);
      explainer->save_fit(file);
      const auto read = explainers().make(spec + ",patterns=" + file);
      EXPECT_TRUE(at::allclose(read->explain(network, samples, Context{}).maps, maps, 1e-12, 0)) << spec << " from a file";
    }
  }
}

/// Data of many blocks, so that sums are added up.
TEST(PatternQuality, IsAShareOnEveryKindOfLayer) {
  for (const testing::Subject& subject : testing::subjects()) {
    std::vector<int64_t> shape = subject.network.graph().input_shape;
    shape.insert(shape.begin(), 600);
    const auto form = relevance_form(subject.network, BatchNormFolding::both);
    PatternQualityOptions options;
    options.samples = 600;
    options.filters = 2;
    for (const auto& layer : pattern_quality(form, testing::HeldDataset(testing::uniform(shape, 0, 1, 3)), options, Context{})) {
      if (layer.layer == "blend" || layer.layer == "up") {  // a product and a transposed convolution: nothing to list
        EXPECT_NE(layer.problem, "") << layer.layer;
        continue;
      }
      EXPECT_EQ(layer.problem, "") << subject.name << " " << layer.layer;
      EXPECT_EQ(layer.filters, 2) << subject.name << " " << layer.layer;
      EXPECT_EQ(layer.qualities.size(), 4u);
      for (const auto& quality : layer.qualities) {
        EXPECT_GE(quality.all, -1e-9) << subject.name << " " << layer.layer << " " << quality.estimator;
        EXPECT_LE(quality.all, 1.5) << subject.name << " " << layer.layer << " " << quality.estimator;  // 1 - corr on other data
      }
    }
  }
}

/// Relevance sheet 18.8: x = (1,0) y + (1,1) e with y, e = +-1. Whatever a third of it is taken for, the data looks the same.
TEST(PatternQuality, IsTheSheetsOfBalancedData) {
  const at::Tensor data = testing::rows({{2, 1}, {0, -1}, {0, 1}, {-2, -1}}).repeat({150, 1});
  PatternQualityOptions options;
  options.samples = data.size(0);
  const auto form = relevance_form(testing::kink_network({1, -1}, 0), BatchNormFolding::both);
  const auto layers = pattern_quality(form, testing::HeldDataset(data), options, Context{});
  ASSERT_FALSE(layers.empty());
  EXPECT_EQ(layers[0].problem, "");
  EXPECT_EQ(layers[0].width, 2);
  std::map<std::string, double> found;
  for (const auto& quality : layers[0].qualities) found[quality.estimator] = quality.all;
  EXPECT_NEAR(found.at("s-w"), 0.552786, 0.02);  // the thirds are random ones
  EXPECT_NEAR(found.at("s-a"), 1, 0.02);
  EXPECT_LT(found.at("random"), found.at("s-a"));
  // One for each part, and no fewer.
  options.samples = 3;
  EXPECT_NO_THROW(pattern_quality(form, testing::HeldDataset(data), options, Context{}));
  options.samples = 2;
  EXPECT_THROW(pattern_quality(form, testing::HeldDataset(data), options, Context{}), Error);
}

}  // namespace
}  // namespace faultline
