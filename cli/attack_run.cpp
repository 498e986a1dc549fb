#include "cli/attack_run.h"

#include <cmath>
#include <numeric>

#include "cli/batches.h"
#include "core/error.h"

namespace faultline {
namespace {

std::vector<int64_t> rows_from(int64_t begin, int64_t end) {
  std::vector<int64_t> rows(end - begin);
  std::iota(rows.begin(), rows.end(), begin);
  return rows;
}

at::Tensor maps_of(const Workspace& work, const Context& context, const at::Tensor& inputs) {
  const Samples samples = work.inputs.samples.with_inputs(inputs);
  const auto batches = batches_of(work.settings, samples.size());
  std::vector<at::Tensor> parts(batches.size());
  for_each_batch(work.settings, batches, [&](const RowBatch& batch) {
    parts[batch.number] = work.explainer->explain(work.network, samples.select(batch.rows), context).maps.to(at::kCPU);
  });
  return at::cat(parts);
}

/// A sample whose maps are not finite has no similarity.
MetricValues similarity(const SimilarityMetric& metric, const at::Tensor& before, const at::Tensor& after) {
  MetricValues out;
  for (int64_t i = 0; i < before.size(0); ++i) {
    const auto a = before.narrow(0, i, 1), b = after.narrow(0, i, 1);
    if (!at::isfinite(a).all().item<bool>() || !at::isfinite(b).all().item<bool>()) {
      out.values.push_back(std::nan(""));
      out.reasons.push_back("non-finite-map");
      continue;
    }
    const auto one = metric.compare(a, b);
    out.values.push_back(one.values[0]);
    out.reasons.push_back(one.reasons[0]);
  }
  return out;
}

}  // namespace

AttackRun run_attack(const Workspace& work, const Attack& attack, double epsilon, const std::vector<std::string>& metrics) {
  if (attack.facts().needs_gradient && !work.explainer->traits().differentiable) {
    throw_usage(attack.facts().label, "needs the gradient of the map, and " + work.explainer_spec + " has none",
                "use an attack that only queries, such as square-search");
  }
  if (work.explainer->traits().only_clean) {
    throw_usage(work.explainer_spec, "has maps of the samples as they are, and an attack asks for those of other inputs",
                "attack an explainer that can be asked");
  }
  std::vector<std::unique_ptr<SimilarityMetric>> measures;
  for (const auto& text : metrics) measures.push_back(similarity_metrics().make(text));
  Context context = work.context;
  context.figures = false;
  const auto& samples = work.inputs.samples;
  const Samples first = samples.select(rows_from(0, std::min(kPreparationSamples, samples.size())));
  const auto preparation = attack.prepare({work.network, *work.explainer, first, epsilon, context});

  AttackRun out;
  const auto batches = batches_of(work.settings, samples.size());
  std::vector<AttackResult> results(batches.size());
  for_each_batch(work.settings, batches, [&](const RowBatch& batch) {
    const Samples part = samples.select(batch.rows);
    results[batch.number] = attack.run({work.network, *work.explainer, part, epsilon, context}, preparation);
  });
  std::vector<at::Tensor> parts;
  for (auto& result : results) {
    parts.push_back(result.inputs);
    for (auto& outcome : result.outcomes) out.outcomes.push_back(std::move(outcome));
  }
  const auto perturbed = at::cat(parts);
  const auto before = maps_of(work, context, samples.inputs), after = maps_of(work, context, perturbed);
  for (size_t m = 0; m < metrics.size(); ++m) out.similarities.push_back({metrics[m], similarity(*measures[m], before, after)});
  out.inputs = perturbed.to(at::kCPU);
  return out;
}

}  // namespace faultline
