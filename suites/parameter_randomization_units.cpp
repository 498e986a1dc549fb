#include "suites/parameter_randomization_units.h"

#include <cmath>

#include "core/error.h"
#include "core/random.h"
#include "data/npy.h"
#include "models/blocks.h"
#include "models/rows.h"
#include "suites/map_comparison.h"
#include "suites/map_complexity.h"
#include "suites/mean_over_draws.h"
#include "suites/randomization_facts.h"
#include "suites/unit_rows.h"

namespace faultline {
namespace {

constexpr size_t kPicturedStages = 7;

/// Targets other than those of the samples, drawn for each sample by its own stream.
at::Tensor other_classes(const Samples& samples, int64_t classes, uint64_t seed) {
  std::vector<int64_t> out;
  for (int64_t row = 0; row < samples.size(); ++row) {
    const int64_t target = samples.targets[row].item<int64_t>();
    const double u =
        RandomStream(seed, facts::randomization::kRandomLogit, samples.ids[static_cast<size_t>(row)]).uniforms(0, 1)[0];
    const auto other = static_cast<int64_t>(u * static_cast<double>(classes - 1));
    out.push_back(other < target ? other : other + 1);
  }
  return at::tensor(out, at::kLong).to(samples.targets.device());
}

/// (E_random - E_original) / E_original of every sample (Hedstroem 2023).
MetricValues complexity_rise(const at::Tensor& original, const at::Tensor& random) {
  MetricValues out;
  for (int64_t row = 0; row < original.size(0); ++row) {
    const double before = map_complexity(original[row]), after = map_complexity(random[row]);
    std::string reason;
    if (std::isnan(before) || std::isnan(after))
      reason = "non-finite-map";
    else if (before == 0)
      reason = "zero-denominator";
    out.values.push_back(reason.empty() ? (after - before) / before : std::nan(""));
    out.reasons.push_back(reason);
  }
  return out;
}

/// Whether the stage is among those whose maps are shown: evenly spread, the first and the last included.
bool is_pictured(const RandomisationStage& stage, size_t layers) {
  if (stage.order != facts::randomization::kCascading) return false;
  const size_t number = stage.layers.size();  // 1 to layers
  if (layers <= kPicturedStages) return true;
  for (size_t i = 0; i < kPicturedStages; ++i) {
    if (number == 1 + i * (layers - 1) / (kPicturedStages - 1)) return true;
  }
  return false;
}

}  // namespace

UnitResult or_not_applicable(const Audit& audit, const Subject& subject, const std::string& condition,
                             const std::function<UnitResult()>& body) {
  try {
    return body();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted || error.kind() == ErrorKind::environment) throw;
    UnitResult out;
    for (const auto& sample : audit.samples) {
      out.records.push_back({ParameterRandomization::kName,
                             subject.label,
                             condition,
                             "",
                             sample.info.name,
                             sample.info.id,
                             std::nullopt,
                             "not-applicable",
                             {}});
    }
    out.facts[facts::condition(subject.label, condition, facts::kNotApplicable)] = error.what();
    return out;
  }
}

RandomisationWork::RandomisationWork(const Audit& audit, RunStore& store, const ParameterRandomization::Options& options)
    : audit_(audit),
      store_(store),
      options_(options),
      networks_(audit, options),
      originals_(store, ParameterRandomization::kName) {}

RandomisationWork::Batch RandomisationWork::batch_from(const Subject& subject, int64_t begin) const {
  const auto end = std::min(begin + audit_.batch, static_cast<int64_t>(audit_.samples.size()));
  return {begin, load_samples(audit_, subject, rows_between(begin, end))};
}

at::Tensor RandomisationWork::maps(const Network& network, const Explainer& explainer, Samples samples, bool is_original) const {
  Context quiet = audit_.context;
  quiet.figures = false;
  if (!is_original && options_.explained == ParameterRandomization::Class::own) {
    samples.targets = predicted_classes(block_logits(network, {samples.inputs, samples.targets, samples.slots, {}}, quiet.passes))
                          .to(samples.targets.device());
  }
  if (options_.smooth == 0) return explainer.explain(network, samples, quiet).maps;
  at::Tensor sum;
  const int64_t elements = samples.inputs[0].numel();
  for (int64_t k = 0; k < options_.smooth; ++k) {
    std::vector<at::Tensor> noisy;
    for (int64_t row = 0; row < samples.size(); ++row) {
      const at::Tensor x = samples.inputs[row];
      const double sd = options_.smooth_noise * (x.max() - x.min()).item<double>();
      const auto noise = RandomStream(quiet.seed, "smooth-randomization", samples.ids[static_cast<size_t>(row)])
                             .normals(static_cast<uint32_t>(k), static_cast<size_t>(elements));
      noisy.push_back(x + sd * at::tensor(noise, at::kDouble).reshape(x.sizes()).to(x.options()));
    }
    const at::Tensor one = explainer.explain(network, samples.with_inputs(at::stack(noisy)), quiet).maps;
    sum = sum.defined() ? sum + one : one;
  }
  return sum / static_cast<double>(options_.smooth);
}

std::shared_ptr<const Explainer> RandomisationWork::explainer_for(const Subject& subject, const Network& network) const {
  if (!subject.explainer->traits().needs_fitting) return subject.explainer;
  std::shared_ptr<Explainer> fitted = explainers().make(subject.spec);
  fitted->fit(network, *audit_.data, audit_.context);
  return fitted;
}

at::Tensor RandomisationWork::original(const Subject& subject, const Batch& batch) {
  return originals_.get(subject.label, batch.begin, [&] { return maps(audit_.network, *subject.explainer, batch.samples, true); })
      .to(batch.samples.inputs.device());
}

void RandomisationWork::keep_picture(const Subject& subject, const std::string& condition, const Batch& batch,
                                     const at::Tensor& arrays, const char* part, UnitResult* out) const {
  for (int64_t row = 0; row < batch.samples.size() && batch.begin + row < options_.pictures; ++row) {
    const uint64_t id = batch.samples.ids[static_cast<size_t>(row)];
    const std::string file = "maps/randomised-" + std::to_string(fnv1a64(subject.label + "|" + condition)) + "-" +
                             std::to_string(id) + "-" + part + ".npy";
    write_npy(store_.path(file), arrays[row].to(at::kCPU, at::kFloat));
    out->pictures.push_back(
        {ParameterRandomization::kName, subject.label, condition, batch.samples.names[static_cast<size_t>(row)], id, file, part});
  }
}

UnitResult RandomisationWork::stage(const Subject& subject, const RandomisationStage& stage) {
  UnitResult out;
  MeanOverDraws means(audit_, subject, stage.condition);
  const auto count = static_cast<int64_t>(audit_.samples.size());
  for (int64_t draw = 0; draw < options_.repeats; ++draw) {
    const Network network = networks_.get(stage.layers, draw);
    const auto explainer = explainer_for(subject, network);
    for (int64_t begin = 0; begin < count; begin += audit_.batch) {
      const Batch batch = batch_from(subject, begin);
      const at::Tensor before = original(subject, batch);
      const at::Tensor after = maps(network, *explainer, batch.samples, false);
      means.compare(batch.samples.inputs, before, after, begin, draw);
      if (draw == 0 && is_pictured(stage, layers().size()))
        keep_picture(subject, stage.condition, batch, after, facts::part::kMapAfter, &out);
    }
  }
  means.records(&out.records);
  return out;
}

UnitResult RandomisationWork::reference(const Subject& subject) {
  UnitResult out;
  const auto count = static_cast<int64_t>(audit_.samples.size());
  std::vector<int64_t> all;
  for (size_t i = 0; i < layers().size(); ++i) all.push_back(static_cast<int64_t>(i));
  std::vector<Network> networks;
  std::vector<std::shared_ptr<const Explainer>> fitted;
  for (int64_t draw = 0; draw < options_.null_networks; ++draw) {
    networks.push_back(networks_.get(all, draw));
    fitted.push_back(explainer_for(subject, networks.back()));
  }
  std::map<std::string, MeanOverDraws> pairs;
  MeanOverDraws efficient(audit_, subject, facts::randomization::kEfficient),
      logit(audit_, subject, facts::randomization::kRandomLogit);
  double zeros = 0;
  for (int64_t begin = 0; begin < count; begin += audit_.batch) {
    const Batch batch = batch_from(subject, begin);
    const at::Tensor before = original(subject, batch);
    for (const double share : zero_shares(batch.samples.inputs)) zeros += share / static_cast<double>(count);
    std::vector<at::Tensor> random;
    for (size_t i = 0; i < networks.size(); ++i) {
      random.push_back(maps(networks[i], *fitted[i], batch.samples, false));
      efficient.add(facts::randomization::kComplexityRise, complexity_rise(before, random.back()), begin,
                    static_cast<int64_t>(i));
    }
    for (size_t i = 0; i < random.size(); ++i) {
      for (size_t j = i + 1; j < random.size(); ++j) {
        const std::string name = std::string(facts::randomization::kNull) + "/" + std::to_string(i) + "-" + std::to_string(j);
        auto& pair = pairs.try_emplace(name, audit_, subject, name).first->second;
        pair.compare(batch.samples.inputs, random[i], random[j], begin, 0);
      }
    }
    if (audit_.network.classes() > 1) {
      Samples other = batch.samples;
      other.targets = other_classes(other, audit_.network.classes(), audit_.context.seed);
      const at::Tensor of_other = maps(audit_.network, *subject.explainer, other, true);
      logit.compare(batch.samples.inputs, before, of_other, begin, 0);
    }
    keep_picture(subject, facts::randomization::kReference, batch, batch.samples.inputs, facts::part::kImage, &out);
    keep_picture(subject, facts::randomization::kReference, batch, before, facts::part::kMapBefore, &out);
  }
  for (const auto& [name, pair] : pairs) pair.records(&out.records);
  efficient.records(&out.records);
  logit.records(&out.records);
  out.facts[facts::key({ParameterRandomization::kName, facts::randomization::kZeroShare})] = exact_number(zeros);
  return out;
}

}  // namespace faultline
