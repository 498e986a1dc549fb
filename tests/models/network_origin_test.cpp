#include <gtest/gtest.h>

#include "models/model.h"
#include "models/small_nets.h"
#include "models/torchscript_export.h"
#include "models/transforms.h"
#include "support/shared.h"

namespace faultline {
namespace {

/// Programs that load their own network are given the file, and must not be where it computes something else.
TEST(NetworkOrigin, IsTheFileUntilTheFunctionChanges) {
  const testing::TemporaryFolder folder;
  const std::string file = folder.file("net.pt");
  save_torchscript(small_cnn(1, 12, 12, 4, 3), file);
  const Network read = Model::load(file).network({1, 12, 12});
  EXPECT_EQ(read.origin().file, file);
  EXPECT_TRUE(read.origin().is_given);
  const Network rough = to(to(read, at::kFloat), at::Device(at::kCPU));
  EXPECT_EQ(rough.origin().file, file);
  EXPECT_TRUE(rough.detached().origin().is_given);
  for (const Network& other : {with_softplus(read, 5), with_parameters(read, read.parameters()),
                               with_normalisation(read, {0.5}, {2.0}), small_cnn(1, 12, 12, 4, 3)}) {
    EXPECT_EQ(other.origin().file, "");
    EXPECT_FALSE(other.origin().is_given);
  }
}

}  // namespace
}  // namespace faultline
