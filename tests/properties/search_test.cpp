#include "suites/axioms/search.h"

#include <gtest/gtest.h>

#include "models/small_nets.h"
#include "suites/axioms/case_inputs.h"
#include "support/gradcheck.h"

namespace faultline {
namespace {

/// A method whose map is mean((x - c)^2) - r everywhere: negative in a small ball around c alone.
class Bowl final : public Explainer {
 public:
  Bowl(at::Tensor centre, double radius, bool is_differentiable)
      : centre_(std::move(centre)), radius_(radius), is_differentiable_(is_differentiable) {}
  Traits traits() const override {
    Traits traits;
    traits.differentiable = is_differentiable_;
    return traits;
  }
  std::vector<Claim> claims(const Network&) const override { return {{"positivity", 1e-12, "planted"}}; }
  Explanation explain(const Network&, const Samples& samples, const Context&) const override {
    const auto height = (samples.inputs - centre_).square().flatten(1).mean(1) - radius_;
    return {height.reshape({-1, 1, 1, 1}).expand_as(samples.inputs).contiguous()};
  }
  at::Tensor pull_back(const Network&, const Samples& samples, const at::Tensor& cotangent, const PointSubset&,
                       const Context&) const override {
    const auto n = static_cast<double>(centre_.numel());
    return cotangent.flatten(1).sum(1).reshape({-1, 1, 1, 1}) * 2 * (samples.inputs - centre_) / n;
  }

 private:
  at::Tensor centre_;
  double radius_;
  bool is_differentiable_;
};

struct Setting {
  Network network = small_cnn(1, 8, 8, 4, 1);
  Context context;
  Samples data = edge_cases(network, context.range, 0);
};

AxiomFindings found_by(const Explainer& explainer, const AxiomSearch& budget) {
  const Setting setting;
  return search(axiom_named("positivity"), {explainer, setting.network, setting.data, setting.context}, budget);
}

TEST(GuidedSearch, FindsWhatRandomInputsMiss) {
  const Bowl bowl(testing::uniform({1, 8, 8}, 0.2, 0.8, 3), 1e-4, true);
  AxiomSearch random;
  random.cases = 300;
  random.steps = 0;
  const auto missed = found_by(bowl, random);
  EXPECT_TRUE(missed.verdict.holds()) << words_of(missed.verdict);
  EXPECT_EQ(missed.verdict.tried, 7 + 7 + 300) << "data, edge cases and random ones";
  AxiomSearch guided;
  const auto found = found_by(bowl, guided);
  ASSERT_TRUE(found.verdict.is_refuted()) << words_of(found.verdict);
  EXPECT_EQ(found.refuting->origin, kFromClimb);
  EXPECT_LT(found.refuting->trial.found, 0);
}

TEST(GuidedSearch, GoesOnWithoutADerivative) {
  // A ball that most random steps find, and no input of the data lies in.
  const Bowl bowl(at::full({1, 8, 8}, 0.5, at::kDouble), 0.06, false);
  AxiomSearch guided;
  guided.cases = 6;
  guided.steps = 60;
  guided.climbs = 2;
  const Setting setting;
  const Samples black = setting.data.select({0});
  const auto found = search(axiom_named("positivity"), {bowl, setting.network, black, setting.context}, guided);
  ASSERT_TRUE(found.verdict.is_refuted()) << words_of(found.verdict);
}

TEST(AxiomSearch, GivesTheSameFindingsAgain) {
  const Bowl bowl(testing::uniform({1, 8, 8}, 0.2, 0.8, 3), 1e-4, true);
  const auto first = found_by(bowl, {}), second = found_by(bowl, {});
  EXPECT_EQ(first.verdict.tried, second.verdict.tried);
  ASSERT_TRUE(first.refuting && second.refuting);
  EXPECT_TRUE(first.refuting->samples.inputs.equal(second.refuting->samples.inputs));
}

TEST(AxiomSearch, TriesAxiomsOfPopulationsOnDataAlone) {
  const Setting setting;
  const auto gradient = explainers().make("gradient");
  const auto found = search(axiom_named("target-dependence"), {*gradient, setting.network, setting.data, setting.context}, {});
  EXPECT_EQ(static_cast<int64_t>(found.verdict.trials.size()), setting.data.size());
}

}  // namespace
}  // namespace faultline
