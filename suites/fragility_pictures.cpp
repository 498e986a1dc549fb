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

/// The samples that have a value of the metric, the most moved first.
std::vector<Ranked> ranked_samples(const std::vector<Record>& records, const Subject& subject, const std::string& condition,
                                   const std::string& metric, bool higher_is_better) {
  std::vector<Ranked> out;
  for (const auto& record : records) {
    if (record.explainer == subject.label && record.condition == condition && record.metric == metric && record.value)
      out.push_back({higher_is_better ? *record.value : -*record.value, record.sample_id});
  }
  std::sort(out.begin(), out.end(),
            [](const Ranked& a, const Ranked& b) { return std::tie(a.value, a.id) < std::tie(b.value, b.id); });
  return out;
}

double mean_of(const std::vector<Ranked>& ranked) {
  double total = 0;
  for (const auto& sample : ranked) total += sample.value;
  return total / static_cast<double>(ranked.size());
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
    const FragilityCondition* condition = nullptr;  // the strongest attack at the largest epsilon
    std::vector<Ranked> ranked;
    for (const auto& candidate : conditions) {
      if (candidate.epsilon != audit.epsilons.back() || candidate.assault->attack->facts().is_control) continue;
      auto samples = ranked_samples(records, subject, candidate.name, metric, higher_is_better);
      if (samples.empty() || (condition && mean_of(samples) >= mean_of(ranked))) continue;
      condition = &candidate;
      ranked = std::move(samples);
    }
    if (!condition) continue;
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
