#include <filesystem>

#include "core/random.h"
#include "data/npy.h"
#include "metrics/similarity.h"
#include "suites/facts.h"
#include "suites/fragility.h"

namespace faultline {
namespace {

struct Ranked {
  double value;
  uint64_t id;
};

/// `count` places spread evenly over 0..n-1, both ends included.
std::vector<size_t> spread(size_t n, size_t count) {
  std::vector<size_t> out;
  for (size_t i = 0; i < std::min(n, count); ++i) {
    const size_t place = count < 2 ? 0 : i * (n - 1) / (std::min(n, count) - (n > 1 ? 1 : 0));
    if (out.empty() || out.back() != place) out.push_back(place);
  }
  return out;
}

const FragilityCondition* headline(const std::vector<FragilityCondition>& conditions, const Subject& subject, double epsilon) {
  for (const auto& condition : conditions) {
    if (condition.epsilon == epsilon && !condition.assault->attack->facts().is_control &&
        is_applicable(*condition.assault->attack, *subject.explainer)) {
      return &condition;
    }
  }
  return nullptr;
}

}  // namespace

std::vector<PictureRecord> choose_pictures(const Audit& audit, RunStore& store, const std::vector<Record>& records,
                                           int64_t count) {
  std::vector<PictureRecord> out;
  const auto conditions = fragility_conditions(audit);
  const std::string metric = audit.metrics.front().name;
  const bool higher_is_better =
      similarity_metrics().make(audit.metrics.front())->facts().direction == Direction::higher_is_better;
  for (const auto& subject : audit.subjects) {
    const auto* condition = headline(conditions, subject, audit.epsilons.back());
    if (!condition) continue;
    std::vector<Ranked> ranked;
    for (const auto& record : records) {
      if (record.explainer == subject.label && record.condition == condition->name && record.metric == metric && record.value) {
        ranked.push_back({higher_is_better ? *record.value : -*record.value, record.sample_id});
      }
    }
    if (ranked.empty()) continue;
    std::sort(ranked.begin(), ranked.end(),
              [](const Ranked& a, const Ranked& b) { return std::tie(a.value, a.id) < std::tie(b.value, b.id); });
    for (const size_t place : spread(ranked.size(), static_cast<size_t>(count))) {
      const uint64_t id = ranked[place].id;
      int64_t row = 0;
      while (audit.samples[row].info.id != id) ++row;
      const Samples samples = load_samples(audit, subject, {row});
      const auto perturbed = read_npy(store.path(perturbed_file(subject.label, condition->name, id))).values;
      const auto after_inputs = perturbed.unsqueeze(0).to(samples.inputs.device(), samples.inputs.scalar_type());
      Context quiet = audit.context;
      quiet.figures = false;
      const auto before = subject.explainer->explain(audit.network, samples, quiet).maps[0];
      const auto after = subject.explainer->explain(audit.network, samples.with_inputs(after_inputs), quiet).maps[0];
      const std::pair<const char*, at::Tensor> parts[] = {{facts::part::kImage, samples.inputs[0]},
                                                          {facts::part::kPerturbed, perturbed},
                                                          {facts::part::kMapBefore, before},
                                                          {facts::part::kMapAfter, after}};
      for (const auto& [part, array] : parts) {
        const std::string file =
            "maps/" + std::to_string(fnv1a64(subject.label)) + "-" + std::to_string(id) + "-" + part + ".npy";
        write_npy(store.path(file), array.to(at::kCPU, at::kFloat));
        out.push_back({Fragility::kName, subject.label, condition->name, samples.names[0], id, file, part});
      }
    }
  }
  return out;
}

}  // namespace faultline
