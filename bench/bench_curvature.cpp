// What Lanczos' recursion costs: 30 products of the surrogate's Hessian with all that keeps 30 vectors orthogonal, against 30
// bare double backward passes (the surrogate's layers written by hand).
#include "attacks/curvature.h"
#include "handwritten.h"
#include "models/transforms.h"

namespace faultline::bench {
namespace {

constexpr double kBeta = 20;
constexpr int64_t kProducts = 30;

void lanczos_of(benchmark::State& state, const Case& subject) {
  const Model model = Model::load(model_file(subject));
  const Network network = to(model.network(subject.shape), at::kFloat);
  const Network surrogate = with_softplus(network, kBeta);
  const auto inputs = images(subject);
  const auto v = at::rand_like(inputs);
  Samples samples = samples_of_array(inputs);
  samples.targets = at::zeros({inputs.size(0)}, at::kLong);
  const auto explainer = explainers().make("gradient");
  CurvatureOptions options;
  options.op = CurvatureOptions::Operator::hessian;
  options.tangent = CurvatureOptions::Tangent::none;
  options.steps = kProducts;
  PassCount count;
  const auto leading = [&](PassCount* passes) {
    Context context;
    context.passes = passes;
    const Curvature curvature(options, network, surrogate, *explainer, samples, 0.1, context);
    const auto pairs = curvature.leading([](const std::vector<int64_t>&) {});
    if (pairs.front().values.size() < static_cast<size_t>(kProducts)) state.SkipWithError("the recursion ended early");
  };
  leading(&count);
  if (count.double_backward != kProducts * subject.samples) return state.SkipWithError("passes are miscounted");
  for (auto _ : state) {
    std::vector<std::function<void()>> works{[&] { leading(nullptr); }};
    const auto ways = bare_ways(subject);
    for (const auto& way : ways) works.push_back([&, way] { bare_double_backward(subject, network, inputs, v, kBeta, way); });
    const auto seconds = alternating_medians(works, subject.rounds);
    const double floor = static_cast<double>(kProducts) * *std::min_element(seconds.begin() + 1, seconds.end());
    state.counters["ms_per_image"] = 1e3 * seconds[0] / static_cast<double>(subject.samples);
    state.counters["lanczos-30/bare"] = seconds[0] / floor;
  }
}

}  // namespace
}  // namespace faultline::bench

int main(int argc, char** argv) {
  using namespace faultline::bench;
  return run(argc, argv, [] { add_for_every_case("lanczos-30", lanczos_of); });
}
