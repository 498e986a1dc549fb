#include "suites/small_audit.h"

#include "metrics/similarity.h"
#include "models/transforms.h"
#include "suites/audit_facts.h"
#include "support/trained_network.h"

namespace faultline::testing {

Subject subject_of(const std::string& text) {
  Subject subject;
  subject.label = text;
  subject.spec = explainers().canonical(parse_spec(text));
  subject.explainer = explainers().make(text);
  subject.is_control = subject.explainer->traits().access == Access::none;
  return subject;
}

Assault assault_of(const std::string& text) {
  Assault assault;
  assault.spec = attacks().canonical(parse_spec(text));
  assault.attack = attacks().make(text);
  assault.label = assault.attack->facts().label;
  return assault;
}

Audit small_audit(at::ScalarType dtype, int64_t batch) {
  Audit audit;
  audit.network = to(testing::trained_cnn(), dtype);
  audit.counterpart = to(testing::trained_cnn(), dtype == at::kDouble ? at::kFloat : at::kDouble);
  audit.data = open_dataset("glyphs:count=18,seed=2", {});
  const auto targets = testing::digits(audit.network, 18).targets;
  for (int64_t i = 0; i < 18; ++i) {
    PlannedSample sample;
    sample.index = sample.slot = i;
    sample.info = audit.data->info(i);
    sample.predicted = targets[i].item<int64_t>();
    sample.runner_up = (sample.predicted + 1) % 10;
    audit.samples.push_back(sample);
  }
  audit.subjects.push_back(subject_of("gradient"));
  audit.subjects.push_back(subject_of("random"));
  audit.assaults.push_back(assault_of("ghorbani-topk:iterations=8"));
  audit.assaults.push_back(assault_of("random-sign"));
  audit.assaults.push_back(assault_of("random-sign:iterations=8"));
  audit.epsilons = {2.0 / 255, 8.0 / 255};
  audit.metrics = {similarity_metrics().canonical(parse_spec("top-k")), similarity_metrics().canonical(parse_spec("spearman"))};
  audit.batch = batch;
  return audit;
}

Ran run(const Audit& audit, const std::string& folder, int64_t threads, const std::string& spec) {
  const auto suite = suites().make(parse_spec(spec));
  RunStore store = RunStore::create(folder, {});
  store.set_facts(audit_facts(audit));
  store.set_facts(suite->facts(audit));
  RunnerOptions options;
  options.threads = threads;
  run_units(suite->plan(audit, store), store, options);
  suite->finish(audit, store);
  return {store.records(), store.health(), store.pictures()};
}

}  // namespace faultline::testing
