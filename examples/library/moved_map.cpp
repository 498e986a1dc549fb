// How far can the gradient map of a network be moved? Explains, attacks, compares, and keeps the numbers in a run folder.
// usage: moved_map FOLDER
#include <faultline/attacks/attack.h>
#include <faultline/core/error.h>
#include <faultline/data/dataset.h>
#include <faultline/explainers/explainer.h>
#include <faultline/metrics/similarity.h>
#include <faultline/models/blocks.h>
#include <faultline/models/small_nets.h>
#include <faultline/report/report.h>
#include <faultline/suites/facts.h>
#include <faultline/suites/run_store.h>

#include <cstdio>

using namespace faultline;

namespace {

/// Four drawn digits with the classes that the network predicts.
Samples four_digits(const Network& network) {
  const auto data = open_dataset("glyphs:count=4,seed=1", {});
  std::vector<at::Tensor> inputs;
  for (int64_t i = 0; i < data->size(); ++i) inputs.push_back(data->load(i).input);
  Samples samples = samples_of_array(at::stack(inputs).to(network.dtype()));
  samples.targets = predicted_classes(block_logits(network, {samples.inputs, {}, samples.slots, {}}));
  return samples;
}

void run(const std::string& folder) {
  const Network network = small_cnn(1, 28, 28, 10, /*seed=*/0);
  const Samples samples = four_digits(network);
  const Context context;

  const auto explainer = explainers().make("gradient");
  const auto attack = attacks().make("ghorbani-topk:iterations=5");
  const auto metric = similarity_metrics().make("top-k");

  const AttackProblem problem{network, *explainer, samples, /*epsilon=*/8.0 / 255, context};
  const AttackResult result = attack->run(problem, attack->prepare(problem));
  const at::Tensor before = explainer->explain(network, samples, context).maps;
  const at::Tensor after = explainer->explain(network, samples.with_inputs(result.inputs), context).maps;
  const MetricValues left = metric->compare(before, after);

  RunStore store = RunStore::create(folder, {{"seed", "0"}});
  std::vector<Record> records;
  for (size_t i = 0; i < left.values.size(); ++i) {
    std::printf("digit %s: %.2f of the top of its map is left\n", samples.names[i].c_str(), left.values[i]);
    Record record{"fragility", "gradient",       facts::condition_name("ghorbani-topk", "8/255"),
                  "top-k",     samples.names[i], samples.ids[i],
                  {},          left.reasons[i],  {}};
    if (record.reason.empty()) record.value = left.values[i];
    records.push_back(record);
  }
  store.commit_unit("moved-map", records);
  std::printf("%s\n", write_reports(folder, folder, {"json"}).front().c_str());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(argc > 1 ? argv[1] : "moved-map");
  } catch (const Error& error) {
    std::fprintf(stderr, "moved_map: %s\n", error.what());
    return exit_code(error.kind());
  }
  return 0;
}
