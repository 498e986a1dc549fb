// What parameter randomisation costs: the cascade of resnet20 with five explainers, one draw a stage, batch norm recalibrated,
// all similarities; against the passes that it counts, each taken for a bare one, and against what its explainers cost alone.
#include <filesystem>

#include "measuring.h"
#include "metrics/similarity.h"
#include "models/transforms.h"
#include "suites/runner.h"
#include "support/held_dataset.h"

namespace faultline::bench {
namespace {

Audit audit_of(const Case& subject, const Model& model, const at::Tensor& inputs, int64_t recalibration) {
  Audit audit;
  audit.network = to(model.network(subject.shape), at::kFloat);
  audit.counterpart = audit.network;
  // As many inputs again as recalibration asks for, behind those that are audited.
  std::vector<at::Tensor> all;
  for (int64_t begin = 0; begin < recalibration; begin += inputs.size(0)) all.push_back(inputs.roll(begin / inputs.size(0), 3));
  audit.data = std::make_shared<testing::HeldDataset>(at::cat(all));
  for (int64_t i = 0; i < inputs.size(0); ++i) {
    PlannedSample sample;
    sample.index = sample.slot = i;
    sample.info = audit.data->info(i);
    audit.samples.push_back(sample);
  }
  for (const char* spec : {"gradient", "gradient-x-input", "guided-backprop", "grad-cam", "lrp:composite=epsilon-plus"}) {
    Subject explained;
    explained.label = spec;
    explained.spec = explainers().canonical(parse_spec(spec));
    explained.explainer = explainers().make(spec);
    audit.subjects.push_back(std::move(explained));
  }
  audit.metrics = {similarity_metrics().canonical(parse_spec("top-k"))};
  return audit;
}

void cascade(benchmark::State& state, const Case& subject) {
  if (subject.name.rfind("resnet20", 0) != 0) return state.SkipWithError("measured on resnet20 alone");
  const Model model = Model::load(model_file(subject));
  const auto inputs = images(subject);
  constexpr int64_t kRecalibration = 512;
  Audit audit = audit_of(subject, model, inputs, kRecalibration);
  const auto suite = suites().make("parameter-randomization:order=cascading,repeats=1,null-networks=2,pictures=0");
  const std::string folder = (std::filesystem::temp_directory_path() / "faultline-bench-randomization").string();
  const auto run_once = [&](PassCount* passes) {
    std::filesystem::remove_all(folder);
    audit.context.passes = passes;
    RunStore store = RunStore::create(folder, {});
    run_units(suite->plan(audit, store), store, {});
  };
  for (auto _ : state) {
    PassCount count;
    std::vector<std::function<void()>> works{[&] {
      count.forward = count.backward = count.double_backward = 0;
      run_once(&count);
    }};
    const auto ways = bare_ways(subject);
    const at::Tensor some = inputs;
    for (const auto& way : ways) works.push_back([&, way] { bare_gradient(model, some, way); });
    for (const auto& way : ways)
      works.push_back([&, way] {
        const at::AutoGradMode no_graph(false);
        in_chunks(some, way, [&](const at::Tensor& rows) { audit.network.logits(rows); });
      });
    const size_t first_explainer = works.size();
    Samples explained = samples_of_array(inputs);
    explained.targets = audit.network.logits(inputs).argmax(1);
    for (const auto& subject_of_audit : audit.subjects)
      works.push_back([&] { subject_of_audit.explainer->explain(audit.network, explained, Context{}); });
    const auto seconds = alternating_medians(works, 3);
    const auto gradient = seconds.begin() + 1, forward = gradient + static_cast<int64_t>(ways.size());
    const auto samples = static_cast<double>(subject.samples);
    const double both = *std::min_element(gradient, forward) / samples;
    const double one = *std::min_element(forward, seconds.begin() + static_cast<int64_t>(first_explainer)) / samples;
    const double floor = static_cast<double>(count.forward) * one + static_cast<double>(count.backward) * (both - one);
    // The explainers at their own cost, and recalibration's passes.
    const double explainers_once = std::accumulate(seconds.begin() + static_cast<int64_t>(first_explainer), seconds.end(), 0.0);
    const double explaining =
        static_cast<double>(count.backward) / (static_cast<double>(audit.subjects.size()) * samples) * explainers_once;
    const double recalibrating = static_cast<double>(count.forward - count.backward) * one;
    state.counters["cascade/explaining"] = seconds[0] / (explaining + recalibrating);
    state.counters["seconds"] = seconds[0];
    state.counters["forward"] = static_cast<double>(count.forward);
    state.counters["backward"] = static_cast<double>(count.backward);
    state.counters["cascade/counted"] = seconds[0] / floor;
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace faultline::bench

int main(int argc, char** argv) {
  using namespace faultline::bench;
  return run(argc, argv, [] { add_for_every_case("parameter-randomization", cascade); });
}
