// Methods that must agree with one another, or with their definition written out, wherever both apply.
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "core/random.h"
#include "data/npy.h"
#include "models/small_nets.h"
#include "subjects.h"
#include "suites/axioms/trial_maps.h"
#include "support/gradcheck.h"
#include "support/held_dataset.h"
#include "support/shared.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::Subject;

at::Tensor map_of(const std::string& spec, const Subject& subject) {
  const auto explainer = testing::ready(spec, subject);
  EXPECT_TRUE(explainer) << spec << " refuses " << subject.name;
  return explainer ? explainer->explain(subject.network, subject.samples, Context{}).maps : at::zeros({});
}

/// The same number computed in another order.
void expect_same(const at::Tensor& found, const at::Tensor& wanted, const std::string& what, double relative = 1e-9) {
  ASSERT_EQ(found.sizes(), wanted.sizes()) << what;
  const double size = wanted.abs().max().item<double>();
  EXPECT_GT(size, 0) << what << ": nothing is compared";
  EXPECT_LE((found - wanted).abs().max().item<double>(), relative * size) << what;
}

/// ReLU, max pooling and no bias anywhere; pixels as they are.
Subject without_biases() {
  Subject out{"without biases", small_cnn(2, 8, 8, 3, 1), testing::samples_at(testing::uniform({3, 2, 8, 8}, 0.05, 0.95, 3), 1),
              testing::uniform({3, 2, 8, 8}, 0.05, 0.95, 4)};
  out.samples.targets = out.network.logits(out.samples.inputs).argmax(1);
  return out;
}

struct Agreement {
  const char* one;
  const char* other;
  std::vector<const char*> on;  ///< names of subjects; "" for the one without biases; none: all that both can read
};

TEST(Methods, AgreeWhereTheoryMakesThemOne) {
  const std::vector<Agreement> agreements{
      {"open-box", "gradient", {"pooled", "residual", "vectors", ""}},
      {"smooth-grad:sigma=0,samples=2", "gradient", {}},
      {"integrated-gradients:steps=1,quadrature=right,multiply=0", "gradient", {}},
      {"integrated-gradients:steps=3", "gradient-x-input", {""}},
      {"lrp:rule=zero", "gradient-x-input", {"pooled", "vectors", ""}},
      {"lrp:rule=epsilon,epsilon=0,stabiliser=zero-only", "lrp:rule=zero", {}},
      {"lrp:rule=alpha-beta,alpha=1,beta=0", "lrp:rule=z-plus", {}},
      {"lrp:rule=gamma,gamma=0,stabiliser=zero-only", "lrp:rule=zero", {"pooled", "residual", "vectors", ""}},
      {"lrp:composite=(any-linear = z-plus)", "lrp:rule=z-plus", {}},
      {"lrp:composite=(first = z-box; any-linear = z-plus),bias=ignore,stabiliser=zero-only",
       "deep-taylor",
       {"pooled", "residual", "vectors"}},
      {"lrp:rule=flat,upper=z-plus", "lrp:composite=(first = flat; any-linear = z-plus)", {}},
      {"lrp:rule=w-square,upper=gamma", "lrp:composite=(first = w-square; any-linear = gamma)", {}},
      {"lrp:rule=z-box", "lrp:composite=(first = z-box; any-linear = z-plus)", {"pooled", "residual", "vectors", ""}},
      {"lrp:composite=(name:conv1 = gamma; any-linear = z-plus)",
       "lrp:composite=(first = gamma; any-linear = z-plus)",
       {"residual"}},
      {"lrp:composite=(name:fc* = gamma; any-linear = z-plus)",
       "lrp:composite=(linear = gamma; any-linear = z-plus)",
       {"residual"}},
      {"deep-lift", "gradient-x-input", {""}},
      {"deep-lift:rule=reveal-cancel", "deep-lift:rule=genomics", {"vectors"}},
      {"deep-shap:baselines=4,rule=rescale", "deep-shap", {}},
      {"pattern-attribution:estimator=s-x", "gradient-x-input", {""}},
  };
  std::vector<Subject> subjects = testing::subjects();
  subjects.push_back(without_biases());
  for (const Agreement& agreement : agreements) {
    int compared = 0;
    for (const Subject& subject : subjects) {
      const std::string name = subject.name == "without biases" ? "" : subject.name;
      if (!agreement.on.empty() && std::find(agreement.on.begin(), agreement.on.end(), name) == agreement.on.end()) continue;
      if (agreement.on.empty() && (!testing::ready(agreement.one, subject) || !testing::ready(agreement.other, subject)))
        continue;
      expect_same(map_of(agreement.one, subject), map_of(agreement.other, subject),
                  std::string(agreement.one) + " and " + agreement.other + " on " + subject.name);
      ++compared;
    }
    EXPECT_EQ(compared, agreement.on.empty() ? std::max(compared, 4) : static_cast<int>(agreement.on.size())) << agreement.one;
  }
}

/// Central differences of what is explained, element by element.
TEST(Gradient, IsTheSlopeOfWhatItExplains) {
  for (const Subject& subject : testing::smooth_subjects()) {
    for (const std::string& spec : testing::variants_of(explainers().entry("gradient"), 0, 1)) {
      if (spec.find("absolute") != std::string::npos) continue;
      const auto explainer = testing::ready(spec, subject);
      const AxiomProblem problem{*explainer, subject.network, subject.samples, Context{}};
      constexpr double h = 1e-5;
      at::Tensor slopes = at::zeros_like(subject.samples.inputs).flatten(1);
      for (int64_t i = 0; i < slopes.size(1); ++i) {
        const at::Tensor step = at::zeros_like(slopes);
        step.select(1, i).fill_(h);
        const auto f = [&](double sign) {
          const at::Tensor moved = subject.samples.inputs + sign * step.reshape_as(subject.samples.inputs);
          return outputs_on(problem, subject.network, subject.samples.with_inputs(moved));
        };
        slopes.select(1, i).copy_((f(1) - f(-1)) / (2 * h));
      }
      // h^2 of the third derivative, and rounding over h.
      expect_same(map_of(spec, subject).flatten(1), slopes, spec + " on " + subject.name, 1e-5);
    }
  }
}

/// Sundararajan 2017, eq. 1 as a sum over its nodes.
TEST(IntegratedGradients, AreTheSumOfGradientsOnTheWay) {
  struct Rule {
    const char* name;
    std::vector<double> nodes, weights;
  };
  const double third = 1.0 / 3, gauss = std::sqrt(0.15);
  const std::vector<Rule> rules{{"left", {0, third, 2 * third}, {third, third, third}},
                                {"right", {third, 2 * third, 1}, {third, third, third}},
                                {"middle", {third / 2, 0.5, 1 - third / 2}, {third, third, third}},
                                {"trapezoid", {0, third, 2 * third, 1}, {third / 2, third, third, third / 2}},
                                {"captum-trapezoid", {0, 0.5, 1}, {third / 2, third, third / 2}},
                                {"gauss-legendre", {0.5 - gauss, 0.5, 0.5 + gauss}, {5.0 / 18, 8.0 / 18, 5.0 / 18}}};
  for (const Subject& subject : testing::smooth_subjects()) {
    for (const Rule& rule : rules) {
      for (const std::string baseline : {"zero", "constant,value=0.3", "mean", "blur,blur-sigma=1"}) {
        const std::string spec = std::string("integrated-gradients:steps=3,quadrature=") + rule.name + ",baseline=" + baseline;
        const auto explainer = testing::ready(spec, subject);
        if (!explainer) continue;  // vectors are not blurred
        const at::Tensor start = explainer->references(subject.samples, Context{})[0];
        const at::Tensor way = subject.samples.inputs - start;
        at::Tensor sum = at::zeros_like(way);
        for (size_t k = 0; k < rule.nodes.size(); ++k) {
          Subject there = subject;
          there.samples = subject.samples.with_inputs(start + rule.nodes[k] * way);
          sum += rule.weights[k] * map_of("gradient", there);
        }
        expect_same(map_of(spec, subject), way * sum, spec + " on " + subject.name);
      }
    }
  }
}

/// Smilkov 2017; Adebayo 2018: moments of the gradient over the same draws.
TEST(NoisyGradients, AreMomentsOfGradientsAtTheirDraws) {
  for (const Subject& subject : testing::smooth_subjects()) {
    at::Tensor sum = at::zeros_like(subject.samples.inputs), squares = sum.clone();
    for (uint32_t draw = 0; draw < 5; ++draw) {
      Subject noisy = subject;
      std::vector<at::Tensor> rows;
      for (const uint64_t id : subject.samples.ids) {
        const auto n = static_cast<size_t>(subject.samples.inputs[0].numel());
        const auto values = RandomStream(Context{}.seed, "smooth-grad", id).normals(draw, n);
        rows.push_back(at::tensor(values, at::kDouble).reshape(subject.samples.inputs[0].sizes()));
      }
      noisy.samples = subject.samples.with_inputs(subject.samples.inputs + 0.1 * at::stack(rows));
      const at::Tensor map = map_of("gradient", noisy);
      sum += map;
      squares += map.square();
    }
    const at::Tensor mean = sum / 5, variance = squares / 5 - mean.square();
    const std::string keys = ":samples=5,sigma=0.1";
    expect_same(map_of("smooth-grad" + keys, subject), mean, "smooth-grad on " + subject.name);
    expect_same(map_of("smooth-grad-squared" + keys, subject), squares / 5, "smooth-grad-squared on " + subject.name);
    expect_same(map_of("var-grad" + keys, subject), variance, "var-grad on " + subject.name, 1e-7);
    expect_same(map_of("var-grad:unbiased=1,samples=5,sigma=0.1", subject), variance * 5 / 4, "unbiased var-grad", 1e-7);
  }
}

/// Selvaraju 2017: behind global average pooling Grad-CAM is CAM over the number of places.
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

/// Lundberg, Lee 2017: deep SHAP is the mean of DeepLIFT over its baselines; gradient SHAP with one baseline on a linear function
/// is integrated gradients.
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

/// Chattopadhay 2018 behind global average pooling, where the gradient of a channel is one number G: a = 1 / (2 + G sum A).
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

/// What attacks differentiate in a method's place is the same map.
TEST(StandIn, IsTheMethodItself) {
  const Subject plain = without_biases();
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

/// Relevance sheet 9: a walk is linear in what it starts with, so that every start is a sum over classes k of walks from 1 at k.
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

/// Bach 2015: on a linear function whose root lies inside the range the expansion is exact.
TEST(TaylorDecomposition, OfALinearFunctionIsItsNearestRoots) {
  const Network linear = testing::linear_network({2, -1, 0.5}, -0.1);
  const Samples samples = testing::samples_at(testing::rows({{0.5, 0.3, 0.4}, {0.4, 0.2, 0.6}}));
  const at::Tensor w = at::tensor({2.0, -1.0, 0.5}, at::kDouble);
  for (const std::string spec : {"taylor-decomposition", "taylor-decomposition:expand-at=input"}) {
    const at::Tensor maps = explainers().make(spec)->explain(linear, samples, Context{}).maps;
    // conventions: the root is found to 1e-6 of max(1, f).
    expect_same(maps, linear.logits(samples.inputs) * w.square() / w.square().sum(), spec, 1e-5);
  }
}

}  // namespace
}  // namespace faultline
