#include <gtest/gtest.h>

#include "models/describe.h"
#include "models/model.h"
#include "support/shared.h"

namespace faultline {
namespace {

std::string structure(const std::string& shared, const std::string& name) {
  return shared + "/models/structures/" + name + ".pt";
}

TEST(ImportStructure, NamesLayersByTheModuleThatOwnsTheirWeights) {
  FAULTLINE_NEEDS_SHARED(shared);
  const LayerGraph graph = Model::load(shared + "/models/resnet20_cifar10.pt").network({3, 32, 32}).graph();
  for (const char* name : {"conv1", "bn1", "layer1.0.conv1", "layer3.2.conv2", "layer3.2.bn2", "linear"})
    EXPECT_GE(graph.find(name), 0) << name;
  EXPECT_EQ(graph.nodes[static_cast<size_t>(graph.find("layer3.2.conv2"))].op, Op::convolution);
  EXPECT_GE(graph.find("layer3.2.conv2.weight"), 0);
  EXPECT_EQ(graph.nodes.back().name, "linear");
  EXPECT_EQ(graph.output, static_cast<int>(graph.nodes.size()) - 1);
}

TEST(ImportStructure, EveryNameIsUniqueAndEveryNodeComesAfterItsInputs) {
  FAULTLINE_NEEDS_SHARED(shared);
  const LayerGraph graph = Model::load(structure(shared, "shifted_window")).network({3, 32, 32}).graph();
  std::set<std::string> names;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    EXPECT_TRUE(names.insert(graph.nodes[i].name).second) << graph.nodes[i].name;
    for (int from : graph.nodes[i].inputs) EXPECT_LT(from, static_cast<int>(i));
  }
  const std::vector<int> uses = graph.use_counts();
  for (size_t i = 0; i + 1 < uses.size(); ++i) EXPECT_GT(uses[i], 0) << graph.nodes[i].name;
}

TEST(ImportStructure, SaysWhereTheOutputIsASoftmax) {
  FAULTLINE_NEEDS_SHARED(shared);
  const auto notes = [&](const std::string& name, const std::vector<int64_t>& shape) {
    return Model::load(structure(shared, name)).network(shape).graph().notes;
  };
  EXPECT_EQ(notes("softmax_output", {3, 32, 32}),
            std::vector<std::string>{"the last operation is softmax: outputs are probabilities"});
  EXPECT_EQ(notes("activations_mlp", {16}),
            std::vector<std::string>{"the last operation is log_softmax: outputs are log-probabilities"});
  EXPECT_TRUE(notes("dense", {3, 32, 32}).empty());
}

TEST(ImportStructure, SaysWhichBatchAFileFroze) {
  FAULTLINE_NEEDS_SHARED(shared);
  const Network network = Model::load(structure(shared, "frozen_batch")).network({3, 32, 32});
  EXPECT_EQ(network.graph().frozen_batch, 1);
  EXPECT_EQ(network.block_size(), 1);
  ASSERT_EQ(network.graph().notes.size(), 1u);
  EXPECT_EQ(network.graph().notes[0].rfind("the batch size is frozen at 1", 0), 0u) << network.graph().notes[0];
}

TEST(ImportStructure, GuessesAShapeThatWorks) {
  FAULTLINE_NEEDS_SHARED(shared);
  EXPECT_EQ(Model::load(shared + "/models/lenet_mnist.pt").guess_input_shape(), (std::vector<int64_t>{1, 28, 28}));
  EXPECT_EQ(Model::load(shared + "/models/mlp_mnist.pt").guess_input_shape(), (std::vector<int64_t>{1, 28, 28}));
  EXPECT_EQ(Model::load(structure(shared, "activations_mlp")).guess_input_shape(), (std::vector<int64_t>{16}));
  EXPECT_EQ(Model::load(structure(shared, "transformer")).guess_input_shape(), (std::vector<int64_t>{3, 32, 32}));
  EXPECT_EQ(Model::load(structure(shared, "sequence")).guess_input_shape().size(), 2u);
}

TEST(ImportStructure, FindsNothingThatItCannotRunInTheReferenceModels) {
  FAULTLINE_NEEDS_SHARED(shared);
  for (const char* name : {"fused_attention", "shifted_window", "styled_scripted", "inception", "sequence", "shuffle"})
    EXPECT_TRUE(Model::load(structure(shared, name)).problems().empty()) << name;
}

TEST(Describe, CountsLayersParametersAndKinks) {
  FAULTLINE_NEEDS_SHARED(shared);
  const Network network = Model::load(shared + "/models/lenet_mnist.pt").network({1, 28, 28});
  const std::vector<LayerRow> rows = describe(network);
  int64_t trained = 0;
  for (const at::Tensor& parameter : network.parameters()) trained += parameter.numel();
  EXPECT_EQ(totals(rows).parameters, trained);
  EXPECT_EQ(totals(rows).kinked_layers, 6);  // four ReLUs, two max pools
  EXPECT_EQ(rows.back().output_shape, std::vector<int64_t>{10});
  EXPECT_EQ(rows.front().operation, "convolution");
  EXPECT_EQ(rows.front().output_shape.size(), 3u);
  EXPECT_FALSE(rows.front().is_kinked);
}

TEST(Describe, LeavesRunningStatisticsOut) {
  FAULTLINE_NEEDS_SHARED(shared);
  // ResNet-20 for CIFAR-10 with parameter-free shortcuts has 0.27 million parameters (He et al. 2016, table 6): 269,722 with 10
  // classes.
  const Network network = Model::load(shared + "/models/resnet20_cifar10.pt").network({3, 32, 32});
  int64_t statistics = 0, all = 0;
  for (size_t i = 0; i < network.parameters().size(); ++i) {
    if (!network.graph().is_trained[i]) continue;
    all += network.parameters()[i].numel();
    if (network.graph().parameter_names[i].find("running") != std::string::npos) statistics += network.parameters()[i].numel();
  }
  EXPECT_GT(statistics, 0);
  EXPECT_EQ(totals(describe(network)).parameters, all - statistics);
}

}  // namespace
}  // namespace faultline
