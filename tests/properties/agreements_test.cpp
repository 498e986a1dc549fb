// Methods that must agree with one another, or with their definition written out, wherever both apply.
#include <cmath>

#include "compared_maps.h"
#include "core/random.h"
#include "suites/axioms/trial_maps.h"

namespace faultline {
namespace {

using testing::expect_same;
using testing::map_of;
using testing::Subject;

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
      {"lrp:rule=zero,activation=gradient", "lrp:rule=zero", {"pooled", ""}},
      {"lrp:rule=alpha-beta,alpha=1,beta=0", "lrp:rule=z-plus", {}},
      {"lrp:rule=gamma,gamma=0,stabiliser=zero-only", "lrp:rule=zero", {"pooled", "residual", "vectors", ""}},
      {"lrp:composite=(any-linear = z-plus)", "lrp:rule=z-plus", {}},
      {"lrp:composite=(first=flat;any-linear=z-plus)", "lrp:composite=(first = flat; any-linear = z-plus)", {}},
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
  subjects.push_back(testing::without_biases());
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
/// Lundberg, Lee 2017: deep SHAP is the mean of DeepLIFT over its baselines; gradient SHAP with one baseline on a linear function
/// is integrated gradients.
/// Chattopadhay 2018 behind global average pooling, where the gradient of a channel is one number G: a = 1 / (2 + G sum A).
/// What attacks differentiate in a method's place is the same map.
/// Relevance sheet 9: a walk is linear in what it starts with, so that every start is a sum over classes k of walks from 1 at k.
/// Bach 2015: on a linear function whose root lies inside the range the expansion is exact.
TEST(TaylorDecomposition, OfALinearFunctionIsItsNearestRoots) {
  const Network linear = testing::linear_network({2, -1, 0.5}, -0.1);
  const Samples samples = testing::samples_at(testing::rows({{0.5, 0.3, 0.4}, {0.4, 0.2, 0.6}}));
  const at::Tensor w = at::tensor({2.0, -1.0, 0.5}, at::kDouble);
  for (const std::string spec : {"taylor-decomposition", "taylor-decomposition:expand-at=input"}) {
    const Explanation found = explainers().make(spec)->explain(linear, samples, Context{});
    const at::Tensor& maps = found.maps;
    for (int64_t row = 0; row < 2; ++row) {
      const double y = linear.logits(samples.inputs)[row].item<double>();
      EXPECT_NEAR(found.figures.at("root-distance")[static_cast<size_t>(row)], std::abs(y) / w.norm().item<double>(), 1e-5)
          << spec;
    }
    // conventions: the root is found to 1e-6 of max(1, f).
    expect_same(maps, linear.logits(samples.inputs) * w.square() / w.square().sum(), spec, 1e-5);
  }
}

/// max(x1, x2 + 1) from 0 to where both have grown alike: what grew is the larger of the two, and it alone is credited.
TEST(DeepLift, CreditsTheLargerOfTwoThatGrowAlike) {
  GraphBuilder g({2});
  const int first = g.linear("first", g.input(), testing::rows({{1, 0}}));
  const int second = g.linear("second", g.input(), testing::rows({{0, 1}}), at::tensor({1.0}, at::kDouble));
  const Network larger = g.finish(g.node(Op::maximum, "larger", {first, second}));
  const Samples samples = testing::samples_at(testing::rows({{0.5, 0.5}, {0.25, 0.25}}));
  expect_same(explainers().make("deep-lift")->explain(larger, samples, Context{}).maps, testing::rows({{0, 0.5}, {0, 0.25}}),
              "deep-lift", 1e-9);
}

/// Shrikumar 2017: differences from the reference add up, across a factor of either sign between the linear layer and the unit.
TEST(DeepLift, AddsUpAcrossFactorsOfEitherSign) {
  GraphBuilder g({3});
  const int z = g.linear("fc1", g.input(), testing::rows({{1, -2, 0.5}, {-1, 1, 2}, {2, 1, -1}}),
                         at::tensor({0.3, -0.2, 0.1}, at::kDouble));
  const int scaled =
      g.node(Op::mul, "scaled", {z, g.constant("factor", at::tensor({1.5, -2.0, -0.5}, at::kDouble).unsqueeze(0))});
  const Network network = g.finish(g.linear("fc2", g.node(Op::relu, "relu", {scaled}), testing::rows({{1, -1, 2}})));
  const Samples samples = testing::samples_at(testing::uniform({6, 3}, 0, 1, 5));
  const at::Tensor wanted = network.logits(samples.inputs) - network.logits(at::zeros({6, 3}, at::kDouble));
  for (const char* spec : {"deep-lift", "deep-lift:rule=reveal-cancel"}) {
    const at::Tensor maps = explainers().make(spec)->explain(network, samples, Context{}).maps;
    expect_same(maps.sum(1, true), wanted, spec, 1e-9);
  }
}

}  // namespace
}  // namespace faultline
