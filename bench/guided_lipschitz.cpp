// What a guided search for the local Lipschitz quotient of a map finds, ||R(x) - R(x')|| / ||x - x'||, against random searches
// with as many model evaluations: uniform in the ball, and in balls that shrink to where the guided search ends. Random inputs
// count one evaluation each, that of their map; their class is looked up for nothing. usage: guided_lipschitz [MODEL] [SAMPLES]
// [STEPS] [EXPLAINER]      resnet20_cifar10 32 20 gradient
#include "suites/axioms/guided_lipschitz.h"

#include <cmath>
#include <cstdio>

#include "core/blas_kernels.h"
#include "core/freed_memory.h"
#include "data/dataset.h"
#include "measuring.h"
#include "metrics/paired_comparison.h"
#include "metrics/summary.h"
#include "models/transforms.h"
#include "suites/axioms/stability_search.h"

namespace faultline::bench {
namespace {

constexpr uint64_t kSeed = 0;
constexpr int64_t kBalls = 10;
constexpr double kSmallestBall = 1e-5;  // of the radius

struct Study {
  std::string model, explainer;
  int64_t samples, steps;
};

Samples samples_of(const Study& study, const Network& network) {
  const bool is_mnist = study.model.find("mnist") != std::string::npos;
  const auto file = shared_folder() + "/data/" + (is_mnist ? "mnist/t10k-images-idx3-ubyte.gz" : "cifar10/test_batch.bin");
  const auto data = open_dataset(file, {network.graph().input_shape, 0, ""});
  std::vector<at::Tensor> inputs;
  for (int64_t i = 0; i < study.samples; ++i) inputs.push_back(data->load(i).input);
  Samples out = samples_of_array(at::stack(inputs).to(at::kFloat));
  out.targets = network.logits(out.inputs).argmax(1);
  return out;
}

/// Largest quotient of each sample over `draws` inputs of each ball.
std::vector<double> random_search(const AxiomProblem& problem, const Network& counterpart, int64_t draws,
                                  const std::vector<double>& radii) {
  std::vector<double> out(static_cast<size_t>(problem.samples.size()), 0);
  for (const double radius : radii) {
    StabilityOptions options;
    options.radius = radius;
    options.samples = draws;
    const auto found = measure_stability(options, problem, counterpart).at("local-lipschitz");
    for (size_t i = 0; i < out.size(); ++i) {
      if (found[i].reason.empty()) out[i] = std::max(out[i], found[i].value);
    }
  }
  return out;
}

/// Of a pair that was found, on another network.
double quotient(const Explainer& explainer, const Network& network, const Samples& sample, const LipschitzFound& found) {
  const auto map = [&](const at::Tensor& x) {
    return explainer.explain(network, sample.with_inputs(x.to(network.dtype())), Context{}).maps;
  };
  return (map(sample.inputs) - map(found.other.unsqueeze(0))).norm().item<double>() / found.distance;
}

void print_against(const std::string& name, const std::vector<double>& guided, const std::vector<double>& random) {
  const auto compared =
      compare_paired(guided, random, Direction::higher_is_better, PairedTest::wilcoxon, Alternative::two_sided, kSeed);
  std::vector<double> orders;
  for (size_t i = 0; i < guided.size(); ++i) {
    if (guided[i] > 0 && random[i] > 0) orders.push_back(std::log10(guided[i] / random[i]));
  }
  std::printf(
      "%s: mean %.4g, median %.4g, nothing on %ld; guided finds more by %.4g (95 %% %.4g to %.4g), p %.2g, less on %.0f of %ld",
      name.c_str(), mean(random), median(random), static_cast<long>(std::count(random.begin(), random.end(), 0.0)),
      compared->mean_difference, compared->interval->low, compared->interval->high, compared->p,
      compared->share_worse * static_cast<double>(compared->n), static_cast<long>(compared->n));
  if (orders.size() > 1) {
    const auto interval = bootstrap_interval(orders, kSeed);
    std::printf("; %.3g times as much (geometric mean of %ld; 95 %% %.3g to %.3g)", std::pow(10, mean(orders)),
                static_cast<long>(orders.size()), std::pow(10, interval->low), std::pow(10, interval->high));
  }
  std::printf("\n");
}

int main_of(const Study& study) {
  const bool is_mnist = study.model.find("mnist") != std::string::npos;
  const std::vector<int64_t> shape = is_mnist ? std::vector<int64_t>{1, 28, 28} : std::vector<int64_t>{3, 32, 32};
  const Network exact = Model::load(shared_folder() + "/models/" + study.model + ".pt").network(shape);
  const Network network = to(exact, at::kFloat);
  const Samples samples = samples_of(study, network);
  const auto explainer = explainers().make(study.explainer);
  Context context;
  context.seed = kSeed;
  const AxiomProblem problem{*explainer, network, samples, context};
  StabilityOptions options;
  options.guided = study.steps;
  const auto found = guided_lipschitz(options, problem, exact);
  std::vector<double> guided, distances, in_float64;
  for (size_t i = 0; i < found.size(); ++i) {
    guided.push_back(found[i].value);
    distances.push_back(found[i].distance);
    if (found[i].value > 0)
      in_float64.push_back(quotient(*explainer, exact, samples.select({static_cast<int64_t>(i)}), found[i]) / found[i].value);
  }
  std::sort(in_float64.begin(), in_float64.end());
  const int64_t evaluations = found.front().evaluations;
  std::printf("%s, %s, %ld samples, radius %g, %ld evaluations a sample\n", study.model.c_str(), study.explainer.c_str(),
              static_cast<long>(study.samples), options.radius, static_cast<long>(evaluations));
  std::printf(
      "guided: mean %.4g, median %.4g, at distance %.2g (median); in float64 the same pairs have %.3g, %.3g, %.3g of it (least, "
      "median, most)\n",
      mean(guided), median(guided), median(distances), in_float64.front(), median(in_float64), in_float64.back());
  print_against("random in the ball", guided, random_search(problem, exact, evaluations, {options.radius}));
  std::vector<double> radii;
  for (int64_t i = 0; i < kBalls; ++i) {
    radii.push_back(options.radius * std::pow(kSmallestBall, static_cast<double>(i) / (kBalls - 1)));
  }
  print_against("random in balls that shrink", guided, random_search(problem, exact, (evaluations + kBalls - 1) / kBalls, radii));
  return 0;
}

}  // namespace
}  // namespace faultline::bench

int main(int argc, char** argv) {
  faultline::restart_with_better_blas_kernels(argv);
  faultline::keep_freed_memory();
  const auto word = [&](int place, const std::string& standard) { return argc > place ? std::string(argv[place]) : standard; };
  return faultline::bench::main_of(
      {word(1, "resnet20_cifar10"), word(4, "gradient"), std::stol(word(2, "32")), std::stol(word(3, "20"))});
}
