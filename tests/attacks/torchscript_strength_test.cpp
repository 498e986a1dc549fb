// An explainer must not come out the more robust for being scripted.
#include <gtest/gtest.h>

#include "attacks/attack.h"
#include "data/dataset.h"
#include "models/blocks.h"
#include "models/model.h"
#include "models/transforms.h"
#include "support/map_module_file.h"
#include "support/shared.h"

namespace faultline {
namespace {

constexpr int64_t kSamples = 32;

Samples first_digits(const Network& network, const Dataset& data) {
  std::vector<at::Tensor> inputs;
  for (int64_t i = 0; i < kSamples; ++i) inputs.push_back(data.load(i).input);
  Samples samples = samples_of_array(at::stack(inputs).to(network.dtype()));
  samples.targets =
      predicted_classes(block_logits(network, {samples.inputs, at::zeros({kSamples}, at::kLong), samples.slots, {}}));
  return samples;
}

double mean_overlap(const Network& network, const Explainer& explainer, const Samples& samples, const std::string& spec) {
  const auto attack = attacks().make(spec);
  const Context context;
  const AttackProblem problem{network, explainer, samples, 8.0 / 255, context};
  double sum = 0;
  for (const auto& outcome : attack->run(problem, attack->prepare(problem)).outcomes) {
    EXPECT_EQ(outcome.reason, "") << outcome.detail;
    sum += outcome.after;
  }
  return sum / static_cast<double>(samples.size());
}

class TorchscriptStrength : public ::testing::TestWithParam<const char*> {};

/// Its derivative by autograd is exactly zero (lenet has ReLUs): finite differences must do what the smooth surrogate does for
/// ours. Without a direction to follow the maps would hardly move.
TEST_P(TorchscriptStrength, AScriptedGradientIsNoMoreRobustThanOurs) {
  FAULTLINE_NEEDS_SHARED(shared);
  const testing::TemporaryFolder folder;
  const std::string model = shared + "/models/lenet_mnist.pt";
  testing::save_map_module(folder.file("gradient.pt"), testing::kGradientCode, model);
  const Network network = to(Model::load(model).network({1, 28, 28}), at::kFloat);
  const Samples samples = first_digits(network, *open_dataset(shared + "/data/mnist", {}));
  const std::string attack = std::string(GetParam()) + ":iterations=100";
  const auto ours = explainers().make("gradient"), scripted = explainers().make("torchscript:file=" + folder.file("gradient.pt"));
  scripted->probe(network, samples.select({0, 1, 2, 3}), Context{});
  ASSERT_TRUE(scripted->traits().differentiable);
  const double of_ours = mean_overlap(network, *ours, samples, attack);
  const double of_scripted = mean_overlap(network, *scripted, samples, attack);
  RecordProperty("ours", std::to_string(of_ours));
  RecordProperty("scripted", std::to_string(of_scripted));
  EXPECT_LE(of_scripted, of_ours + 0.05) << "ours " << of_ours;
  EXPECT_LT(of_ours, 0.8) << "the comparison says nothing where ours does not move";
}

INSTANTIATE_TEST_SUITE_P(, TorchscriptStrength, ::testing::Values("ghorbani-topk", "annealed-topk"));

}  // namespace
}  // namespace faultline
