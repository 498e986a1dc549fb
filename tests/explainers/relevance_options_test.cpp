#include <gtest/gtest.h>

#include "core/error.h"
#include "explainers/sheet_examples.h"

namespace faultline {
namespace {

using namespace testing;  // NOLINT: the sheet's examples by their names

/// What attacks differentiate in the place of rules with poles is the same map, at inner layers too: batch norm is folded there.
TEST(Lrp, StandsInForItselfAtInnerLayers) {
  GraphBuilder g({1, 3, 3});
  const int a = g.convolution("conv", g.input(), rows({{1, -2, 3, 1}, {-1, 2, 1, 0}}).reshape({2, 1, 2, 2}), vector({0.1, 0.2}));
  const int b = g.batch_norm("bn", a, vector({2, -1}), vector({0.3, 0.4}), vector({0.1, -0.2}), vector({1.5, 0.7}));
  const Network f =
      g.finish(g.linear("fc", g.flatten("flat", g.node(Op::relu, "relu", {b}), 8), rows({{1, 2, -1, 3, 1, 1, -2, 1}})));
  const at::Tensor x = at::tensor({0.1, 0.9, 0.4, 0.7, 0.2, 0.6, 0.3, 0.8, 0.5}, at::kDouble).reshape({1, 1, 3, 3});
  for (const std::string layer : {"conv", "relu", "input"}) {
    const std::string spec = "lrp:rule=zero,layer=" + layer;
    const at::Tensor own = explained(spec, f, x).maps;
    const at::Tensor other = explainers().make(spec)->stand_in(f)->explain(f, testing::samples_at(x, 0), Context{}).maps;
    ASSERT_EQ(own.sizes(), other.sizes()) << layer;
    EXPECT_LE((own - other).abs().max().item<double>(), 1e-12) << layer;
    EXPECT_GT(own.abs().max().item<double>(), 0.1) << layer;
  }
}

TEST(Lrp, RefusesToCompareTheOneClassThereIs) {
  GraphBuilder g({2});
  const Network f = g.finish(g.linear("fc", g.input(), rows({{1, 2}})));
  for (const std::string output : {"logit-difference", "logit-contrast", "softmax-contrast", "clrp1", "clrp2"}) {
    EXPECT_THROW(explained("lrp:output=" + output, f, rows({{1, 1}})), Error) << output;
  }
  expect_map("lrp:output=all", f, rows({{1, 1}}), {1, 2}, 1e-5);
}

/// Without biases nothing is lost on the way, and a map sums to what it explains.
TEST(Lrp, SaysWhatItsStartExplains) {
  GraphBuilder g({2});
  const Network f = g.finish(g.linear("fc", g.input(), rows({{1, 2}, {3, -1}, {0.5, 0.7}})));
  Samples samples = testing::samples_at(rows({{1, 2}}), 0);
  samples.runners_up = at::full({1}, 2, at::kLong);
  for (const std::string output : {"logit", "logit-difference", "logit-contrast"}) {
    const auto explainer = explainers().make("lrp:rule=zero,output=" + output);
    const at::Tensor sum = explainer->explain(f, samples, Context{}).maps.sum();
    const at::Tensor explained =
        explained_output(f.logits(samples.inputs), explainer->output(), samples.targets, samples.runners_up);
    EXPECT_NEAR(sum.item<double>(), explained.item<double>(), 1e-12) << output;
  }
  EXPECT_EQ(explainers().make("lrp:output=softmax-contrast")->output(), Output::probability);
  EXPECT_EQ(explainers().make("pattern-net:output=logit-difference")->output(), Output::logit_difference);
}

/// zennit's composites take these as arguments; a value of the composite's own line wins.
TEST(Lrp, GivesItsParametersToTheLinesOfAComposite) {
  GraphBuilder g({1, 3, 3});
  const int a = g.node(Op::relu, "relu1", {g.convolution("conv1", g.input(), rows({{1, -2, 3, 1}}).reshape({1, 1, 2, 2}))});
  const int b = g.node(Op::relu, "relu2", {g.convolution("conv2", a, rows({{2, -1}}).reshape({2, 1, 1, 1}), vector({0.5, 1}))});
  const Network f = g.finish(g.linear("fc", g.flatten("flat", b, 8), rows({{1, 2, -1, 3, 1, 1, -2, 1}}), vector({0.3})));
  const at::Tensor x = at::tensor({0.1, 0.9, 0.4, 0.7, 0.2, 0.6, 0.3, 0.8, 0.5}, at::kDouble).reshape({1, 1, 3, 3});
  const auto map = [&](const std::string& spec) { return explained("lrp:composite=" + spec, f, x).maps; };
  const at::Tensor table = map("(first = z-box:low=-2,high=3; convolution = gamma:gamma=2; linear = epsilon:epsilon=0.4)");
  EXPECT_TRUE(at::equal(map("epsilon-gamma-box,low=-2,high=3,gamma=2,epsilon=0.4"), table));
  EXPECT_TRUE(at::equal(map("(first = z-box; convolution = gamma; linear = epsilon:epsilon=0.4),low=-2,high=3,gamma=2"), table));
  EXPECT_FALSE(at::equal(map("epsilon-gamma-box"), table));
  for (const std::string key : {"low=-2,high=3", "gamma=2", "epsilon=0.4"}) {
    EXPECT_FALSE(at::allclose(map("epsilon-gamma-box," + key), map("epsilon-gamma-box"), 1e-3, 0)) << key;
  }
  EXPECT_THROW(map("epsilon-plus,rule=gamma"), Error);
}

/// An option that nothing reads is a mistake, and not passed over. lrp's parameters are an exception: one spec with all of them
/// serves every rule.
TEST(Explainers, RefuseOptionsThatNothingReads) {
  for (const std::string spec :
       {"lrp:composite=(any-linear = epsilon; any-linear = z-plus)", "lrp:composite=(any-linear = z-plus:gamma=3)",
        "deep-taylor:exact-sum=1", "deep-taylor:fit-samples=5", "excitation-backprop:positive=0", "deep-lift:value=0.3",
        "deep-lift:file=x.npy", "deep-shap:file=x.npy,baselines=3", "integrated-gradients:blur-sigma=3"}) {
    EXPECT_THROW(explainers().make(spec), Error) << spec;
  }
  for (const std::string spec : {"lrp:rule=z-plus,epsilon=0.1,gamma=1.5", "lrp:composite=epsilon-plus,gamma=0.7",
                                 "deep-lift:baseline=constant,value=0.3", "excitation-backprop:contrastive=1,positive=0"}) {
    EXPECT_NO_THROW(explainers().make(spec)) << spec;
  }
}

/// Relevance sheet 3: outside of the box shares may be negative.
TEST(Lrp, NotesInputsOutsideOfTheBox) {
  const at::Tensor x = rows({{0, 1}, {1, 1.1}});
  const auto notes = explained("lrp:rule=z-box", n1(), x, 0, {{0}, {1}}).notes;
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_TRUE(notes[0].empty());
  EXPECT_EQ(notes[1], std::vector<std::string>{"outside-box"});
  EXPECT_TRUE(explained("lrp:rule=z-box,high=1.2", n1(), x, 0, {{0}, {1}}).notes.empty());
  EXPECT_EQ(explained("deep-taylor:low=0.5", n1(), x, 0, {{0}, {1.2}}).notes.size(), 2u);
  EXPECT_THROW(explained("deep-taylor:low=0.9,high=0.1", n1(), x), Error);
}

}  // namespace
}  // namespace faultline
