// Relevance on imported networks: the walk on whatever structure a file brings.
#include <gtest/gtest.h>

#include <filesystem>

#include "core/error.h"
#include "data/npy.h"
#include "explainers/explainer.h"
#include "explainers/relevance/ledger.h"
#include "explainers/relevance/relevance_walk.h"
#include "models/model.h"
#include "models/small_nets.h"
#include "models/transforms.h"
#include "support/gradcheck.h"
#include "support/held_dataset.h"
#include "support/shared.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

const std::vector<std::string>& walks() {
  static const std::vector<std::string> all = {"lrp:rule=zero",
                                               "lrp:rule=epsilon",
                                               "lrp:rule=gamma",
                                               "lrp:rule=alpha-beta",
                                               "lrp:rule=z-plus",
                                               "lrp:rule=w-square,upper=z-plus",
                                               "lrp:rule=flat,upper=z-plus",
                                               "lrp:composite=epsilon-gamma-box",
                                               "lrp:composite=epsilon-plus,attention=attn-lrp,norm=pass",
                                               "deep-taylor",
                                               "deep-lift",
                                               "deep-lift:rule=reveal-cancel",
                                               "excitation-backprop",
                                               "guided-backprop",
                                               "deconvnet",
                                               "pattern-net",
                                               "pattern-attribution",
                                               "pattern-attribution:estimator=s-w",
                                               "pattern-attribution:estimator=s-x"};
  return all;
}

struct Subject {
  Network network;
  Samples samples;
};

/// A network of the shared folder in float64, with the inputs that its reference logits were made of.
Subject subject(const std::string& shared, const std::string& file, const std::string& inputs) {
  Subject out;
  const at::Tensor x = read_npy(shared + "/reference/io/" + inputs + ".inputs.npy").values.to(at::kDouble);
  out.network = Model::load(shared + "/models/" + file).network(x.sizes().slice(1).vec());
  out.samples = testing::samples_at(x.slice(0, 0, 2));
  return out;
}

Explanation explained(const std::string& spec, const Subject& of, bool with_ledger = false) {
  Context context;
  context.ledger = with_ledger;
  const auto explainer = explainers().make(spec);
  if (explainer->traits().needs_fitting) explainer->fit(of.network, testing::HeldDataset(of.samples.inputs), context);
  return explainer->explain(of.network, of.samples, context);
}

TEST(Walks, RunOnEveryStructureAndAccountForAllRelevance) {
  FAULTLINE_NEEDS_SHARED(shared);
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(shared + "/models/structures")) {
    const std::string name = entry.path().stem().string();
    const Subject of = subject(shared, "structures/" + name + ".pt", name);
    for (const std::string& spec : walks()) {
      const Explanation explanation = explained(spec, of, true);
      EXPECT_TRUE(explanation.maps.isfinite().all().item<bool>()) << spec << " on " << name;
      EXPECT_EQ(explanation.maps.sizes(), of.samples.inputs.sizes()) << spec << " on " << name;
      if (!explanation.ledger) continue;
      const Ledger& ledger = *explanation.ledger;
      for (int node = 0; node < ledger.nodes(); ++node) {
        const at::Tensor magnitude = ledger.of(node, LedgerColumn::magnitude).clamp_min(1e-300);
        EXPECT_LE((ledger.rounding(node).abs() / magnitude).max().item<double>(), 1e-10)
            << spec << " on " << name << " at " << ledger.operation(node) << " " << ledger.name(node);
      }
    }
    ++seen;
  }
  EXPECT_GE(seen, 18);
}

/// Four spellings of one function.
TEST(Walks, GiveOneFunctionOneMapHoweverItIsWritten) {
  FAULTLINE_NEEDS_SHARED(shared);
  for (const std::string& spec : walks()) {
    at::Tensor first;
    for (const std::string name : {"styled_modules", "styled_functional", "styled_primitive", "styled_scripted"}) {
      const at::Tensor maps = explained(spec, subject(shared, "structures/" + name + ".pt", "styled_modules")).maps;
      if (!first.defined()) first = maps;
      EXPECT_LE((maps - first).abs().max().item<double>(), 1e-6 * first.abs().max().item<double>()) << spec << " " << name;
    }
  }
}

/// Relevance sheet 18.11: behind the input normalisation, `zero` is gradient x input, and with the biases' leaks it is the logit.
TEST(Lrp, ZeroIsGradientTimesInputOnAResidualNetwork) {
  FAULTLINE_NEEDS_SHARED(shared);
  const Subject of = subject(shared, "resnet20_cifar10.pt", "resnet20_cifar10");
  const Explanation zero = explained("lrp:rule=zero", of, true);
  const at::Tensor stand_in =
      explainers().make("lrp:rule=zero")->stand_in(of.network)->explain(of.network, of.samples, Context{}).maps;
  EXPECT_LE((zero.maps - stand_in).abs().max().item<double>(), 1e-10 * stand_in.abs().max().item<double>());
  const Ledger& ledger = *zero.ledger;
  const at::Tensor gap = ledger.map_sum + ledger.total(LedgerColumn::bias) - of.network.logits(of.samples.inputs).select(1, 0);
  EXPECT_LE(gap.abs().max().item<double>(), 1e-10 * ledger.map_magnitude.max().item<double>());
}

TEST(DeepLift, SumsToTheDifferenceOnImportedNetworks) {
  FAULTLINE_NEEDS_SHARED(shared);
  for (const std::string name : {"resnet20_cifar10", "structures/transformer", "structures/mobile_hardswish", "structures/next",
                                 "structures/inception", "structures/dense", "structures/shifted_window"}) {
    const Subject of = subject(shared, name + ".pt", name.substr(name.rfind('/') + 1));
    for (const std::string rule : {"rescale", "reveal-cancel"}) {
      const at::Tensor maps = explained("deep-lift:rule=" + rule, of).maps;
      const at::Tensor black = at::zeros_like(of.samples.inputs);
      const at::Tensor change = (of.network.logits(of.samples.inputs) - of.network.logits(black)).select(1, 0);
      const at::Tensor scale = at::maximum(change.abs(), 1e-3 * maps.abs().flatten(1).sum(1));
      EXPECT_LE(((maps.flatten(1).sum(1) - change).abs() / scale).max().item<double>(), 1e-9) << name << " " << rule;
    }
  }
}

/// Attacks sheet 2.3: with ReLU kept the derivative of LRP-epsilon's map is diag(g), not zero but a part only. The stand-in's
/// derivative on a smooth network is all of it.
TEST(Lrp, OwnDerivativeIsDiagonalOnAReluNetworkAndTheStandInsIsNot) {
  const Network network = small_mlp({4, 16, 12, 3}, 5);
  const Samples samples = testing::samples_at(testing::uniform({1, 4}, 0.1, 0.9, 7), 1);
  const auto explainer = explainers().make("lrp:rule=epsilon,epsilon=1e-9");
  const auto jacobian = [&](const Explainer& of, const Network& on) {
    std::vector<at::Tensor> out;
    for (int64_t i = 0; i < 4; ++i) {
      at::Tensor row = at::zeros({1, 4}, at::kDouble);
      row[0][i] = 1;
      out.push_back(of.pull_back(on, samples, row, {}, Context{})[0]);
    }
    return at::stack(out);
  };
  const at::Tensor own = jacobian(*explainer, network);
  const at::Tensor gradient = explainers().make("gradient")->explain(network, samples, Context{}).maps[0];
  EXPECT_GT(gradient.abs().max().item<double>(), 0);
  EXPECT_LE((own - at::diag(gradient)).abs().max().item<double>(), 1e-4 * gradient.abs().max().item<double>());
  const auto stand_in = explainer->stand_in(network);
  ASSERT_NE(stand_in, nullptr);
  const at::Tensor smooth = jacobian(*stand_in, with_softplus(network, 2));
  EXPECT_GT((smooth - at::diag(smooth.diag())).abs().max().item<double>(), 0.01);
  EXPECT_EQ(explainers().make("lrp:rule=z-plus")->stand_in(network), nullptr);
  EXPECT_FALSE(explainers().make("lrp:rule=z-plus")->traits().needs_smooth_network);
}

TEST(Composite, SelectsByNameThenPlaceThenKind) {
  const Network network = small_cnn(1, 8, 8, 3, 5);
  const Samples samples = testing::samples_at(testing::uniform({1, 1, 8, 8}, 0, 1, 3));
  const auto map = [&](const std::string& lines) {
    return explainers().make("lrp:composite=(" + lines + ")")->explain(network, samples, Context{}).maps;
  };
  EXPECT_TRUE(map("convolution = z-plus; linear = epsilon")
                  .equal(explainers().make("lrp:composite=epsilon-plus")->explain(network, samples, Context{}).maps));
  EXPECT_TRUE(
      map("any-linear = z-plus; name:conv2 = gamma").equal(map("name:conv2 = gamma; convolution = z-plus; linear = z-plus")));
  EXPECT_TRUE(map("first = flat; any-linear = z-plus").equal(map("name:conv1 = flat; any-linear = z-plus")));
  EXPECT_FALSE(map("any-linear = z-plus").equal(map("any-linear = gamma:gamma=0.1")));
  EXPECT_THROW(map("name:conv9 = gamma; any-linear = z-plus"), Error);
  EXPECT_THROW(map("convolution = z-plus"), Error);
  EXPECT_THROW(map("any-linear = z-pulse"), Error);
  EXPECT_THROW(map("convolutions = z-plus"), Error);
  EXPECT_THROW(map("any-linear = alpha-beta:alpha=2,beta=2"), Error);
}

}  // namespace
}  // namespace faultline
