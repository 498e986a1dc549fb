#include "suites/axioms/stability_search.h"

#include <cmath>
#include <limits>

#include "core/random.h"
#include "explainers/legal_bounds.h"
#include "explainers/output_options.h"
#include "explainers/point_list.h"
#include "suites/axioms/guided_lipschitz.h"
#include "suites/axioms/last_layer.h"
#include "suites/axioms/trial_maps.h"
#include "suites/facts.h"

namespace faultline {
namespace {

/// x' of every point of the chunk: uniform in the ball, then clipped.
at::Tensor draws_around(const Samples& samples, const PointChunk& chunk, double radius, const Context& context) {
  const at::Tensor x = rows_of_points(samples.inputs, chunk);
  std::vector<at::Tensor> moves;
  for (int64_t i = 0; i < chunk.size(); ++i) {
    const RandomStream stream(context.seed, "axioms/stability", samples.ids[static_cast<size_t>(chunk.rows[i])]);
    const auto u = stream.uniforms(static_cast<uint32_t>(chunk.indices[i]), static_cast<size_t>(x[i].numel()));
    moves.push_back((2 * at::tensor(u, at::kDouble) - 1).mul_(radius).reshape(x[i].sizes()));
  }
  return legal_bounds(context.range, x).clip(x + at::stack(moves).to(x.options()));
}

/// What is known of inputs besides their maps.
struct Outputs {
  at::Tensor logits;           ///< [N,K] float64
  at::Tensor representations;  ///< [N,F] float64, undefined where the network has no linear layer
  at::Tensor classes;          ///< [N]
};

Outputs outputs_of(const AxiomProblem& problem, const Samples& samples) {
  Outputs out;
  const LastLayer last = last_layer(problem.network, points_of(samples), problem.context.passes);
  out.logits = last.logits.to(at::kCPU, at::kDouble);
  if (last.inputs.defined()) out.representations = last.inputs.to(at::kCPU, at::kDouble);
  out.classes = predicted_classes(last.logits);
  return out;
}

/// One metric of one sample over its pairs.
class Found {
 public:
  explicit Found(std::string reason) : reason_(std::move(reason)) {}

  void look_at(const StabilityMetric& metric, const NearPair& pair, const NearPair& rounded) {
    if (!reason_.empty()) return;
    const double value = metric.value(pair);
    if (metric.is_mean()) {
      sum_.value += value;
      sum_.rounding += metric.value(rounded);
    } else if (count_ == 0 || value > sum_.value) {
      sum_ = {value, metric.value(rounded), ""};
    }
    ++count_;
  }
  void give_up(const std::string& reason) {
    if (reason_.empty()) reason_ = reason;
  }
  /// without: the reason where no pair was looked at.
  StabilityValue result(const StabilityMetric& metric, const std::string& without) const {
    const std::string& reason = reason_.empty() && count_ == 0 ? without : reason_;
    if (!reason.empty()) return {0, 0, reason};
    const double over = metric.is_mean() ? static_cast<double>(count_) : 1;
    return {sum_.value / over, sum_.rounding / over, ""};
  }

 private:
  std::string reason_;
  StabilityValue sum_;  ///< or largest
  int64_t count_ = 0;
};

/// All metrics of all samples.
class StabilityMeasure {
 public:
  StabilityMeasure(const StabilityOptions& options, const AxiomProblem& problem, const Network& counterpart)
      : options_(options),
        problem_(problem),
        maps_(maps_on(problem, problem.network, problem.samples)),
        rounded_maps_(counterpart_maps(problem, counterpart)),
        outputs_(outputs_of(problem, problem.samples)),
        lost_(static_cast<size_t>(problem.samples.size())) {
    for (const auto& name : stability_metrics().names()) metrics_.push_back(stability_metrics().make(name));
    for (int64_t row = 0; row < problem.samples.size(); ++row) {
      const NearPair pair = begun(row);
      found_.emplace_back();
      for (const auto& metric : metrics_) {
        std::string reason = metric->reason(pair);
        if (metric->needs_representation() && !pair.representation.defined()) reason = facts::kNotApplicable;
        if (!pair.map.isfinite().all().item<bool>()) reason = facts::health::kNonFiniteMap;
        if (!pair.logits.isfinite().all().item<bool>()) reason = "non-finite-logits";
        found_.back().emplace_back(std::move(reason));
      }
    }
  }

  void look_at(const PointChunk& chunk) {
    const Samples near = samples_at_points(problem_.samples, chunk, options_.samples,
                                           draws_around(problem_.samples, chunk, options_.radius, problem_.context));
    const Outputs outputs = outputs_of(problem_, near);
    std::vector<int64_t> kept;
    for (int64_t i = 0; i < chunk.size(); ++i) {
      const int64_t row = chunk.rows[static_cast<size_t>(i)];
      if (near.inputs[i].equal(problem_.samples.inputs[row])) continue;
      const bool keeps = options_.label == StabilityOptions::Label::any ||
                         outputs.classes[i].item<int64_t>() == outputs_.classes[row].item<int64_t>();
      if (keeps) {
        kept.push_back(i);
      } else {
        lost_[static_cast<size_t>(row)] = true;
      }
    }
    if (kept.empty()) return;
    const at::Tensor maps = maps_on(problem_, problem_.network, near.select(kept));
    for (size_t k = 0; k < kept.size(); ++k) {
      const int64_t i = kept[k], row = chunk.rows[static_cast<size_t>(i)];
      NearPair pair = begun(row);
      pair.other_input = near.inputs[i].flatten().to(at::kCPU, at::kDouble);
      pair.other_logits = outputs.logits[i];
      if (outputs.representations.defined()) pair.other_representation = outputs.representations[i];
      pair.other_map = rounded_maps_[row].flatten();
      const NearPair rounded = pair;
      pair.other_map = maps[static_cast<int64_t>(k)].flatten();
      look_at(pair, rounded, &found_[static_cast<size_t>(row)]);
    }
  }

  std::map<std::string, std::vector<StabilityValue>> results() const {
    std::map<std::string, std::vector<StabilityValue>> out;
    const auto names = stability_metrics().names();
    for (size_t m = 0; m < metrics_.size(); ++m) {
      for (size_t row = 0; row < found_.size(); ++row) {
        const char* const without = lost_[row] ? "label-lost" : "zero-denominator";
        out[names[m]].push_back(found_[row][m].result(*metrics_[m], without));
      }
    }
    return out;
  }

 private:
  static at::Tensor counterpart_maps(const AxiomProblem& problem, const Network& counterpart) {
    const Samples& samples = problem.samples;
    return maps_on(problem, counterpart, samples.with_inputs(samples.inputs.to(counterpart.dtype())));
  }

  /// The sample's own side of a pair.
  NearPair begun(int64_t row) const {
    NearPair pair;
    pair.input = problem_.samples.inputs[row].flatten().to(at::kCPU, at::kDouble);
    pair.map = maps_[row].flatten();
    pair.logits = outputs_.logits[row];
    if (outputs_.representations.defined()) pair.representation = outputs_.representations[row];
    return pair;
  }

  void look_at(const NearPair& pair, const NearPair& rounded, std::vector<Found>* found) const {
    const bool is_finite = pair.other_map.isfinite().all().item<bool>();
    for (size_t m = 0; m < metrics_.size(); ++m) {
      if (is_finite) {
        (*found)[m].look_at(*metrics_[m], pair, rounded);
      } else {
        (*found)[m].give_up(facts::health::kNonFiniteMap);
      }
    }
  }

  const StabilityOptions& options_;
  const AxiomProblem& problem_;
  std::vector<std::unique_ptr<StabilityMetric>> metrics_;
  at::Tensor maps_, rounded_maps_;
  Outputs outputs_;
  std::vector<bool> lost_;                 ///< some draw of this sample had another class
  std::vector<std::vector<Found>> found_;  ///< [samples][metrics]
};

}  // namespace

const OptionTable<StabilityOptions>& StabilityOptions::options() {
  static const auto table =
      OptionTable<StabilityOptions>()
          .number("radius", &StabilityOptions::radius, {1e-9, 1e9},
                  "L-infinity ball around an input in which stability is measured", "captum: 0.02; Quantus: 0.2", "pixel")
          .integer("samples", &StabilityOptions::samples, {1, 100000}, "random inputs from that ball, one sample",
                   "captum: 10; Quantus: 200")
          .choice<Label>("label", &StabilityOptions::label, {{"kept", Label::kept}, {"any", Label::any}},
                         "which of them count: those of the sample's class, or all")
          .integer("guided", &StabilityOptions::guided, {0, 10000},
                   "steps of a guided search for the largest local Lipschitz quotient; 0: none");
  return table;
}

std::map<std::string, std::vector<StabilityValue>> measure_stability(const StabilityOptions& options, const AxiomProblem& problem,
                                                                     const Network& counterpart) {
  const at::NoGradGuard no_graph;
  StabilityMeasure measure(options, problem, counterpart);
  for (const auto& chunk : chunks_of_points(problem.network, problem.samples, options.samples, {}, problem.context)) {
    measure.look_at(chunk);
  }
  return measure.results();
}

at::Tensor moved_by_rounding(const AxiomProblem& problem, const Network& counterpart, const at::Tensor& maps) {
  const Samples& samples = problem.samples;
  const at::Tensor other = maps_on(problem, counterpart, samples.with_inputs(samples.inputs.to(counterpart.dtype())));
  return (other - maps.to(at::kCPU, at::kDouble)).flatten(1).norm(2, 1);
}

double stability_cost(const StabilityOptions& options, const Traits& traits) {
  const auto points = static_cast<double>(traits.points), draws = static_cast<double>(options.samples);
  const double at_sample = 2 * points + 1;
  return at_sample + draws * (points + 1) + guided_lipschitz_cost(options, traits);
}

}  // namespace faultline
