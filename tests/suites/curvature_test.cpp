#include "suites/curvature.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "core/error.h"
#include "suites/curvature_findings.h"
#include "suites/curvature_pilot.h"
#include "suites/small_audit.h"
#include "support/held_dataset.h"
#include "support/shared.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

namespace names = facts::curvature;
using testing::rows;
using testing::run;
using testing::small_audit;
using testing::subject_of;

at::Tensor diagonal(const std::vector<double>& values) { return at::diag(at::tensor(values, at::kDouble)); }

/// The rows of `inputs` on a network, all explained for class 0.
Audit audit_of(const Network& network, const at::Tensor& inputs, const std::vector<std::string>& explainers = {"gradient"}) {
  Audit audit;
  audit.network = audit.counterpart = network;
  audit.data = std::make_shared<testing::HeldDataset>(inputs);
  for (int64_t i = 0; i < inputs.size(0); ++i) {
    PlannedSample sample;
    sample.index = sample.slot = i;
    sample.info = audit.data->info(i);
    audit.samples.push_back(sample);
  }
  for (const auto& spec : explainers) audit.subjects.push_back(subject_of(spec));
  audit.epsilons = {8.0 / 255};
  return audit;
}

/// A run's records, looked up.
class Found {
 public:
  explicit Found(std::vector<Record> records) : records_(std::move(records)) {}
  Found(const Audit& audit, const std::string& spec) {
    const testing::TemporaryFolder folder;
    records_ = run(audit, folder.file("run"), 1, spec).records;
  }
  const Record& record(const std::string& condition, const std::string& metric, const std::string& sample = "0") const {
    for (const auto& r : records_) {
      if (r.condition == condition && r.metric == metric && r.sample == sample) return r;
    }
    throw std::logic_error("no record " + condition + " " + metric + " of " + sample);
  }
  double value(const std::string& condition, const std::string& metric, const std::string& sample = "0") const {
    const Record& r = record(condition, metric, sample);
    return r.value ? *r.value : throw std::logic_error(metric + ": " + r.reason);
  }
  double spectrum(const std::string& metric, const std::string& sample = "0") const {
    return value(names::kSpectrum, metric, sample);
  }
  std::string reason(const std::string& condition, const std::string& metric) const { return record(condition, metric).reason; }
  double whole(const std::string& condition, const std::string& metric) const { return value(condition, metric, ""); }
  const std::vector<Record>& all() const { return records_; }

 private:
  std::vector<Record> records_;
};

const std::vector<double> kRadii{0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1};

/// attacks sheet 4.8: a quadratic network, on which everything is exact at every radius.
TEST(CurvatureSuite, IsExactOnAQuadraticNetwork) {
  const Network network = testing::quadratic_network(diagonal({4, 1, 0}), at::tensor({0.5, -1.0, 2.0}, at::kDouble));
  const Found found(audit_of(network, rows({{0.3, 0.2, 0.1}})), "curvature:attack=none,directions=2000,probes=1");
  EXPECT_NEAR(found.spectrum("lambda-1"), 4, 1e-9);
  EXPECT_NEAR(found.spectrum("lambda-2"), 1, 1e-9);
  EXPECT_NEAR(found.spectrum("lambda-3"), 0, 1e-9);
  EXPECT_LT(found.spectrum("residual-1"), 1e-9);
  EXPECT_EQ(found.reason(names::kSpectrum, "lambda-4"), "not-applicable");
  EXPECT_NEAR(found.spectrum(names::kFrobenius), std::sqrt(17), 1e-9);
  EXPECT_NEAR(found.spectrum(names::kEffectiveRank), 289.0 / 257, 1e-9);
  EXPECT_NEAR(found.spectrum(names::kRho), 1.680336, 1e-6);
  EXPECT_NEAR(found.spectrum(names::kMapRho), 1.680336, 1e-6);
  // The gradient is (1.7, -0.8, 2), the leading direction the first axis.
  const double length = std::sqrt(1.7 * 1.7 + 0.8 * 0.8 + 4);
  EXPECT_NEAR(found.spectrum(names::kGradientNorm), length, 1e-9);
  EXPECT_NEAR(found.spectrum(names::kAlignment), 1.7 / length, 1e-9);
  EXPECT_NEAR(found.spectrum(names::kRelativeCurvature), 4 / length, 1e-9);
  EXPECT_NEAR(found.spectrum(names::kPredictedFragility), 4 / length, 1e-9);
  for (const double radius : kRadii) {
    const std::string at = names::radius_name(radius);
    EXPECT_NEAR(found.value(at, names::kPredicted), 4 * radius, 1e-9);
    for (const bool on_surrogate : {true, false}) {
      EXPECT_NEAR(found.value(at, names::on(names::kAchieved, on_surrogate)), 4 * radius, 1e-9) << at;
      EXPECT_NEAR(found.value(at, names::on(names::kRatio, on_surrogate)), 1, 1e-9) << at;
      EXPECT_NEAR(found.value(at, names::on(names::kCosine, on_surrogate)), 1, 1e-9) << at;
      // 0.238048 at 0.1, from 2000 directions.
      EXPECT_NEAR(found.value(at, names::on(names::kRandom, on_surrogate)) / (radius * std::sqrt(17.0 / 3)), 1, 0.03) << at;
      EXPECT_NEAR(found.value(at, names::on(names::kGainOverRho, on_surrogate)), 1, 0.03) << at;
    }
  }
  EXPECT_EQ(found.whole(names::kSpectrum, names::on(names::kValidity, true)), 1);
  EXPECT_EQ(found.whole(names::kSpectrum, names::on(names::kValidity, false)), 1);
}

/// attacks sheet 4.8: S = v . sp_2(Wx), whose eigenvalue of largest magnitude is negative.
TEST(CurvatureSuite, OfASoftplusLayerIsTheSheets) {
  GraphBuilder g({2});
  const int z = g.linear("fc1", g.input(), rows({{1, 0}, {1, 1}}));
  const Network relu = g.finish(g.linear("fc2", g.node(Op::relu, "relu", {z}), rows({{1, -2}})));
  const Found found(audit_of(relu, rows({{0, 0}})), "curvature:attack=none,beta=2,probes=1000,directions=0");
  EXPECT_NEAR(found.spectrum("lambda-1"), -1.7807764, 1e-7);
  EXPECT_NEAR(found.spectrum("lambda-2"), 0.2807764, 1e-7);
  EXPECT_NEAR(found.spectrum(names::kGradientNorm), std::sqrt(1.25), 1e-9);
  // v1 is parallel to (1, 1.2807764).
  EXPECT_NEAR(found.spectrum(names::kAlignment), (0.5 + 1.2807764) / (std::sqrt(1 + 1.2807764 * 1.2807764) * std::sqrt(1.25)),
              1e-7);
  EXPECT_NEAR(found.spectrum(names::kFrobenius), std::sqrt(3.25), 0.1);
  EXPECT_NEAR(found.value("radius=0.001", "ratio-surrogate"), 1, 1e-3);
  EXPECT_NEAR(found.value("radius=0.001", "cosine-surrogate"), 1, 1e-6);
  // On the network itself both units are off there, and a step along v1 turns neither on: nothing moves, whatever was predicted.
  EXPECT_EQ(found.value("radius=0.001", "ratio-original"), 0);
  EXPECT_EQ(found.whole(names::kSpectrum, names::on(names::kValidity, false)), 0);
}

/// attacks sheet 4.8: a repeated eigenvalue is found once, and what is missing has its reason.
TEST(CurvatureSuite, SaysWhereTheRecursionFoundNoMore) {
  const Found found(audit_of(testing::quadratic_network(diagonal({2, 2, 5})), rows({{1, 1, 1}})),
                    "curvature:attack=none,directions=0");
  EXPECT_NEAR(found.spectrum("lambda-1"), 5, 1e-9);
  EXPECT_NEAR(found.spectrum("lambda-2"), 2, 1e-9);
  EXPECT_EQ(found.reason(names::kSpectrum, "lambda-3"), "not-applicable");
}

/// attacks sheet 4.3: the normalised map of g = (3,-1,0.5), and curvature along the gradient alone, which moves no share.
TEST(CurvatureSuite, LooksAtSharesOfTheMapToo) {
  const auto jacobian = rows({{.0741, .1481, -.1481}, {-.0494, -.1728, -.0494}, {-.0247, .0247, .1975}});
  const double largest = std::get<1>(at::linalg_svd(jacobian))[0].item<double>();
  const Found shares(audit_of(testing::energy_network({3}), rows({{3, -1, 0.5}})),
                     "curvature:attack=none,operator=map,directions=0,probes=1000");
  EXPECT_NEAR(shares.spectrum("lambda-1"), largest, 1e-4);
  EXPECT_NEAR(shares.spectrum(names::kMapChange), largest, 1e-4);
  EXPECT_NEAR(shares.spectrum(names::kFrobenius), jacobian.norm().item<double>(), 0.02);
  EXPECT_NEAR(shares.value("radius=0.01", "ratio-original"), 1, 0.01);

  const auto w = at::tensor({1.0, -2.0, 0.5}, at::kDouble);
  const Network parallel = testing::quadratic_network(at::outer(w, w), w);
  const Found none(audit_of(parallel, rows({{0.3, 0.2, 0.1}})), "curvature:attack=none,operator=map,directions=0");
  EXPECT_NEAR(none.value("radius=1", "achieved-original"), 0, 1e-12) << "no change of shape is possible";
  const Found length(audit_of(parallel, rows({{0.3, 0.2, 0.1}})), "curvature:attack=none,directions=0");
  EXPECT_NEAR(length.spectrum("lambda-1"), 5.25, 1e-9) << "||w||^2";
  EXPECT_NEAR(length.spectrum(names::kAlignment), 1, 1e-9);
}

TEST(CurvatureSuite, HasReasonsWhereNothingCurves) {
  const Found found(audit_of(testing::linear_network({1, -2}, 0.5), rows({{0.1, 0.2}})), "curvature:directions=3");
  EXPECT_EQ(found.spectrum("lambda-1"), 0);
  EXPECT_EQ(found.spectrum(names::kPredictedFragility), 0);
  for (const char* metric : {names::kRho, names::kMapRho, names::kAlignment, names::kEffectiveRank})
    EXPECT_EQ(found.reason(names::kSpectrum, metric), "zero-denominator") << metric;
  EXPECT_EQ(found.value("radius=0.1", "achieved-original"), 0);
  for (const char* metric : {"ratio-surrogate", "ratio-original", "cosine-original", "gain-original", "gain-over-rho-surrogate"})
    EXPECT_EQ(found.reason("radius=0.1", metric), "zero-denominator") << metric;
  EXPECT_EQ(found.whole(names::kSpectrum, names::on(names::kValidity, true)), 0);
}

/// f = x^1.5 has the gradient 0 and an infinite second derivative at 0. A sample beside it is not touched.
TEST(CurvatureSuite, SaysWhereTheSecondDerivativeIsNotFinite) {
  const Found found(audit_of(testing::power_network(1.5), rows({{0.0}, {0.25}})), "curvature:attack=none,directions=2");
  for (const auto& r : found.all()) {
    if (r.sample == "0" && r.metric != names::kGradientNorm && r.metric != names::kMapNorm && r.metric != "residual-2") {
      EXPECT_TRUE(r.reason == "non-finite-map" || r.reason == "not-applicable") << r.condition << " " << r.metric;
    }
  }
  EXPECT_EQ(found.reason(names::kSpectrum, "lambda-1"), "non-finite-map");
  EXPECT_EQ(found.reason("radius=0.01", "ratio-surrogate"), "non-finite-map");
  EXPECT_NEAR(found.spectrum("lambda-1", "1"), 1.5, 1e-9) << "0.75 / sqrt(0.25)";
  EXPECT_NEAR(found.value("radius=0.001", "ratio-original", "1"), 1, 1e-2);
}

TEST(CurvatureSuite, DoesNotApplyToExplainersWithoutADerivative) {
  const Found found(audit_of(testing::quadratic_network(diagonal({2, 1})), rows({{1, 2}}), {"random"}), "curvature");
  ASSERT_EQ(found.all().size(), 1u);
  EXPECT_EQ(found.reason(names::kSpectrum, names::kPredictedFragility), "not-applicable");
}

TEST(CurvatureSuite, GivesTheSameNumbersForAnyBatchAndThreadCount) {
  const testing::TemporaryFolder folder;
  const std::string spec = "curvature:directions=3,lanczos-steps=12,beta=20,radii=0.001|0.1,attack=(ghorbani-topk:iterations=3)";
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    const std::string name = dtype == at::kFloat ? "f" : "d";
    const double tolerance = dtype == at::kFloat ? 1e-5 : 1e-9;
    const auto whole = run(small_audit(dtype, 64), folder.file(name + "64"), 1, spec).records;
    const auto compare = [&](const std::vector<Record>& other) {
      ASSERT_EQ(other.size(), whole.size());
      for (size_t i = 0; i < whole.size(); ++i) {
        const Record &a = other[i], &b = whole[i];
        EXPECT_EQ(a.condition + a.metric + a.sample + a.reason, b.condition + b.metric + b.sample + b.reason);
        // A residual is rounding itself.
        if (a.value && a.metric.rfind("residual", 0) != 0) {
          EXPECT_NEAR(*a.value, *b.value, tolerance * std::max(1.0, std::abs(*b.value))) << a.condition << " " << a.metric;
        }
      }
    };
    compare(run(small_audit(dtype, 64), folder.file(name + "2"), 2, spec).records);
    compare(run(small_audit(dtype, 7), folder.file(name + "7"), 1, spec).records);
  }
}

/// On a trained network the prediction holds for short steps on the surrogate, and its own sharpness bounds how long they may be.
TEST(CurvatureSuite, PredictsShortStepsOnASurrogateAndLessFarOnASharperOne) {
  const Audit audit = small_audit(at::kDouble, 64);
  const auto validity = [&](const std::string& beta) {
    const Found found(audit, "curvature:attack=none,directions=8,beta=" + beta);
    for (const auto& r : found.all()) {
      if (beta == "10" && r.condition == "radius=0.001" && r.metric == "ratio-surrogate" && r.value) {
        EXPECT_NEAR(*r.value, 1, 0.02) << r.sample;
      }
      if (beta == "10" && r.condition == "radius=0.001" && r.metric == "cosine-surrogate" && r.value) {
        EXPECT_GT(*r.value, 0.999) << r.sample;
      }
    }
    return found.whole(names::kSpectrum, names::on(names::kValidity, true));
  };
  const double smooth = validity("10"), sharp = validity("1000");
  EXPECT_GE(smooth, 0.01);
  EXPECT_LT(sharp, smooth);
}

TEST(CurvatureSuite, ComparesItsOrderWithTheAttacks) {
  const Found found(small_audit(at::kFloat, 64), "curvature:directions=0,beta=20,attack=(ghorbani-topk:iterations=8)");
  EXPECT_EQ(found.whole(names::kAttackLoss, names::kCorrelationSamples), 18);
  const double r = found.whole(names::kAttackLoss, names::kCorrelation);
  EXPECT_GE(r, found.whole(names::kAttackLoss, names::kCorrelationLow));
  EXPECT_LE(r, found.whole(names::kAttackLoss, names::kCorrelationHigh));
  double most = 0;
  for (const auto& record : found.all()) {
    if (record.metric == names::kLoss) most = std::max(most, record.value.value_or(0));
  }
  EXPECT_GT(most, 0.1) << "the attack takes something";
}

TEST(CurvatureSuite, RefusesWhatItCannotRead) {
  for (const char* spec : {"curvature:radii=0.1|0.01", "curvature:radii=0|1", "curvature:radii=", "curvature:radii=x",
                           "curvature:attack=random-sign", "curvature:attack=nothing", "curvature:beta=5..50"}) {
    EXPECT_THROW(suites().make(spec), Error) << spec;
  }
}

TEST(ValidityRadius, EndsAtTheFirstRadiusThatFails) {
  const std::vector<double> radii{0.1, 0.2, 0.4};
  EXPECT_EQ(validity_radius(radii, {{1, 1.1, 5}, {0.9}, {0.85, 0.75}}), 0.4);  // medians 1.1, 0.9, 0.8
  EXPECT_EQ(validity_radius(radii, {{1}, {1.3}, {1}}), 0.1) << "a ratio that comes back through 1 says nothing";
  EXPECT_EQ(validity_radius(radii, {{0}, {1}, {1}}), 0);
  EXPECT_EQ(validity_radius(radii, {{1}, {}, {1}}), 0.1) << "nothing measured";
}

/// f = sum of relu(w_i x_i), at one point: 64 units of nearly equal slopes on their kinks, one steep unit beside its kink, and
/// units far from theirs, which set the scale.
struct AlikeUnits {
  AlikeUnits() {
    const auto some = [](int64_t count, double value) { return at::full({count}, value, at::kDouble); };
    const at::Tensor slopes = at::cat({at::linspace(1, 1.3, 64, at::kDouble), some(1, 10), some(70, 1)});
    GraphBuilder g({slopes.numel()});
    const int z = g.linear("fc1", g.input(), at::diag(slopes));
    network = g.finish(g.linear("fc2", g.node(Op::relu, "relu", {z}), at::ones({1, slopes.numel()}, at::kDouble)));
    inputs = at::cat({some(64, 0), some(1, 0.1), some(70, 3)}).unsqueeze(0);
  }
  Network network;
  at::Tensor inputs;
};

/// A few steps of Lanczos' recursion cannot tell the steepest of many like units from its neighbours. Along their direction,
/// spread over many units, no unit leaves the part of its softplus where the prediction holds; along the leading one it does.
TEST(CurvaturePilot, TakesASurrogateOnlyIfThePredictionHoldsAlongTheSuitesOwnDirection) {
  const AlikeUnits toy;
  const double radius = 0.18;
  const auto betas = beta_candidates(toy.network, toy.inputs).betas;
  const Audit audit = audit_of(toy.network, toy.inputs);
  const auto ratio = [&](double beta, const std::string& steps) {
    const Found found(audit, "curvature:attack=none,directions=0,probes=1,tangent=none,radii=" + exact_number(radius) +
                                 ",lanczos-steps=" + steps + ",beta=" + exact_number(beta));
    return found.value(names::radius_name(radius), names::on(names::kRatio, true));
  };
  EXPECT_LT(ratio(betas[0], "30"), 0.5) << "of the smoothest, the steep unit leads";
  EXPECT_GT(ratio(betas[1], "5"), 0.9) << "after 5 steps it seems to hold";
  for (size_t i = 1; i < betas.size(); ++i) EXPECT_LT(ratio(betas[i], "30"), 0.9) << betas[i];

  CurvatureOptions curvature;
  curvature.op = CurvatureOptions::Operator::hessian;
  curvature.objective = CurvatureOptions::Objective::change;
  curvature.tangent = CurvatureOptions::Tangent::none;
  const auto explainer = explainers().make("gradient");
  const auto smoothing = smoothing_for({}, curvature, toy.network, *explainer);
  const auto chosen = choose_curvature_beta({toy.network, *explainer, testing::samples_at(toy.inputs), 8.0 / 255, {}}, curvature,
                                            smoothing, radius);
  EXPECT_EQ(chosen.at("beta"), betas[0]) << "it holds on none, so the smoothest is taken";
}

}  // namespace
}  // namespace faultline
