// What the literature says of a family of methods: CAM, SHAP, and the starts and stand-ins of relevance walks.
#include <map>
#include <set>

#include "compared_maps.h"
#include "core/error.h"
#include "data/npy.h"
#include "explainers/point_list.h"
#include "models/small_nets.h"
#include "support/held_dataset.h"
#include "support/shared.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::expect_same;
using testing::map_of;
using testing::Subject;

/// A network that is convolutions to the end has no linear layer: the last convolution gives the classes' scores, and its maps
/// say nothing that the logits do not. last-conv is the one before.
TEST(Cam, ReadsTheConvolutionBeforeTheOneThatClassifies) {
  GraphBuilder g({2, 6, 6});
  const auto numbers = [](int64_t n, double step) { return at::sin(at::arange(n, at::kDouble) * step); };
  const int first = g.convolution("conv", g.input(), numbers(54, 1.3).reshape({3, 2, 3, 3}), numbers(3, 0.7), 1, 1);
  const int head =
      g.convolution("head", g.node(Op::relu, "relu", {first}), numbers(6, 2.1).reshape({2, 3, 1, 1}), numbers(2, 0.4));
  const Network network = g.finish(g.node(Op::mean, "pool", {head}, {{"dims", std::vector<int64_t>{2, 3}}, {"keepdim", false}}));
  const Samples samples = testing::samples_at(testing::uniform({2, 2, 6, 6}, 0, 1, 3));
  const auto explained = [&](const std::string& spec) { return explainers().make(spec)->explain(network, samples, Context{}); };
  EXPECT_TRUE(explained("grad-cam").maps.equal(explained("grad-cam:layer=conv").maps));
  EXPECT_FALSE(explained("grad-cam").maps.equal(explained("grad-cam:layer=head").maps));
  const std::vector<std::string> note{"classifier-convolution"};
  EXPECT_EQ(explained("grad-cam:layer=head").notes.at(0), note);
  for (const auto& notes : explained("grad-cam:layer=conv").notes) EXPECT_NE(notes, note);
}

TEST(Cam, AgreesWithGradCamAndWithItsProduct) {
  const Subject& pooled = testing::subjects()[0];
  for (const std::string upsample : {"none", "nearest", "bilinear"}) {
    expect_same(36 * map_of("grad-cam:relu=0,at=after-activation,upsample=" + upsample, pooled),
                map_of("cam:upsample=" + upsample, pooled), "cam:upsample=" + upsample);
  }
  for (const Subject& subject : testing::subjects()) {
    const auto product = testing::ready("guided-grad-cam", subject);
    if (!product || !testing::ready("grad-cam", subject)) continue;
    expect_same(map_of("guided-grad-cam:relu=0", subject),
                map_of("guided-backprop", subject) * map_of("grad-cam:relu=0", subject), "guided-grad-cam on " + subject.name);
  }
}

TEST(Shap, IsAMeanOverBaselines) {
  const auto fitted = [](const std::string& spec, const Network& network, const at::Tensor& data) {
    auto explainer = explainers().make(spec);
    explainer->fit(network, testing::HeldDataset(data), Context{});
    return explainer;
  };
  for (const Subject& subject : testing::subjects()) {
    const at::Tensor& data = subject.data;
    if (!testing::ready("deep-shap", subject)) continue;
    at::Tensor sum = at::zeros_like(data);
    for (int64_t i = 0; i < 3; ++i) {
      const auto one = fitted("deep-lift:baseline=mean-image", subject.network, data.narrow(0, i, 1));
      sum += one->explain(subject.network, subject.samples, Context{}).maps;
    }
    const auto shap = fitted("deep-shap:baselines=3", subject.network, data);
    expect_same(shap->explain(subject.network, subject.samples, Context{}).maps, sum / 3, "deep-shap on " + subject.name);
  }
  const testing::TemporaryFolder folder;
  write_npy(folder.file("none.npy"), at::zeros({0, 3}, at::kDouble));
  const Network linear = testing::linear_network({2, -1, 0.5}, 0.3);
  for (const char* method : {"deep-shap", "gradient-shap"}) {
    const auto explainer = explainers().make(std::string(method) + ":file=" + folder.file("none.npy"));
    EXPECT_THROW(explainer->explain(linear, testing::samples_at(at::ones({2, 3}, at::kDouble)), Context{}), Error) << method;
  }
  const Samples samples = testing::samples_at(testing::uniform({4, 3}, 0, 1, 1));
  const at::Tensor baselines = testing::uniform({2, 3}, 0, 1, 2), w = at::tensor({2.0, -1.0, 0.5}, at::kDouble);
  const auto one = fitted("gradient-shap:baselines=1,samples=7", linear, baselines);
  expect_same(one->explain(linear, samples, Context{}).maps, w * (samples.inputs - baselines[0]), "gradient-shap");
  const auto two = fitted("gradient-shap:samples=4000", linear, baselines);
  // A fair coin's mean of 4000 draws: 3 standard deviations are 0.024 of the baselines' difference.
  expect_same(two->explain(linear, samples, Context{}).maps, w * (samples.inputs - baselines.mean(0)), "gradient-shap", 0.05);
}

TEST(GradCamPlusPlus, WeightsChannelsByItsFormula) {
  const Subject& pooled = testing::subjects()[0];
  const at::Tensor A =
      pooled.network.run_with_tape(pooled.samples.inputs).values[static_cast<size_t>(pooled.network.graph().find("relu"))];
  const auto& names = pooled.network.graph().parameter_names;
  const auto place = std::find(names.begin(), names.end(), "fc.weight") - names.begin();
  const at::Tensor head = pooled.network.parameters()[static_cast<size_t>(place)];
  const at::Tensor G = head.index_select(0, pooled.samples.targets) / 36;
  const at::Tensor weights = 36 * at::relu(G) / (2 + G * A.sum({2, 3}));
  expect_same(map_of("grad-cam-plus-plus:relu=0,upsample=none", pooled), (weights.unsqueeze(2).unsqueeze(3) * A).sum(1, true),
              "grad-cam-plus-plus");
}

TEST(StandIn, IsTheMethodItself) {
  const Subject plain = testing::without_biases();
  for (const std::string layer : {"input", "conv1", "relu1", "pool1", "conv2", "fc1"}) {
    const std::string spec = "lrp:rule=zero,layer=" + layer;
    const auto other = explainers().make(spec)->stand_in(plain.network);
    ASSERT_TRUE(other) << spec;
    expect_same(other->explain(plain.network, plain.samples, Context{}).maps, map_of(spec, plain), spec);
  }
  for (const std::string output : {"logit", "logit-difference", "logit-contrast"}) {
    const std::string spec = "lrp:rule=zero,output=" + output;
    Subject subject = plain;
    subject.samples.runners_up = (subject.samples.targets + 1).remainder(3);
    expect_same(explainers().make(spec)->stand_in(plain.network)->explain(plain.network, subject.samples, Context{}).maps,
                map_of(spec, subject), spec);
  }
  EXPECT_FALSE(explainers().make("lrp:rule=z-plus")->stand_in(plain.network));
}

TEST(Lrp, IsLinearInItsStart) {
  for (const Subject& subject : testing::subjects()) {
    const Samples& samples = subject.samples;
    const at::Tensor y = subject.network.logits(samples.inputs);
    const int64_t classes = y.size(1);
    const auto one_hot = [&](const at::Tensor& of) { return at::zeros_like(y).scatter(1, of.unsqueeze(1), 1); };
    const at::Tensor t = one_hot(samples.targets), u = one_hot(samples.runners_up), others = (1 - t) / (classes - 1);
    const at::Tensor p = at::softmax(y, 1), y_t = (y * t).sum(1, true), p_t = (p * t).sum(1, true);
    const std::map<std::string, at::Tensor> starts{{"logit", y * t},
                                                   {"logit-difference", y * (t - u)},
                                                   {"logit-contrast", y * (t - others)},
                                                   {"softmax-contrast", p_t * (t - p)},
                                                   {"clrp1", y * t},
                                                   {"all", y}};
    for (const std::string rule : {"epsilon", "z-plus", "gamma"}) {
      std::vector<at::Tensor> of_class;
      for (int64_t k = 0; k < classes; ++k) {
        Subject other = subject;
        other.samples.targets = at::full_like(samples.targets, k);
        of_class.push_back(map_of("lrp:output=one,rule=" + rule, other).flatten(1));
      }
      const auto from = [&](const at::Tensor& start) { return (at::stack(of_class, 1) * start.unsqueeze(2)).sum(1); };
      for (const auto& [output, start] : starts) {
        at::Tensor wanted = from(start);
        if (output == "clrp1") {
          // Gu 2018: what speaks for the class more than for the others, whose sum is made the same where both are positive.
          const at::Tensor dual = from(y_t * others), sum = wanted.sum(1, true), other_sum = dual.sum(1, true);
          const at::Tensor ratio = at::where(sum.gt(0).logical_and(other_sum.gt(0)), sum / other_sum, at::ones_like(sum));
          wanted = at::relu(wanted - ratio * dual);
        }
        const std::string spec = "lrp:rule=" + rule + ",output=" + output;
        // A start that adds up to 0 loses digits.
        expect_same(map_of(spec, subject).flatten(1), wanted, spec + " on " + subject.name, 1e-8);
      }
    }
  }
}

/// Memory is constant in the number of points (DESIGN 4.5): chunks are whole blocks, not smaller than asked and less than a block
/// larger.
TEST(PointList, TakesWholeBlocks) {
  const Network& network = testing::subjects()[0].network;
  Context context;
  for (int64_t points = 1; points < 200; ++points) {
    context.chunk_elements = 36 * points;
    const int64_t chunk = points_per_chunk(network, context), block = network.block_size();
    EXPECT_EQ(chunk % block, 0) << points;
    EXPECT_GE(chunk, points);
    EXPECT_LT(chunk, points + block);
  }
}

/// Attacks sheet 2.4: a point of every stratum, scaled by its size; which one is drawn anew, and each has its turn.
TEST(PointList, DrawsAPointOfEveryStratum) {
  const Network network = small_cnn(1, 8, 8, 3, 1);
  const Samples samples = testing::samples_at(testing::uniform({3, 1, 8, 8}, 0, 1, 1));
  constexpr int64_t kPoints = 11, kStrata = 4;
  std::set<int64_t> drawn;
  for (uint32_t draw = 0; draw < 60; ++draw) {
    int64_t place = 0;
    for (const PointChunk& chunk : chunks_of_points(network, samples, kPoints, {kStrata, 5, draw}, Context{})) {
      for (size_t i = 0; i < chunk.rows.size(); ++i, ++place) {
        const int64_t stratum = place % kStrata, begin = stratum * kPoints / kStrata, end = (stratum + 1) * kPoints / kStrata;
        EXPECT_EQ(chunk.rows[i], place / kStrata);
        EXPECT_GE(chunk.indices[i], begin);
        EXPECT_LT(chunk.indices[i], end);
        EXPECT_EQ(chunk.scales[i], static_cast<double>(end - begin));
        drawn.insert(chunk.indices[i]);
      }
    }
    EXPECT_EQ(place, 3 * kStrata);
  }
  EXPECT_EQ(drawn.size(), static_cast<size_t>(kPoints));
}

}  // namespace
}  // namespace faultline
