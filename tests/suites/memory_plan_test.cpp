#include "suites/memory_plan.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace faultline {
namespace {

constexpr int64_t kMega = int64_t{1} << 20;
const MemoryPlan kWanted{4, 64, kMega / 2};
constexpr int64_t kElements = 3 * 224 * 224;

MemoryPlan planned(int64_t limit) { return plan_memory(limit, 300 * kMega, {100 * kMega, 2, kElements}, kWanted); }

TEST(MemoryPlan, TakesWhatWasWantedWhereThereIsRoom) {
  const auto plan = planned(int64_t{64} << 30);
  EXPECT_EQ(plan.threads, 4);
  EXPECT_EQ(plan.batch, 64);
  EXPECT_EQ(plan.chunk_elements, kMega / 2);
}

TEST(MemoryPlan, NeverPlansMoreThanTheLimitAndNeverLessForMore) {
  MemoryPlan before{0, 0, 0};
  for (int64_t limit = 950 * kMega; limit < 6000 * kMega; limit += 17 * kMega) {
    const auto plan = planned(limit);
    EXPECT_GE(plan.threads, before.threads);
    EXPECT_GE(plan.batch, 1);
    EXPECT_GE(plan.chunk_elements, 2 * kElements);
    const int64_t total = 300 * kMega + plan.threads * (500 * kMega + 48 * (plan.batch * kElements + plan.chunk_elements));
    EXPECT_LE(total, limit) << limit / kMega << "M";
    before = plan;
  }
  EXPECT_EQ(before.threads, 4);
}

TEST(MemoryPlan, NamesTheLeastThatWouldDo) {
  try {
    planned(400 * kMega);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    const std::string text = error.what();
    const auto at = text.find("give ");
    ASSERT_NE(at, std::string::npos) << text;
    const int64_t least = std::stoll(text.substr(at + 5));
    EXPECT_EQ(planned(least * kMega).threads, 1);
    EXPECT_THROW(planned((least - 1) * kMega), Error);
  }
}

TEST(ResidentBytes, GrowsWithWhatIsUsed) {
  const int64_t before = resident_bytes();
  ASSERT_GT(before, 0);
  const std::vector<char> used(64 << 20, 'x');
  EXPECT_GT(resident_bytes(), before + (60 << 20));
  EXPECT_EQ(used.back(), 'x');
}

}  // namespace
}  // namespace faultline
