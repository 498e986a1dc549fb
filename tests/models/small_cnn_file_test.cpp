#include "models/small_cnn_file.h"

#include <gtest/gtest.h>

#include "core/write_file.h"
#include "models/model.h"
#include "models/small_nets.h"
#include "models/transforms.h"
#include "support/shared.h"

namespace faultline {
namespace {

TEST(SmallCnnFile, ReadsBackAsTheSameFunctionWithTheSameNames) {
  const testing::TemporaryFolder folder;
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    const Network network = to(small_cnn(2, 12, 9, 5, 3), dtype);
    write_file(folder.file("net.pt"), torchscript_of_small_cnn(network));
    const Network read = to(Model::load(folder.file("net.pt")).network({2, 12, 9}), dtype);
    const at::Tensor x = at::rand({3, 2, 12, 9}, at::TensorOptions().dtype(dtype));
    EXPECT_TRUE(at::equal(read.logits(x), network.logits(x)));
    for (const char* layer : {"conv1", "conv2", "fc1", "fc2"}) EXPECT_GE(read.graph().find(layer), 0) << layer;
  }
}

TEST(SmallCnnFile, RefusesOtherArchitectures) {
  EXPECT_THROW(torchscript_of_small_cnn(small_mlp({4, 3, 2}, 1)), std::logic_error);
}

}  // namespace
}  // namespace faultline
