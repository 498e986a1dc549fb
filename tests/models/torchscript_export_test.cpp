#include "models/torchscript_export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <torch/script.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/write_file.h"
#include "data/npy.h"
#include "models/canonical.h"
#include "models/fresh_parameters.h"
#include "models/model.h"
#include "models/plan_generator.h"
#include "models/randomised.h"
#include "models/relevance_form.h"
#include "models/shifted.h"
#include "models/small_nets.h"
#include "models/tail.h"
#include "models/transforms.h"
#include "models/variants.h"
#include "saved_network.h"
#include "support/gradcheck.h"
#include "support/shared.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using ::testing::ElementsAre;
using testing::fault_of_saved_in_both;
using ::testing::HasSubstr;
using testing::normal;
using testing::read_back;
using testing::TemporaryFolder;
using testing::uniform;
using Integers = std::vector<int64_t>;

Network canonical_of(const Network& network) {
  std::vector<at::Tensor> parameters = network.parameters();
  LayerGraph graph = canonical(network.graph(), parameters);
  return Network(std::make_shared<const LayerGraph>(std::move(graph)), std::move(parameters), network.dtype());
}

/// Names of the operations, in graph order.
std::vector<std::string> layers_of(const Network& network) {
  std::vector<std::string> names;
  for (const Node& node : network.graph().nodes)
    if (node.parameter < 0) names.push_back(node.name);
  return names;
}

std::vector<std::string> trained_names(const Network& network) {
  std::vector<std::string> names;
  for (size_t i = 0; i < network.parameters().size(); ++i)
    if (network.graph().is_trained[i]) names.push_back(network.graph().parameter_names[i]);
  return names;
}

at::Tensor inputs_for(const Network& network, int64_t n = 3) {
  std::vector<int64_t> shape{n};
  shape.insert(shape.end(), network.graph().input_shape.begin(), network.graph().input_shape.end());
  return uniform(shape, 0, 1, 7);
}

/// Every kind of stage of a plan: norms before and behind, a residual, a concatenation, groups, both pools.
Network network_with_everything() {
  NetworkPlan plan;
  plan.stages.resize(3);
  plan.stages[0] = {3, 3, 1, 1, 1, true, true, false, StagePlan::Join::none, StagePlan::Pool::max};
  plan.stages[1] = {2, 3, 1, 1, 2, true, true, true, StagePlan::Join::cat, StagePlan::Pool::average};
  plan.stages[2] = {2, 1, 1, 0, 1, false, true, false, StagePlan::Join::residual, StagePlan::Pool::none};
  plan.normalises_input = true;
  plan.hidden = {6};
  plan.seed = 5;
  return network_of(plan);
}

TEST(Export, KeepsTheToyNetworks) {
  for (const Network& network : {testing::linear_network({1, -2, 0.5}, 0.3), testing::power_network(3),
                                 testing::power_network(0.5), testing::product_network(),
                                 testing::kink_network({1, -1}, 0.1, 2, -1), testing::toy_network(), testing::pooled_network(6),
                                 testing::energy_network({2, 3}), testing::quadratic_network(normal({3, 3}, 1), normal({3}, 2)),
                                 small_cnn(2, 12, 9, 5, 3), small_mlp({4, 7, 3}, 1), network_with_everything()})
    EXPECT_EQ(fault_of_saved_in_both(network, inputs_for(network)), "");
}

RC_GTEST_PROP(Export, KeepsNetworksOfPictures, ()) {
  const auto plan = *arbitrary_network_plan();
  const Network network = network_of(plan);
  RC_ASSERT(fault_of_saved_in_both(network, inputs_of(plan, 3)) == "");
  const Network read = read_back(network);
  RC_ASSERT(digest(read.graph(), read.parameters()) == digest(canonical_of(network).graph(), canonical_of(network).parameters()));
  RC_ASSERT(layers_of(read) == layers_of(canonical_of(network)));
  RC_ASSERT(trained_names(read) == trained_names(canonical_of(network)));
}

RC_GTEST_PROP(Export, KeepsNetworksOfVectors, ()) {
  const auto plan = *arbitrary_vector_plan();
  const Network network = network_of(plan);
  RC_ASSERT(fault_of_saved_in_both(network, inputs_of(plan, 3)) == "");
  RC_ASSERT(layers_of(read_back(network)) == layers_of(canonical_of(network)));
}

std::vector<std::pair<std::string, Network>> transformed(const Network& network) {
  std::vector<std::pair<std::string, Network>> all{
      {"as it is", network},
      {"softplus", with_softplus(network, 7)},
      {"soft pools", with_soft_pooling(network, 0.2)},
      {"both", with_soft_pooling(with_softplus(network, 7), 0.2)},
      {"folded", fold_batch_norm(network)},
      {"normalised", with_normalisation(network, {0.4}, {0.3})},
      {"relevance form", relevance_form(network, BatchNormFolding::both)},
      {"fresh", fresh_parameters(network, 3)},
      {"magnitudes", with_relu_as_magnitudes(network)},
      {"outputs mixed", with_output_mixing(network, normal({2, network.classes()}, 8))}};
  const int64_t channels = network.graph().input_shape[0];
  all.emplace_back("inputs mixed", with_input_mixing(network, normal({channels, channels + 1}, 9)));
  std::vector<int64_t> shape{1};
  shape.insert(shape.end(), network.graph().input_shape.begin(), network.graph().input_shape.end());
  for (const auto compensation : {Compensation::first_linear, Compensation::normalisation})
    if (cannot_shift(network, compensation).empty())
      all.emplace_back(std::string("shifted, ") + name_of(compensation),
                       shifted(network, uniform(shape, -1, 1, 10), compensation));
  for (const auto& [word, initialiser] : initialiser_words()) {
    RandomisationOptions options;
    options.initialiser = initialiser;
    all.emplace_back("randomised, " + word, randomised(network, parameter_layers(network), options, 4, 0));
  }
  for (const Variant& variant : variants_of(network)) all.emplace_back(variant.name, variant.network);
  for (const int cut : cut_points(network)) all.emplace_back("tail from " + std::to_string(cut), tail_from(network, cut));
  return all;
}

TEST(Export, KeepsEveryTransformedNetwork) {
  int shifts = 0;
  for (const Network& base : {network_with_everything(), small_cnn(2, 12, 9, 5, 3), testing::pooled_network(6)}) {
    for (const auto& [what, network] : transformed(base)) {
      SCOPED_TRACE(what);
      // With every parameter 0 logits are 0 and say little; there the arrays are compared.
      EXPECT_EQ(fault_of_saved_in_both(network, inputs_for(network)), "");
      shifts += what.rfind("shifted", 0) == 0;
    }
  }
  EXPECT_GE(shifts, 4);
}

TEST(Export, KeepsStructureArraysAndNames) {
  for (const Network& base : {network_with_everything(), small_cnn(2, 12, 9, 5, 3)}) {
    RandomisationOptions zeros;
    zeros.initialiser = Initialiser::zero;
    for (const Network& changed : {base, fold_batch_norm(base), randomised(base, parameter_layers(base), zeros, 1, 0),
                                   with_input_mixing(base, normal({2, 3}, 1))}) {
      const Network network = canonical_of(changed), read = read_back(network);
      EXPECT_EQ(digest(read.graph(), read.parameters()), digest(network.graph(), network.parameters()));
      EXPECT_EQ(layers_of(read), layers_of(network));
      EXPECT_EQ(trained_names(read), trained_names(network));
    }
  }
}

struct SharedModel {
  std::string model;
  at::Tensor inputs;
};

std::vector<SharedModel> shared_models(const std::string& shared) {
  std::ifstream file(shared + "/reference/io/manifest.json");
  std::vector<SharedModel> result;
  const auto manifest = nlohmann::json::parse(file);
  for (const auto& entry : manifest["entries"])
    result.push_back(
        {entry["model"], read_npy(shared + "/reference/io/" + entry["inputs"].get<std::string>()).values.to(at::kDouble)});
  return result;
}

TEST(Export, KeepsEverySharedNetwork) {
  FAULTLINE_NEEDS_SHARED(shared);
  int count = 0;
  for (const SharedModel& entry : shared_models(shared)) {
    SCOPED_TRACE(entry.model);
    const Network network = Model::load(shared + "/" + entry.model).network(entry.inputs.sizes().slice(1).vec());
    const at::Tensor x = entry.inputs.narrow(0, 0, std::min<int64_t>(entry.inputs.size(0), 2));
    // From its second call on LibTorch differentiates a file in another way: gradients of the mobile networks' own files then
    // differ by 4e-10 among themselves.
    EXPECT_EQ(fault_of_saved_in_both(network, x, 1e-9), "");
    const Network read = read_back(network);
    EXPECT_EQ(digest(read.graph(), read.parameters()), digest(network.graph(), network.parameters()));
    EXPECT_EQ(layers_of(read), layers_of(network));
    ++count;
  }
  EXPECT_GE(count, 23);
}

TEST(Export, IsAFileThatLibTorchReads) {
  const TemporaryFolder folder;
  const Network network = to(network_with_everything(), at::kFloat);
  save_torchscript(network, folder.file("net.pt"));
  torch::jit::Module module = torch::jit::load(folder.file("net.pt"));
  const at::NoGradGuard no_graph;
  for (const int64_t rows : {1, 4}) {
    const at::Tensor x = inputs_for(network, rows).to(at::kFloat);
    // A float32 carries seven digits.
    EXPECT_TRUE(at::allclose(module.forward({x}).toTensor(), network.logits(x), 1e-5, 1e-6));
  }
  std::vector<std::string> parameters, buffers;
  for (const auto& parameter : module.named_parameters()) {
    parameters.push_back(parameter.name);
    EXPECT_EQ(parameter.value.scalar_type(), at::kFloat);
  }
  for (const auto& buffer : module.named_buffers()) buffers.push_back(buffer.name);
  EXPECT_EQ(parameters.size() + buffers.size(), trained_names(network).size());
  EXPECT_EQ(buffers.size(), 6u);  // three norms' means and variances
  EXPECT_FALSE(module.is_training());
  // Constants are no parameters, and follow the input all the same.
  module.to(at::kDouble);
  const at::Tensor x = inputs_for(network);
  EXPECT_TRUE(at::allclose(module.forward({x}).toTensor(), to(network, at::kDouble).logits(x), 1e-12, 1e-12));
}

/// Nodes, arrays and words that would be in each other's way.
TEST(Export, FindsAPlaceForEveryName) {
  GraphBuilder g({3});
  int x = g.input();
  const std::vector<std::string> names{"forward", "lambda", "0",         "training", "a:b", "a_b", "a b", "__parameters__",
                                       "w.2",     "w.2.x",  "say \"x\"", "x.y.z",    "x.y", "x",   "inf", "x.y.z_2",
                                       "x..y",    "n"};
  for (const std::string& name : names) x = g.node(Op::tanh, name, {x});
  const int w = g.parameter("w", normal({3}, 1)), inside = g.parameter("x.y.z.w.v", normal({3}, 2));
  const int outside = g.constant("elsewhere.in", normal({3}, 3)), on_top = g.constant("elsewhere", normal({3}, 4));
  for (const int leaf : {w, inside, outside, on_top}) x = g.node(Op::mul, "times" + std::to_string(leaf), {x, leaf});
  const Network network = g.finish(g.linear("fc", x, normal({2, 3}, 5)));
  EXPECT_EQ(fault_of_saved_in_both(network, inputs_for(network)), "");
  const std::vector<std::string> layers = layers_of(read_back(network));
  ASSERT_EQ(layers.size(), names.size() + 6);
  // What is a name in TorchScript too is kept.
  for (const char* name : {"0", "w.2", "w.2.x", "x.y.z", "x.y", "x", "n", "fc", "a_b"})
    EXPECT_THAT(layers, ::testing::Contains(name));
}

TEST(Export, StoresNoMoreThanTheNetworkReads) {
  const at::Tensor large = normal({400, 300}, 1);
  GraphBuilder g({300});
  g.parameter("unused", normal({400, 300}, 2));
  const Network network = g.finish(g.linear("fc", g.input(), large.narrow(0, 10, 2)));
  EXPECT_LT(torchscript_of(network).size(), 20000u);  // two rows are 4800 bytes
  EXPECT_EQ(fault_of_saved_in_both(network, inputs_for(network)), "");
}

TEST(Export, KeepsMinusInfinityInBuffers) {
  GraphBuilder g({3});
  at::Tensor mask = at::zeros({3}, at::kDouble);
  mask[1] = -std::numeric_limits<double>::infinity();
  const int sum = g.node(Op::add, "sum", {g.input(), g.parameter("mask", mask)});
  const Network network = g.finish(g.node(Op::softmax, "weights", {sum}, {{"dim", int64_t{1}}}));
  EXPECT_EQ(fault_of_saved_in_both(network, inputs_for(network)), "");
}

std::string refusal_of(const Network& network, const std::string& path, ErrorKind kind) {
  try {
    save_torchscript(network, path);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    return error.what();
  }
  return "";
}

TEST(Export, NamesWhatCannotBeWritten) {
  const TemporaryFolder folder;
  const std::string path = folder.file("net.pt");
  const auto ending = [](GraphBuilder& g, int x) { return g.finish(g.linear("fc", x, normal({2, 3}, 1))); };
  const auto refused = [&](const Network& network) { return refusal_of(network, path, ErrorKind::input); };
  GraphBuilder surrogate({3});
  EXPECT_THAT(
      refused(ending(surrogate, surrogate.node(Op::smooth_relu, "act", {0}, {{"beta", 1.0}, {"of", std::string("tanh")}}))),
      HasSubstr("layer act: its operation, smooth_relu, cannot be written as TorchScript: it is the surrogate of 'tanh'"));
  GraphBuilder mode({3});
  EXPECT_THAT(
      refused(ending(mode, mode.node(Op::interpolate, "up", {0}, {{"size", Integers{4}}, {"mode", std::string("area")}}))),
      HasSubstr("layer up: its operation, interpolate, cannot be written as TorchScript: its mode area is unknown"));
  GraphBuilder waves({3});
  const int wave = waves.constant("wave", at::ones({3}, at::kComplexDouble));
  EXPECT_THAT(refused(ending(waves, waves.node(Op::mul, "product", {0, wave}))),
              HasSubstr("layer wave: its operation, constant, cannot"));
  GraphBuilder nan({3});
  const int holes = nan.parameter("holes", at::full({3}, NAN, at::kDouble));
  EXPECT_THAT(refused(ending(nan, nan.node(Op::mul, "product", {0, holes}))), HasSubstr("parameter holes: holds NaN"));
  GraphBuilder infinite({3});
  const int much = infinite.parameter("much", at::full({3}, INFINITY, at::kDouble));
  EXPECT_THAT(refused(ending(infinite, infinite.node(Op::mul, "product", {0, much}))), HasSubstr("much: holds infinite"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Export, LeavesNothingAsideWhereItCannotWrite) {
  const TemporaryFolder folder;
  const Network network = testing::toy_network();
  EXPECT_THAT(refusal_of(network, folder.file("missing/net.pt"), ErrorKind::environment), HasSubstr("missing/net.pt"));
  std::filesystem::create_directory(folder.file("taken.pt"));
  EXPECT_THAT(refusal_of(network, folder.file("taken.pt"), ErrorKind::environment), HasSubstr("taken.pt"));
  // Nothing is left aside.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

}  // namespace
}  // namespace faultline
