// The controls, which see no network, and what methods make of inputs: blurred baselines and the legal range.
#include <gtest/gtest.h>

#include "core/error.h"
#include "explainers/legal_bounds.h"
#include "models/small_nets.h"
#include "subjects.h"
#include "support/gradcheck.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::Subject;

/// A picture turned on its side is blurred as it was, and one that is the same all over stays.
TEST(Baseline, BlursInEveryDirection) {
  const auto blur = [](const at::Tensor& x) {
    return explainers()
        .make("integrated-gradients:baseline=blur,blur-sigma=1.5")
        ->references(testing::samples_at(x), Context{})[0];
  };
  const at::Tensor x = testing::uniform({2, 3, 7, 9}, 0, 1, 5);
  EXPECT_TRUE(at::allclose(blur(x.transpose(2, 3).contiguous()), blur(x).transpose(2, 3), 1e-12, 1e-12));
  for (const int64_t dim : {2, 3}) {
    const auto variation = [&](const at::Tensor& t) { return t.diff(1, dim).abs().sum().item<double>(); };
    EXPECT_LT(variation(blur(x)), 0.5 * variation(x)) << dim;
  }
  EXPECT_TRUE(at::allclose(blur(at::full_like(x, 0.3)), at::full_like(x, 0.3), 1e-12, 1e-12));
}

/// Which input it is decides the noise, and not what the network says of it.
TEST(Random, ChangesWithEveryElementOfTheInput) {
  const Subject& subject = testing::subjects()[0];
  const Samples one = subject.samples.select({0});
  const auto map = [&](const char* spec, const at::Tensor& x) {
    return explainers().make(spec)->explain(subject.network, one.with_inputs(x), Context{}).maps;
  };
  for (int64_t i = 0; i < one.inputs.numel(); ++i) {
    at::Tensor changed = one.inputs.clone();
    changed.flatten()[i] += 0.01;
    EXPECT_FALSE(map("random", changed).equal(map("random", one.inputs))) << "element " << i;
    EXPECT_TRUE(map("random:mode=fixed", changed).equal(map("random:mode=fixed", one.inputs))) << "element " << i;
  }
}

/// Brighter by a constant, and so is what is legal: the edges stay. And those of a picture turned on its side are turned.
TEST(Edge, SeesDifferencesInEveryDirection) {
  const at::Tensor x = testing::uniform({2, 3, 9, 9}, 0, 1, 5);
  const Network network = small_cnn(3, 9, 9, 2, 1);
  for (const char* spec : {"edge", "edge:operator=canny"}) {
    const auto map = [&](const at::Tensor& inputs, const LegalRange& range) {
      Context context;
      context.range = range;
      return explainers().make(spec)->explain(network, testing::samples_at(inputs), context).maps;
    };
    const at::Tensor maps = map(x, {{0}, {1}});
    EXPECT_GT(maps.max().item<double>(), 0) << spec;
    EXPECT_TRUE(at::allclose(map(x - 0.5, {{-0.5}, {0.5}}), maps, 1e-9, 1e-12)) << spec;
    const at::Tensor offsets = at::tensor({0.0, -1.0, 2.0}, at::kDouble).reshape({1, 3, 1, 1});
    EXPECT_TRUE(at::allclose(map(x + offsets, {{0, -1, 2}, {1, 0, 3}}), maps, 1e-9, 1e-12)) << spec << ", channels apart";
    EXPECT_TRUE(at::allclose(map(x.transpose(2, 3).contiguous(), {{0}, {1}}), maps.transpose(2, 3), 1e-9, 1e-12)) << spec;
    EXPECT_EQ(map(at::full_like(x, 0.3), {{0}, {1}}).abs().max().item<double>() > 1e-12, false) << spec << " of a plain picture";
  }
}

/// Of three channels the luminance (ITU-R BT.601), of any other number the mean.
TEST(Edge, WeighsColoursAsTheyAreSeen) {
  const Network network = small_cnn(3, 9, 9, 2, 1);
  const auto map = [&](const at::Tensor& x) {
    return explainers().make("edge")->explain(network, testing::samples_at(x), Context{}).maps;
  };
  const at::Tensor grey = testing::uniform({2, 1, 9, 9}, 0, 1, 5), edges = map(grey);
  EXPECT_TRUE(at::allclose(map(grey.expand({2, 3, 9, 9}).contiguous()), edges, 1e-12, 1e-12));
  const std::vector<double> weights{0.299, 0.587, 0.114};
  for (int64_t channel = 0; channel < 3; ++channel) {
    at::Tensor colour = at::zeros({2, 3, 9, 9}, at::kDouble);
    colour.narrow(1, channel, 1).copy_(grey);
    EXPECT_TRUE(at::allclose(map(colour), weights[static_cast<size_t>(channel)] * edges, 1e-12, 1e-12)) << channel;
  }
  EXPECT_TRUE(at::allclose(map(at::cat({grey, 3 * grey}, 1)), 2 * edges, 1e-12, 1e-12));
}

/// One number for all channels, or one for each.
TEST(LegalBounds, HoldForEveryChannel) {
  for (const std::vector<int64_t>& shape : std::vector<std::vector<int64_t>>{{4, 2}, {4, 2, 5}, {4, 2, 5, 6}}) {
    const at::Tensor x = testing::normal(shape, 3) * 4;
    for (const LegalRange& range : {LegalRange{{-1}, {2}}, LegalRange{{-1, 0}, {2, 0.5}}}) {
      const at::Tensor clipped = legal_bounds(range, x).clip(x);
      for (int64_t channel = 0; channel < 2; ++channel) {
        const auto place = range.low.size() == 1 ? 0 : static_cast<size_t>(channel);
        EXPECT_TRUE(clipped.select(1, channel).equal(x.select(1, channel).clamp(range.low[place], range.high[place])));
      }
    }
  }
}

/// A box that is empty in one channel is refused, whether its ends are one for all channels or one for each.
TEST(LegalBounds, MakeABoxInEveryChannel) {
  const Network network = small_cnn(2, 8, 8, 3, 1);
  const auto explained = [&](const std::string& spec, const LegalRange& range) {
    Context context;
    context.range = range;
    Samples samples = testing::samples_at(testing::uniform({2, 2, 8, 8}, 0.1, 0.9, 3));
    samples.targets = predicted_classes(network.logits(samples.inputs));
    return explainers().make(spec)->explain(network, samples, context).maps;
  };
  EXPECT_THROW(explained("deep-taylor", {{0, 0.9}, {1, 0.5}}), Error);
  EXPECT_THROW(explained("deep-taylor", {{0.9, 0}, {0.5, 1}}), Error);
  EXPECT_THROW(explained("deep-taylor", {{0.4}, {1, 0.4}}), Error);
  EXPECT_THROW(explained("deep-taylor", {{0.1, 1}, {1}}), Error);
  const at::Tensor both = explained("deep-taylor", {{0, 0}, {1, 1}});
  EXPECT_TRUE(explained("deep-taylor", {{0}, {1}}).equal(both));
  EXPECT_TRUE(explained("deep-taylor", {{0}, {1, 1}}).equal(both));
  EXPECT_TRUE(explained("deep-taylor", {{0, 0}, {1}}).equal(both));
  EXPECT_FALSE(explained("deep-taylor", {{0, -1}, {1, 1}}).equal(both));
}

}  // namespace
}  // namespace faultline
