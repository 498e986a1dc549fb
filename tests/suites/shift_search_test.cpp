#include "suites/shift_search.h"

#include <gtest/gtest.h>

#include <limits>

#include "core/error.h"
#include "metrics/similarity.h"
#include "models/shifted.h"
#include "models/transforms.h"
#include "suites/shift_facts.h"
#include "suites/shift_pictures.h"
#include "suites/small_audit.h"
#include "support/gradcheck.h"
#include "support/shared.h"
#include "support/toy_networks.h"
#include "support/trained_network.h"

namespace faultline {
namespace {

constexpr double kUnbounded = std::numeric_limits<double>::infinity();

at::Tensor picture() { return target_picture("cat", 28, 28); }

FoundShift found_for(const std::string& spec, const ShiftSearch& search, int64_t sample = 0) {
  const Network& network = testing::trained_cnn();
  const Samples one = testing::digits(network, sample + 1).select({sample});
  return search_shift(network, *explainers().make(spec), one, picture(), search, {});
}

double pearson(const at::Tensor& map) { return picture_pearson(map, picture()).item<double>(); }

/// Attacks sheet 7.5: g = (6,3), x = (1,2), T = (3,12).
TEST(ClosedFormShift, IsThatOfTheExample) {
  const auto pair = [](double a, double b) { return at::tensor({a, b}, at::kDouble).reshape({1, 1, 1, 2}); };
  const at::Tensor slope = pair(6, 3), map = pair(6, 6), wanted = pair(3, 12);
  const at::Tensor m = closed_form_shift(map, slope, wanted, 1, kUnbounded);
  EXPECT_TRUE(at::equal(m, pair(-0.5, 2)));
  EXPECT_TRUE(at::equal(map + slope * m, wanted));
  EXPECT_TRUE(at::equal(closed_form_shift(map, slope, wanted, 1, 0.75), pair(-0.5, 0.75)));
  // Below a thousandth of the largest slope nothing is moved.
  EXPECT_TRUE(at::equal(closed_form_shift(map, pair(6, 0.005), wanted, 1, kUnbounded), pair(-0.5, 0)));
}

TEST(BestScale, IsNoWorseThanAnyOther) {
  const at::Tensor map = testing::uniform({1, 1, 28, 28}, -1, 1, 1), slope = testing::uniform({1, 1, 28, 28}, -2, 2, 2);
  const at::Tensor wanted = picture().reshape({1, 1, 28, 28});
  const auto score = [&](double scale) { return pearson(map + slope * closed_form_shift(map, slope, wanted, scale, 0.3)); };
  const double best = score(best_scale(map, slope, wanted, 0.3));
  for (double scale = 0.01; scale < 10; scale *= 1.1) EXPECT_GE(best, score(scale) - 1e-3) << scale;
  EXPECT_GT(best, score(10) + 0.01);
}

TEST(PicturePearson, IsThatOfMagnitudesSummedOverChannels) {
  const at::Tensor map = testing::uniform({1, 3, 28, 28}, -1, 1, 1);
  const auto metric = similarity_metrics().make("pearson:reduce=abs-sum");
  EXPECT_NEAR(pearson(map), metric->compare(map, (picture() / 3).expand_as(map)).values[0], 1e-12);
  EXPECT_EQ(pearson(at::ones({1, 1, 28, 28}, at::kDouble)), 0);
}

/// What the search follows leaves the moved biases out; in a ReLU network that is the derivative all the same.
TEST(ShiftSearch, FollowsTheDerivativeOfTheWholeInAReluNetwork) {
  const Network& network = testing::trained_cnn();
  const Samples one = testing::digits(network, 1).with_inputs(testing::uniform({1, 1, 28, 28}, 0, 1, 7));
  const at::Tensor m = testing::uniform({1, 1, 28, 28}, -0.1, 0.1, 3), way = testing::uniform({1, 1, 28, 28}, -1, 1, 4);
  const MapLoss loss = [](const at::Tensor& maps, const std::vector<int64_t>&) { return 1 - picture_pearson(maps, picture()); };
  const auto at_shift = [&](const Explainer& explainer, const at::Tensor& shift) {
    return explainer.value_and_gradient(shifted(network, shift, Compensation::first_linear), one.with_inputs(one.inputs + shift),
                                        loss, {}, {});
  };
  for (const std::string spec : {"gradient-x-input", "lrp:rule=zero", "integrated-gradients:steps=10"}) {
    const auto explainer = explainers().make(spec);
    constexpr double kStep = 1e-7;
    const double slope =
        (at_shift(*explainer, m + kStep * way).loss - at_shift(*explainer, m - kStep * way).loss).item<double>() / (2 * kStep);
    EXPECT_NEAR((at_shift(*explainer, m).gradient * way).sum().item<double>() / slope, 1, 1e-4) << spec;
  }
}

TEST(ShiftSearch, DrawsThePictureWithoutABound) {
  ShiftSearch search;
  search.bound = kUnbounded;
  for (const std::string spec : {"gradient-x-input", "lrp"}) {
    const FoundShift found = found_for(spec, search);
    ASSERT_EQ(found.why_not, "") << spec;
    EXPECT_TRUE(found.is_closed_form) << spec;
    // What stays undrawn are pixels whose slope is nearly zero.
    EXPECT_GT(pearson(found.after), 0.9) << spec;
    EXPECT_LT(pearson(found.before), 0.5) << spec;
    EXPECT_LE(found.logit_change, 1e-8) << spec;
  }
}

TEST(ShiftSearch, StaysWithinItsBound) {
  const ShiftSearch search;
  const FoundShift found = found_for("gradient-x-input", search);
  EXPECT_LE(found.m.abs().max().item<double>(), 0.3 + 1e-15);
  EXPECT_GT(pearson(found.after), pearson(found.before) + 0.25);
  EXPECT_LE(found.logit_change, 1e-10);
}

TEST(ShiftSearch, DescendsWhereTheShiftBendsTheMap) {
  ShiftSearch search;
  search.iterations = 60;
  const FoundShift found = found_for("integrated-gradients:steps=10", search);
  EXPECT_FALSE(found.is_closed_form);
  EXPECT_LE(found.m.abs().max().item<double>(), 0.3 + 1e-15);
  ShiftSearch brief = search;
  brief.iterations = 1;
  EXPECT_GT(pearson(found.after), pearson(found_for("integrated-gradients:steps=10", brief).after) + 0.01)
      << "more steps, more cat";
  EXPECT_GT(pearson(found.after), pearson(found.before) + 0.2);
}

TEST(ShiftSearch, SaysWhyThereIsNothingToFind) {
  EXPECT_EQ(found_for("gradient", {}).why_not, "the map does not move with the shift");
  EXPECT_EQ(found_for("grad-cam", {}).why_not, "the map does not move with the shift");
}

TEST(ShiftPictures, AreDrawnAndRead) {
  const at::Tensor cat = picture();
  EXPECT_EQ(cat.min().item<double>(), 0);
  EXPECT_EQ(cat.max().item<double>(), 1);
  EXPECT_TRUE(at::allclose(cat, cat.flip(1))) << "its face is symmetric";
  const double ink = target_picture("cat", 224, 224).mean().item<double>();
  EXPECT_NEAR(cat.mean().item<double>(), ink, 0.01) << "the same at any size";
  EXPECT_THROW(target_picture("no-such-file.png", 8, 8), Error);
  const at::Tensor board = chequers({2, 8, 8});
  EXPECT_EQ(board.mean().item<double>(), 0.5);
  EXPECT_EQ(board[1][0][2].item<double>() + board[1][2][2].item<double>(), 1);
  EXPECT_TRUE(at::equal(chequers({8}), at::tensor({0, 0, 1, 1, 0, 0, 1, 1}, at::kDouble)));
}

TEST(ShiftSuite, KeepsThePicturesOfItsSearch) {
  const testing::TemporaryFolder folder;
  Audit audit = testing::small_audit(at::kFloat, 64);
  audit.samples.resize(3);
  audit.subjects = {testing::subject_of("gradient-x-input"), testing::subject_of("gradient"), testing::subject_of("random")};
  const auto ran = testing::run(audit, folder.file("run"), 2, "shift:optimised=2");
  EXPECT_EQ(ran.pictures.size(), 2u * 5u);
  std::map<std::string, int> measured;
  for (const auto& record : ran.records) {
    if (record.condition.rfind(facts::kOptimised, 0) != 0) continue;
    EXPECT_EQ(record.reason, record.explainer == "gradient" ? facts::kNotApplicable : "");
    EXPECT_NE(record.explainer, "random") << "a control is not searched for";
    if (record.value) ++measured[record.metric];
  }
  for (const std::string metric : {facts::quantity::kPictureBefore, facts::quantity::kPictureAfter, facts::quantity::kPictureSsim,
                                   facts::quantity::kShiftLinf, facts::quantity::kShiftL2, facts::quantity::kLogitChange})
    EXPECT_EQ(measured[metric], 2) << metric;
}

}  // namespace
}  // namespace faultline
