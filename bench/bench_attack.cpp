// What an iteration of a gradient attack costs: against the bare forward, backward and double backward of the surrogate (its
// layers written by hand) together with the bare forward and backward of the original that judges the iterate.
#include "attacks/attack.h"
#include "handwritten.h"
#include "measuring.h"
#include "models/transforms.h"

namespace faultline::bench {
namespace {

constexpr double kBeta = 20;
constexpr int64_t kFew = 2, kMany = 7;  // iterations; their difference holds no set-up

void iteration(benchmark::State& state, const Case& subject) {
  const Model model = Model::load(model_file(subject));
  const Network network = to(model.network(subject.shape), at::kFloat);
  const Network surrogate = with_softplus(network, kBeta);
  const auto inputs = images(subject);
  const auto v = at::rand_like(inputs);
  Samples samples = samples_of_array(inputs);
  samples.targets = network.logits(inputs).argmax(1);
  const auto explainer = explainers().make("gradient");

  // The layers written by hand are the surrogate: else the floor is another network's.
  const Points all = points(inputs);
  if (!(mean_difference(hessian_vector(surrogate, all, Output::logit, v),
                        bare_double_backward(subject, network, inputs, v, kBeta, {4, false})) < 1e-2)) {
    return state.SkipWithError("the layers written by hand are another network");
  }
  PassCount count;
  const auto attack_of = [&](int64_t iterations, PassCount* passes) {
    Context context;
    context.passes = passes;
    const auto attack = attacks().make("ghorbani-topk:surrogate=softplus,beta=" + std::to_string(kBeta) +
                                       ",iterations=" + std::to_string(iterations));
    attack->run({network, *explainer, samples, 8.0 / 255, context}, {});
  };
  attack_of(kFew, &count);
  const int64_t few = count.forward;
  attack_of(kMany, &count);
  // An iterate: forward with double backward (2 evaluations) of the surrogate, forward and backward (1) of the original.
  if (count.forward - 2 * few != 3 * (kMany - kFew) * subject.samples) return state.SkipWithError("passes are miscounted");

  for (auto _ : state) {
    std::vector<std::function<void()>> works{[&] { attack_of(kFew, nullptr); }, [&] { attack_of(kMany, nullptr); }};
    const auto ways = bare_ways(subject);
    for (const auto& way : ways) works.push_back([&, way] { bare_gradient(model, inputs, way); });
    for (const auto& way : ways) works.push_back([&, way] { bare_double_backward(subject, network, inputs, v, kBeta, way); });
    const auto seconds = alternating_medians(works, subject.rounds);
    const auto original = seconds.begin() + 2, smooth = original + static_cast<int64_t>(ways.size());
    const double floor = *std::min_element(original, smooth) + *std::min_element(smooth, seconds.end());
    const double measured = (seconds[1] - seconds[0]) / static_cast<double>(kMany - kFew);
    state.counters["ms_per_image"] = 1e3 * measured / static_cast<double>(subject.samples);
    state.counters["iteration/bare"] = measured / floor;
  }
}

}  // namespace
}  // namespace faultline::bench

int main(int argc, char** argv) {
  using namespace faultline::bench;
  return run(argc, argv, [] { add_for_every_case("attack-iteration", iteration); });
}
