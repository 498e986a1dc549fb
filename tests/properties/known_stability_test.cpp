#include <gtest/gtest.h>

#include <array>
#include <cstdio>

#include "data/dataset.h"
#include "explainers/output_options.h"
#include "models/model.h"
#include "models/transforms.h"
#include "suites/axioms/gradient_bound.h"
#include "support/gradcheck.h"
#include "support/shared.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

constexpr std::array<double, 3> kDistances{1e-2, 1e-3, 1e-4};

struct Shared {
  Network network;  // float64
  Samples samples;
};

Shared shared_network(const std::string& shared, const std::string& model, const std::string& data, std::vector<int64_t> shape,
                      int64_t n) {
  Shared out;
  out.network = Model::load(shared + "/models/" + model + ".pt").network(shape);
  const auto set = open_dataset(shared + "/data/" + data, {std::move(shape), 0, ""});
  std::vector<at::Tensor> inputs;
  for (int64_t i = 0; i < n; ++i) inputs.push_back(set->load(i).input);
  out.samples = samples_of_array(at::stack(inputs).to(at::kDouble));
  out.samples.targets = out.network.logits(out.samples.inputs).argmax(1);
  return out;
}

/// A line through a point of each sample along which the gradient is looked at.
struct Lines {
  at::Tensor points, directions;  // [N,...]; directions have length 1
};

class Gradients {
 public:
  Gradients(Network network, const Samples& samples) : network_(std::move(network)), samples_(samples) {}

  at::Tensor at_inputs(const at::Tensor& x) const {
    return input_gradient(network_, points_of(samples_.with_inputs(x)), Output::logit);
  }

  static at::Tensor lengths(const at::Tensor& v) { return v.flatten(1).norm(2, 1); }
  static at::Tensor column(const at::Tensor& numbers, const at::Tensor& like) {
    std::vector<int64_t> shape(static_cast<size_t>(like.dim()), 1);
    shape[0] = -1;
    return numbers.reshape(shape);
  }

  /// Halves the way between each sample and another point again and again, keeping the half on which the gradient changes more:
  /// ends on a kink where there is one.
  Lines kinks(const at::Tensor& others) const {
    at::Tensor a = samples_.inputs, b = others;
    at::Tensor at_a = at_inputs(a), at_b = at_inputs(b);
    for (int halving = 0; halving < 20; ++halving) {
      const at::Tensor middle = (a + b) / 2, at_middle = at_inputs(middle);
      const at::Tensor first = column(lengths(at_a - at_middle) >= lengths(at_b - at_middle), a);
      const at::Tensor moved_b = at::where(first, middle, b), moved_at_b = at::where(first, at_middle, at_b);
      a = at::where(first, a, middle);
      at_a = at::where(first, at_a, at_middle);
      b = moved_b;
      at_b = moved_at_b;
    }
    const at::Tensor way = others - samples_.inputs;
    return {(a + b) / 2, way / column(lengths(way), way)};
  }

  /// ||R(x) - R(x')|| / ||x - x'|| of the pairs that lie `distance` apart, the points half-way between: [N].
  at::Tensor quotients(const Lines& lines, double distance) const {
    const at::Tensor step = lines.directions * (distance / 2);
    return lengths(at_inputs(lines.points + step) - at_inputs(lines.points - step)) / distance;
  }

 private:
  Network network_;
  const Samples& samples_;
};

/// Of pairs across kinks, at falling distances: mean quotients, and the least growth of any sample from one to the next.
struct Course {
  std::array<double, 3> means{};
  double least_growth = 1e300, most_growth = 0;
  at::Tensor quotients;  // [3,N]
};

Course course_of(const char* what, const Gradients& gradients, const Lines& lines) {
  Course out;
  std::vector<at::Tensor> rows;
  for (size_t i = 0; i < kDistances.size(); ++i) {
    rows.push_back(gradients.quotients(lines, kDistances[i]));
    out.means[i] = rows[i].mean().item<double>();
    if (i == 0) continue;
    const at::Tensor growth = rows[i] / rows[i - 1];
    out.least_growth = std::min(out.least_growth, growth.min().item<double>());
    out.most_growth = std::max(out.most_growth, growth.max().item<double>());
    // The premise: the gradient changes along every line. 0/0 would be no growth and no number.
    EXPECT_GT(rows[i - 1].min().item<double>(), 0) << what;
  }
  out.quotients = at::stack(rows);
  std::printf("%s: quotients %.4g, %.4g, %.4g (means), growth %.3g to %.3g\n", what, out.means[0], out.means[1], out.means[2],
              out.least_growth, out.most_growth);
  return out;
}

/// Least bound over quotient of the samples' classes.
double slack(const GradientBound& bound, const Course& course, const Samples& samples) {
  double out = 1e300;
  const at::Tensor largest = course.quotients.amax(0);
  for (int64_t row = 0; row < samples.size(); ++row) {
    const double limit = bound.of_class[static_cast<size_t>(samples.targets[row].item<int64_t>())];
    out = std::min(out, limit / largest[row].item<double>());
  }
  std::printf("  the bound is %.3g times the largest quotient, at least\n", out);
  return out;
}

/// Inputs at this distance from the samples.
at::Tensor neighbours(const Samples& samples, double distance) {
  const at::Tensor move = testing::normal(samples.inputs.sizes().vec(), 5);
  return samples.inputs + distance * move / Gradients::column(Gradients::lengths(move), move);
}

/// The gradient of a ReLU network jumps: across a kink the quotient is the jump over the distance, and tenfold a step but for
/// what other kinks add at the larger distance. Its softplus surrogate has a constant.
TEST(KnownStability, TheGradientOfAReluNetworkHasNoLipschitzConstantAndThatOfItsSoftplusSurrogateHas) {
  FAULTLINE_NEEDS_SHARED(shared);
  const auto [network, samples] = shared_network(shared, "mlp_mnist", "mnist/t10k-images-idx3-ubyte.gz", {1, 28, 28}, 8);
  const Gradients relu(network, samples);
  const Lines lines = relu.kinks(neighbours(samples, 4));
  const Course grows = course_of("mlp_mnist, ReLU", relu, lines);
  EXPECT_GE(grows.least_growth, 5);
  EXPECT_EQ(gradient_bound(network).of_class.size(), 0u);

  const Network smooth = with_softplus(network, 10);
  const GradientBound bound = gradient_bound(smooth);
  ASSERT_EQ(bound.not_applicable, "");
  const Course stays = course_of("mlp_mnist, softplus", Gradients(smooth, samples), lines);
  EXPECT_LT(stays.most_growth, 1.1);  // distances are far below the width of a rounded kink
  EXPECT_GE(slack(bound, stays, samples), 1);
}

TEST(KnownStability, AResidualNetworkWithSoftplusStaysBelowItsBound) {
  FAULTLINE_NEEDS_SHARED(shared);
  const auto [network, samples] = shared_network(shared, "resnet20_cifar10", "cifar10/test_batch.bin", {3, 32, 32}, 4);
  const Gradients relu(network, samples);
  const Lines lines = relu.kinks(neighbours(samples, 1));
  const Course grows = course_of("resnet20_cifar10, ReLU", relu, lines);
  EXPECT_GT(grows.means[2], 5 * grows.means[1]);  // the premise: the lines cross kinks

  const Network smooth = with_softplus(network, 10);
  const GradientBound bound = gradient_bound(smooth);
  ASSERT_EQ(bound.not_applicable, "");
  const Course stays = course_of("resnet20_cifar10, softplus", Gradients(smooth, samples), lines);
  EXPECT_LT(stays.means[2], 1.1 * stays.means[1]);
  EXPECT_GE(slack(bound, stays, samples), 1);
}

/// Softplus does not smooth hard maxima: where another entry of a window becomes the largest, the gradient jumps. With soft
/// maxima it stops.
TEST(KnownStability, HardMaxPoolingLeavesJumpsInTheGradientOfASoftplusNetwork) {
  FAULTLINE_NEEDS_SHARED(shared);
  const auto [network, samples] = shared_network(shared, "lenet_mnist", "mnist/t10k-images-idx3-ubyte.gz", {1, 28, 28}, 4);
  const Network hard = with_softplus(network, 10);
  EXPECT_NE(gradient_bound(hard).not_applicable.find("max_pool"), std::string::npos);
  const Gradients gradients(hard, samples);
  const Lines lines = gradients.kinks(neighbours(samples, 1));
  const Course grows = course_of("lenet_mnist, softplus, hard maxima", gradients, lines);
  EXPECT_GT(grows.means[2], 5 * grows.means[1]);
  const Course stays = course_of("lenet_mnist, softplus, soft maxima", Gradients(with_soft_pooling(hard, 0.1), samples), lines);
  EXPECT_LT(stays.means[2], 1.1 * stays.means[1]);
}

}  // namespace
}  // namespace faultline
