#include <cmath>

#include "core/error.h"
#include "metrics/compare_maps.h"

namespace faultline {
namespace {

using testing::compare;
using testing::picture;
using testing::reason_of;

/// One row a metric: what it sees by default and what it says of itself.
struct Row {
  const char *name, *reduce, *normalise;
  Direction direction;
  double trivial;
  bool needs_picture;
  const char* of_zero;      ///< reason for a zero map against a varying one
  const char* of_constant;  ///< for a constant one ("" where it has a value)
};

const std::vector<Row>& rows() {
  static const auto up = Direction::higher_is_better, down = Direction::lower_is_better;
  static const std::vector<Row> table = {
      {"top-k", "abs-sum", "none", up, 1, false, "zero-map", "constant-map"},
      {"spearman", "abs-sum", "none", up, 1, false, "constant-map", "constant-map"},
      {"kendall", "abs-sum", "none", up, 1, false, "constant-map", "constant-map"},
      {"pearson", "signed", "none", up, 1, false, "constant-map", "constant-map"},
      {"cosine", "signed", "none", up, 1, false, "zero-denominator", ""},
      {"l1", "signed", "unit-mass", down, 0, false, "zero-map", ""},
      {"l2", "signed", "rms", down, 0, false, "zero-map", ""},
      {"linf", "signed", "max", down, 0, false, "zero-map", ""},
      {"mse", "signed", "none", down, 0, false, "", ""},
      {"ssim", "abs-sum", "max", up, 1, true, "zero-map", "constant-map"},
      {"hog-pearson", "abs-sum", "max", up, 1, true, "zero-map", "constant-map"},
      {"center-shift", "abs-sum", "unit-mass", down, 0, true, "zero-map", ""},
      {"emd", "abs-sum", "unit-mass", down, 0, true, "zero-map", ""},
  };
  return table;
}

at::Tensor varying() { return at::cos(at::arange(3 * 256, at::kDouble)).view({1, 3, 16, 16}); }

TEST(SimilarityList, HasOneRowAMetric) {
  std::vector<std::string> names;
  for (const Row& row : rows()) names.push_back(row.name);
  EXPECT_EQ(similarity_metrics().standalone_names(), names);
}

TEST(SimilarityList, DefaultsAndFactsAreThoseOfTheTable) {
  for (const Row& row : rows()) {
    const auto metric = similarity_metrics().make(std::string(row.name));
    EXPECT_STREQ(name_of(metric->reduce()), row.reduce) << row.name;
    EXPECT_STREQ(name_of(metric->normalise()), row.normalise) << row.name;
    EXPECT_EQ(metric->facts().direction, row.direction) << row.name;
    EXPECT_EQ(metric->facts().trivial, row.trivial) << row.name;
    EXPECT_EQ(metric->facts().needs_picture, row.needs_picture) << row.name;
  }
}

TEST(SimilarityList, CanonicalSpecsMakeTheSameMetric) {
  const auto a = varying(), b = varying().roll(7);
  for (const Row& row : rows()) {
    const Spec canonical = similarity_metrics().canonical(parse_spec(row.name));
    ASSERT_TRUE(canonical.find("reduce")) << row.name;
    EXPECT_EQ(*canonical.find("reduce"), row.reduce);
    EXPECT_EQ(similarity_metrics().canonical(canonical), canonical);
    EXPECT_EQ(compare(print(canonical), a, b).values, compare(row.name, a, b).values) << row.name;
  }
}

TEST(SimilarityList, TakesReduceAndNormaliseEverywhere) {
  const auto a = varying(), b = varying().roll(7);
  for (const Row& row : rows()) {
    const auto metric = similarity_metrics().make(std::string(row.name) + ":reduce=l2,normalise=minmax");
    EXPECT_EQ(metric->reduce(), Reduce::l2);
    EXPECT_EQ(metric->normalise(), Normalise::minmax);
    EXPECT_EQ(metric->compare(a, b).reasons[0], "") << row.name;
  }
}

TEST(Degenerate, NonFiniteMapsHaveNoValue) {
  for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    auto broken = varying();
    broken[0][1][3][4] = bad;
    for (const Row& row : rows()) {
      EXPECT_EQ(reason_of(row.name, varying(), broken), "non-finite-map") << row.name;
      EXPECT_EQ(reason_of(row.name, broken, varying()), "non-finite-map") << row.name;
    }
  }
}

TEST(Degenerate, ZeroAndConstantMapsHaveTheReasonsOfTheTable) {
  const auto zero = at::zeros_like(varying()), constant = at::full_like(varying(), -0.25);
  for (const Row& row : rows()) {
    EXPECT_EQ(reason_of(row.name, varying(), zero), row.of_zero) << row.name;
    EXPECT_EQ(reason_of(row.name, zero, varying()), row.of_zero) << row.name;
    EXPECT_EQ(reason_of(row.name, varying(), constant), row.of_constant) << row.name;
    EXPECT_EQ(reason_of(row.name, constant, varying()), row.of_constant) << row.name;
  }
}

TEST(Degenerate, EqualConstantsAreToldFromUnequalOnes) {
  const auto one = at::ones_like(varying()), two = one * 2, zero = one * 0;
  for (const char* name : {"spearman", "kendall", "pearson"}) {
    EXPECT_EQ(reason_of(name, one, one), "both-constant");
    EXPECT_EQ(reason_of(name, zero, zero), "both-constant");
    EXPECT_EQ(reason_of(name, one, two), "constant-map");
    EXPECT_EQ(reason_of(name, zero, two), "constant-map");
  }
}

TEST(Degenerate, OneBadSampleDoesNotTouchTheOthers) {
  const auto a = at::cat({varying(), varying(), varying()}), b = a.roll(5, 3).clone();
  const auto good = compare("spearman", a, b);
  auto broken = b.clone();
  broken[1][0][0][0] = std::nan("");
  const auto out = compare("spearman", a, broken);
  EXPECT_EQ(out.reasons, (std::vector<std::string>{"", "non-finite-map", ""}));
  EXPECT_EQ(out.values[0], good.values[0]);
  EXPECT_EQ(out.values[2], good.values[2]);
}

TEST(Degenerate, ConstancyIsJudgedByTheMapsDtype) {
  auto almost = at::ones({1, 1, 16, 16}, at::kDouble);
  almost[0][0][3][3] += 4e-7;
  EXPECT_EQ(reason_of("spearman", almost, almost), "");
  EXPECT_EQ(reason_of("spearman", almost.to(at::kFloat), almost.to(at::kFloat)), "both-constant");
}

TEST(Degenerate, PictureMetricsRefuseVectorsAndSmallPictures) {
  const auto vector = at::arange(9, at::kDouble).view({1, 9}), small = vector.view({1, 1, 3, 3});
  for (const Row& row : rows())
    EXPECT_EQ(reason_of(row.name, vector, vector.flip(1)), row.needs_picture ? "not-spatial" : "") << row.name;
  EXPECT_EQ(reason_of("ssim", small, small), "not-spatial");
  EXPECT_EQ(reason_of("hog-pearson", small, small), "not-spatial");
}

TEST(Degenerate, MassNeedsNonNegativeSingleChannelMaps) {
  for (const char* name : {"center-shift", "emd", "emd:mode=marginals"}) {
    const std::string spec = name + std::string(std::string(name).find(':') == std::string::npos ? ":" : ",");
    EXPECT_EQ(reason_of(spec + "reduce=sum", varying(), varying()), "not-applicable");
    EXPECT_THROW(compare(spec + "reduce=signed", varying(), varying()), Error);
  }
  EXPECT_THROW(compare("hog-pearson:reduce=signed", varying(), varying()), Error);
}

TEST(Usage, ErrorsNameWhatDoesNotFit) {
  EXPECT_THROW(compare("spearman", varying(), varying().slice(1, 0, 1)), Error);
  EXPECT_THROW(compare("top-k:k=257", varying(), varying()), Error);
  EXPECT_THROW(compare("top-k:k=0", varying(), varying()), Error);
  EXPECT_NO_THROW(compare("top-k:k=257,reduce=signed", varying(), varying()));
  for (const char* bad :
       {"ssim:range=0", "ssim:range=wide", "hog-pearson:cell=2.5", "emd:mode=fast", "spearman:k=1", "spearmen"}) {
    EXPECT_THROW(similarity_metrics().make(std::string(bad)), Error) << bad;
  }
}

TEST(Overflow, OfSquaresIsAReasonAndNotANumber) {
  EXPECT_EQ(reason_of("l2:normalise=none", varying() * 1e200, varying() * -1e200), "non-finite-map");
  EXPECT_EQ(reason_of("pearson", varying() * 1e200, varying() * 1e200), "");
  EXPECT_EQ(reason_of("cosine", varying() * 1e200, varying() * 1e200), "");
}

}  // namespace
}  // namespace faultline
