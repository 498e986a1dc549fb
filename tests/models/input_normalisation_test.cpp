#include "models/input_normalisation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "models/model.h"
#include "models/small_nets.h"
#include "models/torchscript_export.h"
#include "models/transforms.h"
#include "support/shared.h"

namespace faultline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(InputNormalisation, IsWhatConstantsDoToTheInputBeforeAnythingElse) {
  const Network plain = small_cnn(3, 12, 12, 4, 3);
  EXPECT_TRUE(input_normalisation(plain.graph()).empty());
  const Network once = with_normalisation(plain, {0.4, 0.5, 0.6}, {0.2, 0.3, 0.4});
  EXPECT_THAT(input_normalisation(once.graph()), ElementsAre("normalise.centre", "normalise"));
  EXPECT_EQ(input_normalisation(with_normalisation(once, {0.5}, {2.0}).graph()).size(), 4u);
}

/// Three numbers that are taken from one channel make three copies of it, and a network that answers.
TEST(InputNormalisation, RefusesAnInputOfFewerChannels) {
  const testing::TemporaryFolder folder;
  save_torchscript(with_normalisation(small_cnn(3, 12, 12, 4, 3), {0.4, 0.5, 0.6}, {0.2, 0.3, 0.4}), folder.file("net.pt"));
  const Model model = Model::load(folder.file("net.pt"));
  EXPECT_EQ(model.network({3, 12, 12}).classes(), 4);
  try {
    model.network({1, 12, 12});
    FAIL() << "is accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::input);
    EXPECT_THAT(error.what(), HasSubstr("takes 3 channels, and the input has 1"));
  }
}

}  // namespace
}  // namespace faultline
