#include "data/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

#include "core/random.h"
#include "data/files.h"

namespace faultline {
namespace {

using Indices = std::vector<int64_t>;

TEST(Selection, TakesClassesInTurnAndWithinAClassByMixedId) {
  const std::vector<uint64_t> ids{0, 1, 2, 3, 4, 5};
  const std::vector<int64_t> classes{1, 1, 1, 0, -1, 0};
  // mix(1) < mix(2) < mix(0) would be a guess; the order is computed here from its definition.
  Indices ones{0, 1, 2}, zeros{3, 5};
  const auto by_mix = [](int64_t a, int64_t b) { return mix(static_cast<uint64_t>(a)) < mix(static_cast<uint64_t>(b)); };
  std::sort(ones.begin(), ones.end(), by_mix);
  std::sort(zeros.begin(), zeros.end(), by_mix);
  EXPECT_EQ(select_balanced(ids, classes, 1), (Indices{4}));
  Indices four{4, zeros[0], ones[0], zeros[1]};
  std::sort(four.begin(), four.end());
  EXPECT_EQ(select_balanced(ids, classes, 4), four);
  EXPECT_EQ(select_balanced(ids, classes, 100), (Indices{0, 1, 2, 3, 4, 5}));
  EXPECT_THROW(select_balanced(ids, classes, 0), Error);
}

TEST(Selection, IsBalancedOrderedAndIndependentOfOrderAndOtherFiles) {
  const bool held = rc::check("select_balanced", [] {
    const auto ids = *rc::gen::unique<std::vector<uint64_t>>(rc::gen::arbitrary<uint64_t>());
    RC_PRE(!ids.empty());
    const auto classes = *rc::gen::container<Indices>(ids.size(), rc::gen::inRange<int64_t>(-1, 4));
    const int64_t n = *rc::gen::inRange<int64_t>(1, static_cast<int64_t>(ids.size()) + 3);
    const Indices chosen = select_balanced(ids, classes, n);
    RC_ASSERT(chosen.size() == std::min<size_t>(n, ids.size()));
    RC_ASSERT(std::adjacent_find(chosen.begin(), chosen.end(), std::greater_equal<>()) == chosen.end());
    std::map<int64_t, int64_t> taken, present;
    for (const int64_t label : classes) ++present[label];
    for (const int64_t row : chosen) ++taken[classes[row]];
    int64_t most = 0;
    for (const auto& [label, count] : taken) most = std::max(most, count);
    for (const auto& [label, count] : present) RC_ASSERT(taken[label] >= std::min(count, most - 1));
    // The same samples in reverse order give the same ids.
    const std::vector<uint64_t> reversed(ids.rbegin(), ids.rend());
    std::vector<uint64_t> first, second;
    for (const int64_t row : chosen) first.push_back(ids[row]);
    for (const int64_t row : select_balanced(reversed, Indices(classes.rbegin(), classes.rend()), n))
      second.push_back(reversed[row]);
    std::sort(first.begin(), first.end());
    std::sort(second.begin(), second.end());
    RC_ASSERT(first == second);
  });
  EXPECT_TRUE(held);
}

TEST(Selection, ByIdsNamesTheFirstUnknownOne) {
  const std::vector<uint64_t> ids{40, 30, 20};
  EXPECT_EQ(select_ids(ids, {20, 40}), (Indices{0, 2}));
  EXPECT_THAT(testing::input_error_of([&] { select_ids(ids, {20, 7, 8}); }), ::testing::HasSubstr("sample id 7"));
  EXPECT_THAT(testing::input_error_of([&] { select_ids(ids, {20, 20}); }), ::testing::HasSubstr("twice"));
  EXPECT_THAT(testing::input_error_of([&] { select_ids(ids, {}); }), ::testing::HasSubstr("none"));
}

}  // namespace
}  // namespace faultline
