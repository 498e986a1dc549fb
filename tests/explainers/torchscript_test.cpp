#include "explainers/torchscript.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "core/sha256.h"
#include "core/write_file.h"
#include "models/model.h"
#include "models/small_nets.h"
#include "models/torchscript_export.h"
#include "models/transforms.h"
#include "support/gradcheck.h"
#include "support/map_module_file.h"
#include "support/shared.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A small CNN as a file, and a module that differentiates it.
class TorchscriptOfANetwork : public ::testing::Test {
 protected:
  void SetUp() override {
    save_torchscript(small_cnn(1, 12, 12, 4, 3), folder_.file("net.pt"));
    testing::save_map_module(folder_.file("gradient.pt"), testing::kGradientCode, folder_.file("net.pt"));
    network_ = Model::load(folder_.file("net.pt")).network({1, 12, 12});
    samples_ = testing::samples_at(testing::uniform({4, 1, 12, 12}, 0, 1, 5), 1);
  }
  std::unique_ptr<Explainer> gradient(const std::string& options = "") const {
    return explainers().make("torchscript:file=" + folder_.file("gradient.pt") + options);
  }

  testing::TemporaryFolder folder_;
  Network network_;
  Samples samples_;
};

TEST_F(TorchscriptOfANetwork, GivesTheMapsOfTheModule) {
  const auto ours = explainers().make("gradient");
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    const Network network = to(network_, dtype);
    const Samples samples = samples_.with_inputs(samples_.inputs.to(dtype));
    const at::Tensor maps = gradient()->explain(network, samples, Context{}).maps;
    const at::Tensor wanted = ours->explain(network, samples, Context{}).maps;
    EXPECT_EQ(maps.scalar_type(), dtype);
    EXPECT_FALSE(maps.requires_grad());
    // Rounding of two ways to write one network.
    EXPECT_LE((maps - wanted).abs().max().item<double>(),
              (dtype == at::kDouble ? 1e-12 : 1e-5) * wanted.abs().max().item<double>());
  }
}

TEST_F(TorchscriptOfANetwork, NoSampleDependsOnWhatIsAskedBeside) {
  const auto explainer = gradient();
  const Network network = to(network_, at::kFloat);
  const Samples samples = samples_.with_inputs(samples_.inputs.to(at::kFloat));
  const at::Tensor all = explainer->explain(network, samples, Context{}).maps;
  for (const int64_t row : {0, 3})
    EXPECT_TRUE(explainer->explain(network, samples.select({row}), Context{}).maps[0].equal(all[row])) << row;
}

/// A ReLU network's gradient is constant between its kinks.
TEST_F(TorchscriptOfANetwork, AZeroDerivativeIsFoundAndReplacedByDifferences) {
  const auto explainer = gradient();
  EXPECT_FALSE(explainer->traits().differentiable);
  EXPECT_THAT(explainer->probe(network_, samples_, Context{}),
              ElementsAre(HasSubstr("derivative=finite-difference: its derivative by autograd is absent or exactly zero")));
  EXPECT_TRUE(explainer->traits().differentiable);
  const at::Tensor cotangent = testing::uniform({4, 1, 12, 12}, -1, 1, 6);
  const at::Tensor product = explainer->pull_back(network_, samples_, cotangent, {}, Context{});
  EXPECT_TRUE(product.abs().flatten(1).amax(1).gt(0).all().item<bool>());
  const at::Tensor alone = explainer->pull_back(network_, samples_.select({2}), cotangent.narrow(0, 2, 1), {}, Context{});
  EXPECT_TRUE(alone[0].equal(product[2])) << "points around an input depend on what is asked beside";
  const at::Tensor zero = gradient(",derivative=autograd")->pull_back(network_, samples_, cotangent, {}, Context{});
  EXPECT_EQ(zero.abs().max().item<double>(), 0);
}

TEST_F(TorchscriptOfANetwork, RefusesAnotherNetwork) {
  const auto explainer = gradient();
  EXPECT_THROW(explainer->explain(with_softplus(network_, 5), samples_, Context{}), Error);
  EXPECT_THROW(explainer->explain(with_parameters(network_, network_.parameters()), samples_, Context{}), Error);
  EXPECT_NO_THROW(explainer->explain(to(network_, at::kFloat), samples_.with_inputs(samples_.inputs.to(at::kFloat)), Context{}));
}

TEST_F(TorchscriptOfANetwork, ItsFileEntersTheReport) {
  EXPECT_EQ(gradient()->digests().at(folder_.file("gradient.pt")), sha256_of_file(folder_.file("gradient.pt")));
}

/// Maps R(x) = x A, [N,3], of any network that takes three numbers.
class TorchscriptOfAMatrix : public ::testing::Test {
 protected:
  std::unique_ptr<Explainer> made(const std::string& result, const at::Tensor& matrix) const {
    const std::string file = folder_.file("matrix.pt");
    testing::save_map_module(file, "def forward(self, x: Tensor, targets: Tensor) -> Tensor:\n    return " + result + "\n", "",
                             {{"a", matrix}});
    return explainers().make("torchscript:file=" + file);
  }

  testing::TemporaryFolder folder_;
  Network network_ = testing::linear_network({1, 2, 3}, 0).with_origin({"", true});
  Samples samples_ = testing::samples_at(testing::rows({{1, 2, 3}, {0.5, -1, 2}}));
  at::Tensor symmetric_ = testing::rows({{2, 1, 0}, {1, 3, -1}, {0, -1, 1}});
  at::Tensor general_ = testing::rows({{0, 5, 0}, {-5, 0, 1}, {2, -7, 0.1}});
  at::Tensor cotangent_ = testing::rows({{1, -1, 2}, {0.3, 0.2, -0.1}});
};

TEST_F(TorchscriptOfAMatrix, AutogradIsTakenWhereItGivesSomething) {
  const auto explainer = made("torch.matmul(x, self.a)", general_);
  EXPECT_THAT(explainer->probe(network_, samples_, Context{}), IsEmpty());
  const at::Tensor product = explainer->pull_back(network_, samples_, cotangent_, {}, Context{});
  EXPECT_LE((product - cotangent_.matmul(general_.t())).abs().max().item<double>(), 1e-12);
}

/// Central differences of a linear map are exact, and J = J^T.
TEST_F(TorchscriptOfAMatrix, DifferencesAreExactOnALinearSymmetricMap) {
  const auto explainer = made("torch.matmul(x.detach(), self.a)", symmetric_);
  EXPECT_THAT(explainer->probe(network_, samples_, Context{}), ElementsAre(HasSubstr("correlation of 1)")));
  const at::Tensor product = explainer->pull_back(network_, samples_, cotangent_, {}, Context{});
  EXPECT_LE((product - cotangent_.matmul(symmetric_)).abs().max().item<double>(), 1e-9);
}

/// Of x^3 in each element the difference along u over a length r is 3 x^2 u + r^2 u^3; at x + s it is 3 s^2 u and 6 x s u more,
/// and the mean of eight signs of s is a multiple of a quarter.
TEST_F(TorchscriptOfAMatrix, DifferencesAreAveragedOverPointsAroundTheInput) {
  const auto cube = [&](const std::string& options) {
    const std::string file = folder_.file("cube.pt");
    testing::save_map_module(file, "def forward(self, x: Tensor, targets: Tensor) -> Tensor:\n    return x.detach() ** 3\n");
    const auto explainer = explainers().make("torchscript:derivative=finite-difference,fd-radius=0.01,file=" + file + options);
    return explainer->pull_back(network_, samples_, cotangent_, {}, Context{});
  };
  const double reach = 0.01 * std::sqrt(3.0), apart = 0.015;
  const at::Tensor x = samples_.inputs, length = cotangent_.norm(2, {1}, true);
  const at::Tensor alone = 3 * x.square() * cotangent_ + reach * reach * cotangent_.pow(3) / length.square();
  EXPECT_LE((cube(",fd-draws=1") - alone).abs().max().item<double>(), 1e-10);
  const at::Tensor mean_sign = (cube("") - alone - 3 * apart * apart * cotangent_) / (6 * x * apart * cotangent_);
  EXPECT_LE((mean_sign * 4 - (mean_sign * 4).round()).abs().max().item<double>(), 1e-6) << mean_sign;
  EXPECT_LE(mean_sign.abs().max().item<double>(), 1 + 1e-6);
  EXPECT_GT((mean_sign - mean_sign[0][0]).abs().max().item<double>(), 0.1) << "one sign for all elements";
  EXPECT_LT(mean_sign.abs().min().item<double>(), 0.9) << "one sign for all draws";
}

/// Along the cotangent they would give J c where J^T c is asked for.
TEST_F(TorchscriptOfAMatrix, NoDifferencesAreTakenOfAMapThatIsNoGradient) {
  const auto explainer = made("torch.matmul(x.detach(), self.a)", general_);
  EXPECT_THAT(explainer->probe(network_, samples_, Context{}), ElementsAre(HasSubstr("derivative=none")));
  EXPECT_FALSE(explainer->traits().differentiable);
  EXPECT_THROW(explainer->pull_back(network_, samples_, cotangent_, {}, Context{}), std::logic_error);
}

TEST_F(TorchscriptOfAMatrix, WhatAModuleDoesWrongIsSaidOfEverySample) {
  const std::pair<const char*, const char*> cases[] = {{"torch.matmul(self.a, x)", "cannot make maps of these inputs"},
                                                       {"x.sum(1)", "another shape than the inputs"}};
  for (const auto& [code, words] : cases) {
    const Explanation out = made(code, symmetric_)->explain(network_, samples_, Context{});
    for (int64_t row = 0; row < 2; ++row) {
      EXPECT_EQ(out.failure_reason(row), "explainer-failed") << code;
      EXPECT_THAT(out.failure_detail(row), HasSubstr(words));
    }
  }
  const Explanation nan = made("x / (x - x)", symmetric_)->explain(network_, samples_, Context{});
  EXPECT_EQ(nan.failure_reason(0), "non-finite-map");
}

TEST(Torchscript, RefusesWhatIsNoModule) {
  const testing::TemporaryFolder folder;
  write_file(folder.file("x.pt"), "nothing");
  EXPECT_THROW(explainers().make("torchscript:file=" + folder.file("x.pt")), Error);
  EXPECT_THROW(explainers().make("torchscript:file=" + folder.file("missing.pt")), Error);
  EXPECT_THROW(explainers().make("torchscript"), Error);
}

}  // namespace
}  // namespace faultline
