#include "explainers/precomputed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/error.h"
#include "data/npy.h"
#include "models/transforms.h"
#include "support/gradcheck.h"
#include "support/shared.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using ::testing::HasSubstr;

Network given_network() { return testing::pooled_network(6).with_origin({"", true}); }
Samples samples() { return testing::samples_at(testing::uniform({4, 1, 6, 6}, 0, 1, 5), 1); }
at::Tensor maps() { return testing::uniform({4, 1, 6, 6}, -1, 1, 6); }

std::unique_ptr<Explainer> met(const std::string& place, const std::string& options = "") {
  auto explainer = explainers().make("precomputed:maps=" + place + options);
  explainer->meet(samples());
  return explainer;
}

TEST(Precomputed, GivesTheRowOfEverySample) {
  const testing::TemporaryFolder folder;
  write_npy(folder.file("maps.npy"), maps());
  const auto explainer = met(folder.file("maps.npy"));
  const Samples some = samples().select({2, 0});
  EXPECT_TRUE(explainer->explain(given_network(), some, Context{}).maps.equal(maps().index_select(0, at::tensor({2L, 0L}))));
  const Network single = to(given_network(), at::kFloat);
  const auto rough = explainer->explain(single, some.with_inputs(some.inputs.to(at::kFloat)), Context{}).maps;
  EXPECT_EQ(rough.scalar_type(), at::kFloat);
}

TEST(Precomputed, GivesTheFileOfEverySampleByNameOrId) {
  const testing::TemporaryFolder folder;
  Samples named = samples();
  named.names = {"a/x.png", "b.png", "c.png", "d.png"};
  write_npy(folder.file("a_x.png.npy"), maps()[0]);
  write_npy(folder.file("1.npy"), maps()[1]);
  write_npy(folder.file("d.png.npy"), at::zeros({2, 2}));
  auto explainer = explainers().make("precomputed:maps=" + folder.path());
  explainer->meet(named);
  const Explanation out = explainer->explain(given_network(), named, Context{});
  EXPECT_TRUE(out.maps.narrow(0, 0, 2).equal(maps().narrow(0, 0, 2)));
  EXPECT_THAT(out.failure_detail(2), HasSubstr("has no map of sample c.png; write c.png.npy"));
  EXPECT_THAT(out.failure_detail(3), HasSubstr("another shape"));
  EXPECT_EQ(out.failure_reason(3), "explainer-failed");
}

TEST(Precomputed, ASampleBeyondTheArrayAndAMapOfNaNSaySo) {
  const testing::TemporaryFolder folder;
  at::Tensor some = maps().narrow(0, 0, 3).clone();
  some[1].fill_(std::nan(""));
  write_npy(folder.file("maps.npy"), some);
  const Explanation out = met(folder.file("maps.npy"))->explain(given_network(), samples(), Context{});
  EXPECT_EQ(out.failure_reason(0), "");
  EXPECT_EQ(out.failure_reason(1), "non-finite-map");
  EXPECT_THAT(out.failure_detail(3), HasSubstr("has no row for sample 3"));
}

/// A map of the clean input given for a moved one would look perfectly robust.
TEST(Precomputed, RefusesOtherInputsAndOtherNetworks) {
  const testing::TemporaryFolder folder;
  write_npy(folder.file("maps.npy"), maps());
  const auto explainer = met(folder.file("maps.npy"));
  EXPECT_THROW(explainer->explain(given_network(), samples().with_inputs(samples().inputs + 1e-3), Context{}), Error);
  EXPECT_THROW(explainer->explain(with_softplus(given_network(), 5), samples(), Context{}), Error);
  EXPECT_THROW(explainers().make("precomputed:maps=" + folder.file("maps.npy"))->explain(given_network(), samples(), Context{}),
               Error)
      << "it has met no sample";
  EXPECT_TRUE(explainer->traits().only_clean);
}

TEST(Precomputed, RefusesWhatIsNoArray) {
  const testing::TemporaryFolder folder;
  EXPECT_THROW(explainers().make("precomputed:maps=" + folder.file("missing.npy")), Error);
  EXPECT_THROW(explainers().make("precomputed"), Error);
}

}  // namespace
}  // namespace faultline
