#include "suites/speed.h"

#include <gtest/gtest.h>

#include <atomic>

#include "suites/small_audit.h"

namespace faultline {
namespace {

/// The gradient, as if it took many points; says how often it was asked and with how many.
class Counted final : public Explainer {
 public:
  Counted(std::atomic<int>* calls, std::atomic<int64_t>* most, int64_t points) : calls_(calls), most_(most), points_(points) {}
  Traits traits() const override {
    Traits traits;
    traits.points = points_;
    return traits;
  }
  std::vector<Claim> claims(const Network&) const override { return {}; }
  Explanation explain(const Network& network, const Samples& samples, const Context& context) const override {
    ++*calls_;
    *most_ = std::max(most_->load(), points_);
    return explainers().make("gradient")->explain(network, samples, context);
  }
  std::unique_ptr<Explainer> with_points(int64_t points) const override {
    return std::make_unique<Counted>(calls_, most_, points);
  }

 private:
  std::atomic<int>* calls_;
  std::atomic<int64_t>* most_;
  int64_t points_;
};

TEST(Speed, IsMeasuredWhenItIsAskedForAndWithFewPoints) {
  Audit audit = testing::small_audit(at::kFloat, 8);
  std::atomic<int> calls{0};
  std::atomic<int64_t> most{0};
  audit.subjects[0].explainer = std::make_unique<Counted>(&calls, &most, 100000);
  const Speed speed(audit, 1);
  EXPECT_EQ(calls, 0);
  const double seconds = speed.of_maps(audit.subjects[0]);
  EXPECT_GT(seconds, 0);
  const int first = calls;
  EXPECT_GT(first, 0);
  EXPECT_EQ(speed.of_maps(audit.subjects[0]), seconds) << "once is enough";
  EXPECT_EQ(calls, first);
  EXPECT_EQ(most, 5);
}

TEST(Speed, IsOneWhereNothingIsKnown) {
  const Audit audit = testing::small_audit(at::kFloat, 8);
  EXPECT_EQ(Speed().of_maps(audit.subjects[0]), 1);
}

}  // namespace
}  // namespace faultline
