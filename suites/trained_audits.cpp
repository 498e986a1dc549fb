#include "suites/trained_audits.h"

#include "models/blocks.h"
#include "suites/data_randomization_facts.h"
#include "suites/unit_rows.h"

namespace faultline {

const Network& TrainedAudits::network_of(const std::string& of) const {
  const TrainedNetworks& trained = training_.result();
  if (of == kUntrainedFirst) return trained.untrained[0];
  if (of == kUntrainedSecond) return trained.untrained[1];
  for (size_t i = 0; i < trained.trainees.size(); ++i) {
    if (trained.trainees[i] == of) return trained.networks[i];
  }
  throw std::logic_error("no network is trained on " + of + " labels");
}

/// Predicted class and runner-up of the network of true labels, in the slots that the samples have in the whole run.
void TrainedAudits::plan_targets() {
  if (!samples_.empty()) return;
  samples_ = audit_.samples;
  Audit trained = audit_;
  trained.network = network_of(facts::kTrue);
  const Subject by_prediction;
  for (const auto& rows : unit_rows(audit_)) {
    const Samples samples = load_samples(audit_, by_prediction, rows);
    const at::Tensor logits =
        block_logits(trained.network, {samples.inputs, at::Tensor(), samples.slots, at::Tensor()}).to(at::kCPU, at::kDouble);
    const at::Tensor order = std::get<1>(logits.sort(/*stable=*/true, 1, /*descending=*/true));
    for (size_t i = 0; i < rows.size(); ++i) {
      PlannedSample& sample = samples_[static_cast<size_t>(rows[i])];
      const at::Tensor classes = order[static_cast<int64_t>(i)];
      sample.predicted = classes[0].item<int64_t>();
      sample.runner_up = classes[1].item<int64_t>();
    }
  }
}

const Audit& TrainedAudits::get(const std::string& of) {
  const Network& network = network_of(of);  // may train: not under the lock
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = made_.find(of);
  if (found != made_.end()) return found->second;
  plan_targets();
  Audit audit = audit_;
  audit.network = network;
  audit.samples = samples_;
  for (auto& subject : audit.subjects) {
    if (!subject.explainer->traits().needs_fitting) continue;
    std::unique_ptr<Explainer> explainer = explainers().make(subject.spec);
    explainer->fit(network, *audit_.data, audit_.context);
    subject.explainer = std::move(explainer);
  }
  return made_.emplace(of, std::move(audit)).first->second;
}

}  // namespace faultline
