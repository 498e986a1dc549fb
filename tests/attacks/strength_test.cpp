// Attacks are held to what they reached when they were written: a weakened one must fail the build.
#include <gtest/gtest.h>

#include "attacks/ghorbani_topk.h"
#include "support/trained_network.h"

namespace faultline {
namespace {

constexpr double kEpsilon = 8.0 / 255;
constexpr int64_t kSamples = 16;

double mean_change(const Attack& attack, const std::string& explainer_spec) {
  const Network& network = testing::trained_cnn();
  const Samples samples = testing::digits(network, kSamples);
  const auto explainer = explainers().make(explainer_spec);
  const Context context;
  const AttackProblem problem{network, *explainer, samples, kEpsilon, context};
  const auto result = attack.run(problem, attack.prepare(problem));
  double change = 0;  // of the selection metric
  for (const auto& outcome : result.outcomes) {
    EXPECT_TRUE(outcome.reason.empty()) << outcome.reason;
    EXPECT_LE(outcome.linf, kEpsilon * (1 + 1e-6) + 1e-7);
    change += std::abs(outcome.before - outcome.after);
  }
  return change / static_cast<double>(result.outcomes.size());
}

double mean_change(const std::string& attack, const std::string& explainer_spec = "gradient") {
  return mean_change(*attacks().make(attack), explainer_spec);
}

// Measured when written: top-k overlap lost by gradient, by integrated gradients, by Taylor decomposition, and
// pixels of centre shift. The tests ask for
// 80 %.
constexpr double kTopkLost = 0.547;
constexpr double kTopkLostByIntegratedGradients = 0.274;
constexpr double kTopkLostByTaylorDecomposition = 0.504;
constexpr double kCentreShift = 1.885;
constexpr double kAsked = 0.8;

const char* const kTopk = "ghorbani-topk:iterations=40";
const char* const kMassCentre = "ghorbani-mass-center:iterations=40,select=center-shift";

TEST(GhorbaniTopk, ReachesItsStrengthOnGradient) { EXPECT_GE(mean_change(kTopk), kAsked * kTopkLost); }

TEST(GhorbaniTopk, ReachesItsStrengthOnIntegratedGradientsWithAFewPathPoints) {
  EXPECT_GE(mean_change("ghorbani-topk:iterations=40,steps=10,points=3", "integrated-gradients:steps=10"),
            kAsked * kTopkLostByIntegratedGradients);
}

/// What is asked is more than 0.363, which the derivative with the root held fixed reaches, 0.353 without a surrogate, and 0.251
/// of random signs.
TEST(GhorbaniTopk, ReachesItsStrengthOnTaylorDecomposition) {
  EXPECT_GE(mean_change(kTopk, "taylor-decomposition"), kAsked * kTopkLostByTaylorDecomposition);
}

TEST(GhorbaniMassCenter, ReachesItsStrengthOnGradient) { EXPECT_GE(mean_change(kMassCentre), kAsked * kCentreShift); }

TEST(Strength, OfCrippledAttacksFallsShort) {
  EXPECT_LT(mean_change(std::string(kTopk) + ",step=1e-7"), kAsked * kTopkLost);
  EXPECT_LT(mean_change(std::string(kTopk) + ",surrogate=none"), kAsked * kTopkLost);
  EXPECT_LT(mean_change(std::string(kMassCentre) + ",step=1e-7"), kAsked * kCentreShift);
  EXPECT_LT(mean_change("random-sign:iterations=40"), kAsked * kTopkLost);
}

/// Raises the share of the map on its largest entries: the top-k attack with its objective turned round.
class SignFlipped final : public GradientAttack {
 public:
  explicit SignFlipped(GradientAttackOptions options) : GradientAttack(std::move(options)) {}

 protected:
  const char* name() const override { return "sign-flipped"; }
  Start start() const override { return Start::clean; }
  std::unique_ptr<GradientAttack> with_options(GradientAttackOptions options) const override {
    return std::make_unique<SignFlipped>(std::move(options));
  }
  Objective objective(const AttackProblem&, const at::Tensor& clean_maps) const override {
    const auto clean = attack_map(clean_maps);
    const auto threshold = std::get<0>(clean.topk(shared().search.k.of(clean.size(1)), 1)).amin(1, true);
    return
        [inside = clean.ge(threshold).to(clean.scalar_type())](const at::Tensor& map, const std::vector<int64_t>& rows, int64_t) {
          return (map * inside.index_select(0, at::tensor(rows, at::kLong))).sum(1);
        };
  }
};

TEST(Strength, OfASignFlippedAttackFallsShort) {
  GradientAttackOptions options;
  options.search.iterations = 40;
  EXPECT_LT(mean_change(SignFlipped(options), "gradient"), kAsked * kTopkLost);
}

}  // namespace
}  // namespace faultline
