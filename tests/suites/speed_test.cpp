#include "suites/speed.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "suites/small_audit.h"
#include "suites/unit_rows.h"

namespace faultline {
namespace {

/// The gradient, as if it took many points; says how often it was asked and with how many points.
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
  EXPECT_EQ(most, 16) << "a block of points";
}

/// How many samples are asked about at once.
class Sizes final : public Explainer {
 public:
  explicit Sizes(std::atomic<int64_t>* most) : most_(most) {}
  Traits traits() const override { return gradient_->traits(); }
  std::vector<Claim> claims(const Network&) const override { return {}; }
  Explanation explain(const Network& network, const Samples& samples, const Context& context) const override {
    *most_ = std::max(most_->load(), samples.size());
    return gradient_->explain(network, samples, context);
  }

 private:
  std::atomic<int64_t>* most_;
  std::shared_ptr<const Explainer> gradient_ = explainers().make("gradient");
};

TEST(Speed, IsMeasuredWithAsManySamplesAsAUnitHas) {
  // Four of them in a block of sixteen cost as much as sixteen: lenet was said to take four times as long as it did.
  Audit audit = testing::small_audit(at::kFloat, 8);
  ASSERT_EQ(samples_per_unit(audit), 16);
  std::atomic<int64_t> most{0};
  audit.subjects[0].explainer = std::make_unique<Sizes>(&most);
  EXPECT_GT(Speed(audit, 1).of_maps(audit.subjects[0]), 0);
  EXPECT_EQ(most, 16);
  most = 0;
  EXPECT_GT(Speed(audit, 1).of_maps(audit.subjects[0], 3), 0);
  EXPECT_EQ(most, 3);
  most = 0;
  const auto query = testing::assault_of("random-sign:iterations=4,mode=resample");
  audit.assaults = {testing::assault_of("random-sign:iterations=4,mode=resample")};
  EXPECT_GT(Speed(audit, 1).of(audit.subjects[0], *query.attack), 0);
  EXPECT_EQ(most, 16) << "inside an attack too";
}

TEST(Speed, IsOneWhereNothingIsKnown) {
  const Audit audit = testing::small_audit(at::kFloat, 8);
  EXPECT_EQ(Speed().of_maps(audit.subjects[0]), 1);
}

}  // namespace
}  // namespace faultline
