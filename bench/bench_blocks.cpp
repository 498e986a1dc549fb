// What the fixed blocks and the interpreter cost: one forward and backward pass of every image, all at once and one alone, as
// shares of the bare pass of the same process.
#include "measuring.h"
#include "models/transforms.h"

namespace faultline::bench {
namespace {

void passes(benchmark::State& state, const Case& subject) {
  const Model model = Model::load(model_file(subject));
  const Network network = to(model.network(subject.shape), at::kFloat);
  const auto inputs = images(subject);
  const Points all = points(inputs), one = points(inputs.slice(0, 0, 1));

  PassCount count;
  const auto ours = input_gradient(network, all, Output::logit, &count);
  if (count.forward != subject.samples || count.backward != subject.samples) return state.SkipWithError("passes are miscounted");
  if (!(mean_difference(ours, bare_gradient(model, inputs, {4, false})) < 1e-2)) return state.SkipWithError("results differ");

  for (auto _ : state) {
    std::vector<std::function<void()>> works{[&] { input_gradient(network, all, Output::logit); },
                                             [&] { input_gradient(network, one, Output::logit); },
                                             [&] {
                                               bare_gradient(model, one.inputs, {1, false});
                                             }};
    for (const auto& way : bare_ways(subject)) works.push_back([&, way] { bare_gradient(model, inputs, way); });
    const auto seconds = alternating_medians(works, subject.rounds);
    for (size_t i = 0; i < bare_ways(subject).size(); ++i) {
      const auto way = bare_ways(subject)[i];
      state.counters["bare_chunk" + std::to_string(way.chunk) + (way.channels_last ? "_channels_last" : "")] =
          1e3 * seconds[3 + i] / static_cast<double>(subject.samples);
    }
    state.counters["ms_per_image"] = 1e3 * seconds[0] / static_cast<double>(subject.samples);
    state.counters["full_batch/bare"] = seconds[0] / *std::min_element(seconds.begin() + 3, seconds.end());
    state.counters["single/bare_single"] = seconds[1] / seconds[2];
  }
}

}  // namespace
}  // namespace faultline::bench

int main(int argc, char** argv) {
  using namespace faultline::bench;
  return run(argc, argv, [] { add_for_every_case("blocks", passes); });
}
