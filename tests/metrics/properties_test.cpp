#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "core/random.h"
#include "metrics/compare_maps.h"
#include "metrics/ranks.h"

namespace faultline {
namespace {

using testing::compare;

/// [n, channels, side, side] in [-1,1] with few distinct values (many ties) or many, never constant. Drawn from a seed, so that a
/// failing case shrinks to a seed and not value by value.
at::Tensor some_maps(int64_t n, int64_t channels, int64_t side) {
  const auto seed = *rc::gen::arbitrary<uint64_t>();
  const double levels = *rc::gen::elementOf(std::vector<double>{2, 8, 1 << 20});
  std::vector<double> values = RandomStream(seed, "test/maps", 0).uniforms(0, n * channels * side * side);
  for (double& v : values) v = std::round((2 * v - 1) * levels) / levels;
  auto maps = at::tensor(values, at::kDouble).view({n, channels, side, side});
  for (int64_t row = 0; row < n; ++row) maps[row][0][0][0] = 1.5;  // a value above all others: no map is constant
  return maps;
}

const std::vector<std::string>& every_metric() {
  static const std::vector<std::string> specs = [] {
    std::vector<std::string> out = similarity_metrics().standalone_names();
    out.insert(out.end(),
               {"top-k:k=1", "ssim:window=uniform", "ssim:reduce=sum,range=joint", "hog-pearson:cell=4,correlation=spearman",
                "center-shift:relative=1", "emd:mode=marginals", "emd:mode=sliced,angles=5", "emd:mode=exact,size=5"});
    return out;
  }();
  return specs;
}

RC_GTEST_PROP(Similarity, OfAMapWithItselfIsTheBestValue, ()) {
  const auto a = some_maps(1, 2, 16);
  for (const auto& spec : every_metric()) {
    const auto metric = similarity_metrics().make(spec);
    const auto out = metric->compare(a, a);
    RC_ASSERT(out.reasons[0].empty());
    RC_ASSERT(std::abs(out.values[0] - metric->facts().trivial) <= 1e-12);
  }
}

RC_GTEST_PROP(Similarity, IsSymmetric, ()) {
  const auto a = some_maps(1, 2, 16), b = some_maps(1, 2, 16);
  for (const auto& spec : every_metric()) {
    const auto forth = compare(spec, a, b), back = compare(spec, b, a);
    RC_ASSERT(forth.reasons == back.reasons);
    RC_ASSERT(forth.reasons[0].empty());
    RC_ASSERT(std::abs(forth.values[0] - back.values[0]) <= 1e-10 * std::max(1.0, std::abs(forth.values[0])));
  }
}

RC_GTEST_PROP(Similarity, StaysInsideItsRange, ()) {
  const auto a = some_maps(1, 1, 16), b = some_maps(1, 1, 16);
  for (const auto& spec : every_metric()) {
    const auto metric = similarity_metrics().make(spec);
    const double value = metric->compare(a, b).values[0];
    RC_ASSERT(value >= metric->facts().low && value <= metric->facts().high + 1e-12);
  }
}

RC_GTEST_PROP(RankMetrics, DoNotSeeIncreasingMaps, ()) {
  const auto a = some_maps(1, 1, 16), b = some_maps(1, 1, 16);
  for (const char* name : {"top-k", "spearman", "kendall"}) {
    const std::string spec = std::string(name) + ":reduce=sum";
    const double before = compare(spec, a, b).values[0];
    RC_ASSERT(before == compare(spec, a, b * 3 + 7).values[0]);
    RC_ASSERT(before == compare(spec, at::exp(a), b).values[0]);
    RC_ASSERT(before == compare(spec, a, b * b * b).values[0]);
  }
}

RC_GTEST_PROP(ScaleFreeMetrics, DoNotSeePositiveFactors, ()) {
  // Powers of two: other factors round, which breaks ties.
  const auto a = some_maps(1, 2, 16), b = some_maps(1, 2, 16);
  for (const auto& spec : every_metric()) {
    if (spec == "mse") continue;  // raw by definition
    const double before = compare(spec, a, b).values[0], after = compare(spec, a * 0.25, b * 1048576).values[0];
    RC_ASSERT(std::abs(before - after) <= 1e-9 * std::max(1.0, std::abs(before)));
  }
}

RC_GTEST_PROP(TopK, SharesAtLeastWhatMustOverlap, ()) {
  const auto a = some_maps(1, 1, 4), b = some_maps(1, 1, 4);
  const int k = *rc::gen::inRange(1, 17);
  const double value = compare("top-k:k=" + std::to_string(k), a, b).values[0];
  RC_ASSERT(value <= 1);
  RC_ASSERT(value >= std::max(0, 2 * k - 16) / static_cast<double>(k) - 1e-15);
}

RC_GTEST_PROP(Emd, BoundsItsCheaperForms, ()) {
  const auto a = some_maps(1, 1, 6), b = some_maps(1, 1, 6);
  const double exact = compare("emd", a, b).values[0];
  RC_ASSERT(compare("emd:mode=marginals", a, b).values[0] <= exact + 1e-12);
  RC_ASSERT(compare("emd:mode=sliced", a, b).values[0] <= exact + 1e-12);
  RC_ASSERT(compare("center-shift", a, b).values[0] <= exact + 1e-12);
}

RC_GTEST_PROP(Emd, ObeysTheTriangleInequality, ()) {
  const auto a = some_maps(1, 1, 5), b = some_maps(1, 1, 5), c = some_maps(1, 1, 5);
  RC_ASSERT(compare("emd", a, c).values[0] <= compare("emd", a, b).values[0] + compare("emd", b, c).values[0] + 1e-12);
}

RC_GTEST_PROP(Batches, GiveTheNumbersOfSingleSamples, ()) {
  const auto a = some_maps(3, 2, 16), b = some_maps(3, 2, 16);
  for (const auto& spec : every_metric()) {
    const auto together = compare(spec, a, b);
    for (int64_t row = 0; row < 3; ++row) {
      RC_ASSERT(together.values[row] == compare(spec, a.slice(0, row, row + 1), b.slice(0, row, row + 1)).values[0]);
    }
  }
}

TEST(Threads, DoNotChangeAValue) {
  at::Tensor a = at::cos(at::arange(8 * 3 * 144, at::kDouble)).view({8, 3, 12, 12}), b = a.roll(3, 2);
  for (const auto& spec : every_metric()) {
    const auto one = compare(spec, a, b);
    at::set_num_threads(2);
    const auto two = compare(spec, a, b);
    at::set_num_threads(1);
    EXPECT_EQ(one.values, two.values) << spec;
  }
}

RC_GTEST_PROP(Ranks, OrdersAreTheStableSorts, ()) {
  // Both sides of the length at which the radix sort takes over.
  const size_t n = *rc::gen::elementOf(std::vector<size_t>{1, 2, 57, 1023, 1024, 3000});
  const double scale = *rc::gen::elementOf(std::vector<double>{1, 1e-300, 1e300, 0.1});
  const auto numbers = *rc::gen::container<std::vector<int>>(n, rc::gen::inRange(-300, 301));
  std::vector<double> values;
  for (const int v : numbers) values.push_back(v == 1 ? -0.0 : v * scale);
  std::vector<int64_t> up(n);
  for (size_t i = 0; i < n; ++i) up[i] = static_cast<int64_t>(i);
  std::vector<int64_t> down = up;
  std::stable_sort(up.begin(), up.end(), [&](int64_t i, int64_t j) { return values[i] < values[j]; });
  std::stable_sort(down.begin(), down.end(), [&](int64_t i, int64_t j) { return values[i] > values[j]; });
  RC_ASSERT(ascending_order(values) == up);
  RC_ASSERT(descending_order(values) == down);
}

}  // namespace
}  // namespace faultline
