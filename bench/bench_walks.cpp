// What relevance and multiplier walks cost, in units of the bare forward and backward pass.
#include "explainers/explainer.h"
#include "measuring.h"
#include "models/transforms.h"

namespace faultline::bench {
namespace {

struct Walk {
  std::string name, spec;
  double most;  ///< what is asked for
};

const std::vector<Walk>& walks() {
  static const std::vector<Walk> list{{"lrp-epsilon", "lrp:rule=epsilon", 1.3},
                                      {"lrp-epsilon-plus", "lrp:composite=epsilon-plus", 2.0},
                                      {"lrp-epsilon-plus-flat", "lrp:composite=epsilon-plus-flat", 2.0},
                                      {"lrp-epsilon-gamma-box", "lrp:composite=epsilon-gamma-box", 3.0},
                                      {"lrp-epsilon-alpha2-beta1", "lrp:composite=epsilon-alpha2-beta1", 3.0},
                                      {"lrp-epsilon-alpha2-beta1-flat", "lrp:composite=epsilon-alpha2-beta1-flat", 3.0},
                                      {"deep-taylor", "deep-taylor", 2.0},
                                      {"excitation-backprop", "excitation-backprop", 2.0},
                                      {"deep-lift", "deep-lift", 2.2},
                                      {"guided-backprop", "guided-backprop", 1.2},
                                      {"deconvnet", "deconvnet", 1.2},
                                      {"grad-cam", "grad-cam", 1.2}};
  return list;
}

void cost_of(benchmark::State& state, Case subject, const Walk& walk) {
  if (subject.name == "squeezenet") subject.samples = 16;
  const Model model = Model::load(model_file(subject));
  const Network network = to(model.network(subject.shape), at::kFloat);
  const auto inputs = images(subject);
  Samples samples = samples_of_array(inputs);
  samples.targets = at::zeros({subject.samples}, at::kLong);
  const auto explainer = explainers().make(walk.spec);
  const Context context;
  const at::Tensor first = explainer->explain(network, samples, context).maps;  // folds and splits weights, once a network
  if (!first.isfinite().all().item<bool>()) return state.SkipWithError("a map is not finite");
  for (auto _ : state) {
    std::vector<std::function<void()>> works{[&] { explainer->explain(network, samples, context); }};
    for (const auto& way : bare_ways(subject)) works.push_back([&, way] { bare_gradient(model, inputs, way); });
    const auto seconds = alternating_medians(works, subject.rounds);
    const double bare = *std::min_element(seconds.begin() + 1, seconds.end());
    state.counters["ms_per_image"] = 1e3 * seconds[0] / static_cast<double>(subject.samples);
    state.counters["bare_passes"] = seconds[0] / bare;
    state.counters["asked"] = walk.most;
  }
}

}  // namespace
}  // namespace faultline::bench

int main(int argc, char** argv) {
  using namespace faultline::bench;
  return run(argc, argv, [] {
    for (const auto& walk : walks()) {
      add_for_every_case(walk.name, [&walk](benchmark::State& state, const Case& subject) { cost_of(state, subject, walk); });
    }
  });
}
