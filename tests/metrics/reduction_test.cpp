#include "metrics/reduction.h"

#include <cmath>

#include "core/error.h"
#include "metrics/compare_maps.h"

namespace faultline {
namespace {

TEST(Reduction, OfOnePixelWithTwoChannels) {
  const auto map = at::tensor(std::vector<double>{3, -4}, at::kDouble).view({1, 2, 1, 1});
  const std::vector<std::pair<const char*, double>> rows = {
      {"sum", -1}, {"abs-sum", 7}, {"abs-max", 4}, {"l2", 5}, {"positive-sum", 0}};
  for (const auto& [word, expected] : rows) {
    const ReducedMap out = reduced(map, 0, parse_reduce(word));
    ASSERT_EQ(out.size(), 1) << word;
    EXPECT_EQ(out.values[0], expected) << word;
    EXPECT_EQ(out.channels, 1);
  }
  EXPECT_EQ(reduced(map, 0, Reduce::as_given).values, (std::vector<double>{3, -4}));
  EXPECT_EQ(reduced(map, 0, Reduce::absolute).values, (std::vector<double>{3, 4}));
  EXPECT_EQ(reduced(map, 0, Reduce::absolute).channels, 2);
}

TEST(Reduction, TakesAVectorForOneChannelAndASequenceForItsOwn) {
  const ReducedMap vector = reduced(at::tensor(std::vector<double>{1, -3}, at::kDouble).view({1, 2}), 0, Reduce::sum);
  EXPECT_EQ(vector.values, (std::vector<double>{1, -3}));
  EXPECT_EQ(vector.width, 2);
  const ReducedMap sequence =
      reduced(at::tensor(std::vector<double>{1, 2, 3, 4, 5, 6}, at::kDouble).view({1, 2, 3}), 0, Reduce::sum);
  EXPECT_EQ(sequence.values, (std::vector<double>{5, 7, 9}));
  EXPECT_EQ(sequence.width, 3);
}

TEST(Reduction, ReadsChannelsLastMapsInPictureOrder) {
  const auto map = at::arange(24, at::kDouble).view({1, 2, 3, 4});
  const auto other = map.contiguous(at::MemoryFormat::ChannelsLast);
  EXPECT_EQ(reduced(map, 0, Reduce::as_given).values, reduced(other, 0, Reduce::as_given).values);
}

TEST(Normalisation, OfTwoValues) {
  const std::vector<std::tuple<const char*, double, double>> rows = {
      {"none", 1, -3},      {"mass", 0.5, -1.5}, {"unit-mass", 0.25, -0.75},
      {"max", 1.0 / 3, -1}, {"minmax", 1, 0},    {"rms", 0.4472135955, -1.3416407865}};
  for (const auto& [word, first, second] : rows) {
    ReducedMap map{{1, -3}, 1, 1, 2};
    EXPECT_EQ(normalise(map, parse_normalise(word), machine_epsilon(at::kDouble)), "") << word;
    EXPECT_NEAR(map.values[0], first, 1e-10) << word;
    EXPECT_NEAR(map.values[1], second, 1e-10) << word;
  }
}

TEST(Normalisation, LeavesZerosWithAReason) {
  for (const auto& [word, normalisation] : normalise_words()) {
    if (normalisation == Normalise::none) continue;
    ReducedMap tiny{{1e-31, 2e-31}, 1, 1, 2};
    EXPECT_EQ(normalise(tiny, normalisation, 1e-16), "zero-map") << word;
    EXPECT_EQ(tiny.values, (std::vector<double>{0, 0})) << word;
    ReducedMap constant{{2, 2}, 1, 1, 2};
    EXPECT_EQ(normalise(constant, normalisation, 1e-16), normalisation == Normalise::minmax ? "constant-map" : "") << word;
  }
}

TEST(Constancy, DependsOnTheDtype) {
  const std::vector<double> values = {1, 1 + 4e-7};
  EXPECT_TRUE(is_constant(values, machine_epsilon(at::kFloat)));
  EXPECT_FALSE(is_constant(values, machine_epsilon(at::kDouble)));
}

TEST(Words, ReadBackAndSuggestTheNearest) {
  for (const auto& [word, value] : reduce_words()) EXPECT_EQ(parse_reduce(word), value);
  for (const auto& [word, value] : normalise_words()) EXPECT_EQ(name_of(value), word);
  EXPECT_STREQ(name_of(Reduce::as_given), "signed");
  try {
    parse_reduce("abs-sums");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("abs-sum"), std::string::npos);
  }
  EXPECT_THROW(parse_normalise("l1"), Error);
}

}  // namespace
}  // namespace faultline
