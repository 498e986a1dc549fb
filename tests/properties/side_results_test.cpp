// What methods say beside their maps: figures, notes, ledgers, claims.
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>

#include "explainers/relevance/ledger.h"
#include "models/small_nets.h"
#include "models/transforms.h"
#include "subjects.h"
#include "suites/axioms/trial_maps.h"
#include "suites/axioms/verdict.h"
#include "support/gradcheck.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using testing::Subject;

at::Tensor outputs(const Explainer& explainer, const Subject& subject, const at::Tensor& inputs) {
  const Context context;
  return outputs_on({explainer, subject.network, subject.samples, context}, subject.network, subject.samples.with_inputs(inputs));
}

TEST(IntegratedGradients, SayHowFarTheyAreFromComplete) {
  int coarse = 0, fine = 0;
  for (const Subject& subject : testing::subjects()) {
    for (const char* spec : {"integrated-gradients:steps=2,quadrature=left", "integrated-gradients:steps=100"}) {
      const auto explainer = testing::ready(spec, subject);
      const Explanation explanation = explainer->explain(subject.network, subject.samples, Context{});
      const at::Tensor wanted = outputs(*explainer, subject, subject.samples.inputs) -
                                outputs(*explainer, subject, explainer->references(subject.samples, Context{})[0]);
      const at::Tensor maps = explanation.maps.flatten(1), errors = maps.sum(1) - wanted;
      const at::Tensor relative = errors.abs() / at::maximum(wanted.abs(), 1e-3 * maps.abs().sum(1));
      for (size_t row = 0; row < explanation.notes.size(); ++row) {
        const auto place = static_cast<int64_t>(row);
        EXPECT_NEAR(explanation.figures.at("completeness-error")[row], errors[place].item<double>(), 1e-12);
        EXPECT_NEAR(explanation.figures.at("completeness-error-relative")[row], relative[place].item<double>(), 1e-9);
        const bool is_coarse = relative[place].item<double>() > 0.05;
        EXPECT_EQ(explanation.notes[row],
                  is_coarse ? std::vector<std::string>{"quadrature-too-coarse"} : std::vector<std::string>{});
        ++(is_coarse ? coarse : fine);
      }
    }
  }
  EXPECT_GT(coarse, 4);
  EXPECT_GT(fine, 4);
}

/// Chu 2018: f(x) = map . x + bias in a region that reaches to its nearest face and no further.
TEST(OpenBox, IsTheLinearFunctionUpToTheNearestFace) {
  for (const Subject& subject : testing::subjects()) {
    const auto explainer = testing::ready("open-box:faces=2", subject);
    if (!explainer) continue;
    const Explanation here = explainer->explain(subject.network, subject.samples, Context{});
    const at::Tensor& x = subject.samples.inputs;
    const at::Tensor y = outputs(*explainer, subject, x);
    for (int64_t row = 0; row < subject.samples.size(); ++row) {
      const auto place = static_cast<size_t>(row);
      const double bias = y[row].item<double>() - (here.maps[row] * x[row]).sum().item<double>();
      EXPECT_NEAR(here.figures.at("bias")[place], bias, 1e-9);
      EXPECT_LE(here.figures.at("identity-error")[place], 1e-9);
      const double nearest = here.figures.at("face-distance-1")[place], next = here.figures.at("face-distance-2")[place];
      ASSERT_GT(nearest, 0);
      EXPECT_LE(nearest, next);
      // Within the ball nothing changes; of many directions one at least leaves the region soon behind it.
      int changed = 0;
      for (uint64_t draw = 0; draw < 20; ++draw) {
        at::Tensor step = testing::normal(x[row].sizes().vec(), 7 + draw);
        step = step / step.norm();
        const auto map_at = [&](double distance) {
          const Samples one = subject.samples.select({row});
          return explainers()
              .make("gradient")
              ->explain(subject.network, one.with_inputs(one.inputs + distance * step), {})
              .maps[0];
        };
        EXPECT_TRUE(at::allclose(map_at(0.999 * nearest), here.maps[row], 1e-9, 1e-12)) << subject.name;
        changed += !at::allclose(map_at(30 * nearest), here.maps[row], 1e-9, 1e-12);
      }
      EXPECT_GT(changed, 0) << subject.name << ": the face is said to be too near";
    }
  }
}

TEST(OpenBox, ListsFacesOfInputsUpToItsLargest) {
  const auto explained = [](int64_t elements) {
    const Network network = testing::kink_network(std::vector<double>(static_cast<size_t>(elements), 0.5), -1);
    return explainers()
        .make("open-box:faces=1")
        ->explain(network, testing::samples_at(at::full({1, elements}, 0.25, at::kDouble)), Context{});
  };
  // w . x + b over ||w||, with w = 1/2 everywhere.
  EXPECT_NEAR(explained(4096).figures.at("face-distance-1")[0], (4096 * 0.125 - 1) / 32, 1e-9);
  EXPECT_THROW(explained(4097), Error);
}

/// Faces lie where a unit is at its kink or two are equal: at |z| / ||dz/dx|| for each.
TEST(OpenBox, ListsTheFacesByTheirDistance) {
  const at::AutoGradMode with_graph(true);
  const Subject& vectors = testing::subjects()[2];
  ASSERT_EQ(vectors.name, "vectors");
  const auto figures = testing::ready("open-box:faces=6", vectors)->explain(vectors.network, vectors.samples, Context{}).figures;
  for (int64_t row = 0; row < vectors.samples.size(); ++row) {
    const at::Tensor x = vectors.samples.inputs.narrow(0, row, 1).clone().requires_grad_();
    const Tape tape = vectors.network.run_with_tape(x);
    const auto value = [&](const char* name) { return tape.values[static_cast<size_t>(vectors.network.graph().find(name))]; };
    const at::Tensor z = at::cat({value("fc1"), value("fc2") - value("fc2b"), value("larger")}, 1)[0];
    std::vector<double> distances;
    for (int64_t i = 0; i < z.numel(); ++i) {
      const at::Tensor slope = torch::autograd::grad({z[i]}, {x}, {}, true)[0];
      distances.push_back(std::abs(z[i].item<double>()) / slope.norm().item<double>());
    }
    std::sort(distances.begin(), distances.end());
    for (size_t face = 0; face < 6; ++face) {
      const double found = figures.at("face-distance-" + std::to_string(face + 1))[static_cast<size_t>(row)];
      EXPECT_NEAR(found, distances[face], 1e-9) << "row " << row << ", face " << face;
    }
  }
}

/// Relevance sheet 16: what each walk shares out.
TEST(Ledger, StartsWithWhatTheMethodExplains) {
  Context context;
  context.ledger = true;
  for (const Subject& subject : testing::subjects()) {
    for (const std::string spec : {"lrp", "lrp:output=one", "excitation-backprop", "deep-taylor", "deep-taylor:model=min-max",
                                   "deep-taylor:model=min-max,exact-sum=1", "pattern-attribution"}) {
      const auto explainer = testing::ready(spec, subject);
      if (!explainer) continue;
      Subject negative = subject;  // the class least predicted, whose logit is below 0 more often
      negative.samples.targets = subject.network.logits(subject.samples.inputs).argmin(1);
      for (const Subject& of : {subject, negative}) {
        const Explanation explanation = explainer->explain(of.network, of.samples, context);
        at::Tensor wanted = outputs(*explainer, of, of.samples.inputs);
        if (spec.find("deep-taylor") == 0) wanted = wanted.clamp_min(0);
        if (spec == "lrp:output=one" || spec == "excitation-backprop") wanted = at::ones_like(wanted);
        EXPECT_TRUE(at::allclose(explanation.ledger->explained, wanted, 1e-9, 1e-12)) << spec << " on " << of.name;
      }
    }
  }
}

/// batch-norm=leak: relevance is shared between scale x and the shift, whose share leaks.
TEST(Ledger, CountsWhatTheShiftOfABatchNormTakes) {
  const auto numbers = [](int64_t n, double step) { return at::sin(at::arange(n, at::kDouble) * step); };
  GraphBuilder g({2, 5, 5});
  const int z = g.convolution("conv", g.input(), numbers(54, 1.3).reshape({3, 2, 3, 3}), numbers(3, 0.7), 1, 1);
  const int norm = g.batch_norm("norm", g.node(Op::relu, "relu", {z}), numbers(3, 0.9) + 1.5, numbers(3, 1.9),
                                numbers(3, 2.3) / 5, numbers(3, 0.4) + 1);
  const int a = g.node(Op::relu, "relu2", {norm});
  const Network network = g.finish(g.linear("fc", g.flatten("flat", a, 75), numbers(150, 0.31).reshape({2, 75})));
  const Samples samples = testing::samples_at(testing::uniform({3, 2, 5, 5}, 0, 1, 4), 1);
  Context context;
  context.ledger = true;
  for (const char* spec : {"lrp:rule=epsilon,batch-norm=leak", "lrp:composite=epsilon-plus,batch-norm=leak"}) {
    const auto explanation = explainers().make(spec)->explain(network, samples, context);
    const at::Tensor sums = explanation.maps.flatten(1).sum(1);
    EXPECT_GT(sums.abs().min().item<double>(), 1e-6) << spec << " reaches the input";
    at::Tensor kept = sums.clone();
    for (const LedgerColumn column : leak_columns()) kept += explanation.ledger->total(column);
    EXPECT_TRUE(at::allclose(kept, explanation.ledger->explained, 1e-9, 1e-9)) << spec << kept << explanation.ledger->explained;
    EXPECT_GT(explanation.ledger->total(LedgerColumn::normalisation).abs().max().item<double>(), 1e-6) << spec;
  }
}

/// A contrast is two walks, and a ledger is of one: also where the two meet at the input, on a network of one layer.
TEST(Ledger, IsNotKeptForContrasts) {
  GraphBuilder g({3});
  const Network one = g.finish(g.linear("fc", g.input(), testing::rows({{1, -2, 0.5}, {-1, 1, 2}})));
  const Network two = small_mlp({3, 4, 2}, 1);
  Context context;
  context.ledger = true;
  const auto ledger = [&](const std::string& spec, const Network& network) {
    return explainers().make(spec)->explain(network, testing::samples_at(testing::uniform({2, 3}, 0.1, 1, 2)), context).ledger;
  };
  for (const Network& network : {one, two}) {
    EXPECT_TRUE(ledger("excitation-backprop", network));
    EXPECT_FALSE(ledger("excitation-backprop:contrastive=1", network));
  }
}

/// Ali 2022: a product of values and of shares that count as constant passes all on. The other two modes take softmax for what it
/// is, a function that shares nothing out.
TEST(Ledger, LosesNothingInAttentionThatIsDetached) {
  Context context;
  context.ledger = true;
  int tried = 0;
  for (const Subject& subject : testing::subjects()) {
    if (subject.name != "transformer") continue;
    for (const std::string mode : {"detach", "attn-lrp", "gradient-x-input"}) {
      const auto explainer = testing::ready("lrp:attention=" + mode, subject);
      ASSERT_TRUE(explainer) << mode;
      const Explanation explanation = explainer->explain(subject.network, subject.samples, context);
      const double lost = explanation.ledger->total(LedgerColumn::non_conservative).abs().max().item<double>();
      EXPECT_EQ(lost > 1e-6, mode != "detach") << mode << ": " << lost;
      ++tried;
    }
  }
  EXPECT_EQ(tried, 3);
}

/// Montavon 2017: a unit that is active by its bias alone has nobody to send to. Without any, what is explained arrives.
TEST(DeepTaylor, ClaimsConservativityWhereNoBiasIsPositive) {
  for (const double bias : {-0.1, 0.0, 0.1}) {
    GraphBuilder g({3});
    const int z = g.linear("fc1", g.input(), testing::normal({4, 3}, 1), at::tensor({-0.2, bias, -0.3, 0.0}, at::kDouble));
    const Network network = g.finish(g.linear("fc2", g.node(Op::relu, "relu", {z}), testing::normal({2, 4}, 2)));
    const auto claims = explainers().make("deep-taylor")->claims(network);
    EXPECT_EQ(claim_of(claims, "conservativity") != nullptr, bias <= 0) << bias;
  }
}

/// Euler's theorem: claimed where there is no bias, and only where f(2x) = 2 f(x).
TEST(GradientXInput, ClaimsConservativityOnHomogeneousNetworksAlone) {
  std::vector<Network> networks{small_cnn(1, 8, 8, 3, 1), small_mlp({4, 5, 3}, 1)};
  GraphBuilder g({3});
  const int a = g.node(Op::relu, "relu", {g.linear("fc1", g.input(), testing::normal({3, 3}, 1))});
  const int both =
      g.node(Op::sub, "difference", {g.node(Op::add, "sum", {a, g.input()}), g.linear("fc2", a, testing::normal({3, 3}, 2))});
  networks.push_back(g.finish(g.linear("fc3", both, testing::normal({3, 3}, 3))));
  for (const bool is_first : {true, false}) {
    GraphBuilder shifted({3});
    const int constant = shifted.constant("offset", at::full({3}, 0.5, at::kDouble));
    const int sum = is_first ? shifted.node(Op::add, "sum", {constant, shifted.input()})
                             : shifted.node(Op::add, "sum", {shifted.input(), constant});
    networks.push_back(shifted.finish(shifted.linear("fc", sum, testing::normal({3, 3}, 4))));
  }
  for (const Subject& subject : testing::subjects()) networks.push_back(subject.network);
  int claimed = 0;
  for (const Network& network : networks) {
    std::vector<int64_t> shape = network.graph().input_shape;
    shape.insert(shape.begin(), 3);
    const at::Tensor x = testing::uniform(shape, 0, 1, 5);
    const bool is_homogeneous = at::allclose(network.logits(2 * x), 2 * network.logits(x), 1e-12, 1e-12);
    const auto claims = explainers().make("gradient-x-input")->claims(network);
    if (!claim_of(claims, "conservativity")) continue;
    EXPECT_TRUE(is_homogeneous);
    ++claimed;
  }
  EXPECT_EQ(claimed, 1) << "the network written without biases";
}

}  // namespace
}  // namespace faultline
