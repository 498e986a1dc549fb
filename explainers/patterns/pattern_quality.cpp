#include "explainers/patterns/pattern_quality.h"

#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/interruption.h"
#include "core/random.h"
#include "data/reference_inputs.h"
#include "explainers/patterns/layer_patches.h"
#include "explainers/patterns/pattern_moments.h"
#include "explainers/relevance/graph_facts.h"
#include "models/transforms.h"

namespace faultline {

namespace {

constexpr int64_t kPatchesPerWeight = 8;

/// The largest correlation, on `test`, of y with a linear function of the distractor d that was fitted on `train`; NaN where y
/// does not vary or the fit has too few rows.
double correlation(const at::Tensor& d_train, const at::Tensor& y_train, const at::Tensor& d_test, const at::Tensor& y_test) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  // Fewer rows than unknowns would fit anything.
  if (d_train.size(0) <= d_train.size(1) || d_test.size(0) < 2) return nan;
  const at::Tensor d = d_train - d_train.mean(0, true), y = y_train - y_train.mean();
  at::Tensor C = d.t().matmul(d);
  // d lies in a subspace (w.d = 0): a ridge far below everything that counts stands for the pseudo-inverse.
  const double scale = C.diagonal().mean().item<double>();
  if (!(scale > 0)) return nan;
  C.diagonal().add_(1e-10 * scale);
  const at::Tensor v = at::cholesky_solve(d.t().matmul(y).unsqueeze(1), at::linalg_cholesky(C)).squeeze(1);
  at::Tensor p = d_test.matmul(v);
  p = p - p.mean();
  const at::Tensor t = y_test - y_test.mean();
  const double of_y = t.norm().item<double>(), of_p = p.norm().item<double>();
  if (of_y == 0) return nan;
  return of_p == 0 ? 0 : p.dot(t).item<double>() / (of_p * of_y);
}

struct Mean {
  double sum = 0;
  int64_t count = 0;
  void add(double value) {
    if (std::isnan(value)) return;
    sum += value;
    ++count;
  }
  double value() const { return count ? sum / static_cast<double>(count) : std::numeric_limits<double>::quiet_NaN(); }
};

/// What is left of x when the signal is taken away: x - a y, with the pattern of the regime. rows [n,K].
at::Tensor distractor(const at::Tensor& x, const at::Tensor& y, const at::Tensor& is_active, const at::Tensor& positive,
                      const at::Tensor& negative) {
  const at::Tensor on = y * is_active, off = y - on;
  return x - on.unsqueeze(1) * positive - off.unsqueeze(1) * negative;
}

struct Estimator {
  const char* name;
  at::Tensor positive, negative;  ///< like the weight
};

std::vector<Estimator> estimators_of(const LinearLayer& layer, const FilterMoments& moments, const Context& context) {
  std::vector<Estimator> out;
  const at::Tensor& w = layer.weight();
  const RandomStream stream(context.seed, "pattern-quality", 0);
  const at::Tensor u = at::tensor(stream.normals(0, static_cast<size_t>(w.numel())), at::kDouble).reshape(w.sizes());
  const at::Tensor random = u / layer.sums_within_units(w * u);
  out.push_back({"random", random, random});
  for (const auto& [name, estimator] : {std::pair<const char*, SignalEstimator>{"s-w", SignalEstimator::filter},
                                        {"s-a", SignalEstimator::linear},
                                        {"s-a-pm", SignalEstimator::two_regime}}) {
    const FilterPatterns patterns = patterns_of(layer, &moments, estimator);
    out.push_back({name, patterns.positive, patterns.negative});
  }
  return out;
}

LayerQuality measured(const LinearLayer& layer, const FilterMoments& moments, const LayerPatches& train, const LayerPatches& test,
                      const PatternQualityOptions& options, const Context& context) {
  LayerQuality out;
  out.width = train.width();
  out.patches = train.count();
  const int64_t filters = train.filters(), step = std::max<int64_t>(1, (filters + options.filters - 1) / options.filters);
  const auto estimators = estimators_of(layer, moments, context);
  std::vector<Mean> all(estimators.size()), active(estimators.size());
  for (int64_t filter = 0; filter < filters; filter += step) {
    interruption_point();
    ++out.filters;
    const at::Tensor x_train = train.of(filter), x_test = test.of(filter);
    const at::Tensor w = train.weights_of(layer.weight(), filter);
    const at::Tensor bias = train.bias_of(layer.bias(), filter);
    const at::Tensor y_train = x_train.matmul(w), y_test = x_test.matmul(w);
    const at::Tensor on_train = (y_train + bias > 0), on_test = (y_test + bias > 0);
    const at::Tensor rows_train = on_train.nonzero().squeeze(1), rows_test = on_test.nonzero().squeeze(1);
    for (size_t i = 0; i < estimators.size(); ++i) {
      const at::Tensor positive = train.weights_of(estimators[i].positive, filter);
      const at::Tensor negative = train.weights_of(estimators[i].negative, filter);
      const at::Tensor d_train = distractor(x_train, y_train, on_train, positive, negative);
      const at::Tensor d_test = distractor(x_test, y_test, on_test, positive, negative);
      all[i].add(1 - correlation(d_train, y_train, d_test, y_test));
      active[i].add(1 - correlation(d_train.index_select(0, rows_train), y_train.index_select(0, rows_train),
                                    d_test.index_select(0, rows_test), y_test.index_select(0, rows_test)));
    }
  }
  for (size_t i = 0; i < estimators.size(); ++i) out.qualities.push_back({estimators[i].name, all[i].value(), active[i].value()});
  return out;
}

}  // namespace

std::vector<LayerQuality> pattern_quality(const Network& form, const Dataset& data, const PatternQualityOptions& options,
                                          const Context& context) {
  const at::NoGradGuard no_graph;
  const Network network = to(form, at::kDouble);
  const auto layers = linear_layers_of(network);
  PatternMoments moments;
  std::map<int, LayerPatches> train, test;
  int64_t taken = 0;
  const int64_t per_part = std::min(options.samples, data.size()) / 3;
  if (per_part < 1) throw Error(ErrorKind::nothing_tested, "pattern quality", "needs at least three samples");
  for (const auto& [node, layer] : layers) {
    if (LayerPatches::problem_of(layer, options.most_width).empty()) {
      train.emplace(node, LayerPatches(layer, kPatchesPerWeight, per_part));
      test.emplace(node, LayerPatches(layer, kPatchesPerWeight, per_part));
    }
  }
  std::vector<at::Tensor> waiting;
  const auto add_all = [&] {
    if (!waiting.empty()) moments.add(network, at::stack(waiting));
    waiting.clear();
  };
  // Dealt out in turn, as data is often sorted by class.
  for_each_reference_input(data, "pattern quality", [&](const at::Tensor& input) {
    const int64_t turn = taken % 3;
    if (turn == 0) {
      waiting.push_back(input);
      if (static_cast<int64_t>(waiting.size()) == network.block_size()) add_all();
    } else {
      const Tape tape = network.run_with_tape(input.unsqueeze(0).to(network.device()));
      for (auto& [node, patches] : turn == 1 ? train : test) {
        const Node& here = network.graph().nodes[static_cast<size_t>(node)];
        const int from = here.inputs[static_cast<size_t>(layers.at(node).activation_input())];
        patches.add(tape.values[static_cast<size_t>(from)], RandomStream(context.seed, here.name, static_cast<uint64_t>(taken)));
      }
    }
    return ++taken < options.samples;
  });
  add_all();
  if (taken < 3) throw Error(ErrorKind::nothing_tested, "pattern quality", "needs at least three samples that can be read");
  std::vector<LayerQuality> out;
  for (const auto& [node, layer] : layers) {
    const std::string& name = network.graph().nodes[static_cast<size_t>(node)].name;
    LayerQuality quality;
    if (train.count(node) != 0) {
      quality = measured(layer, moments.of(name, layer), train.at(node), test.at(node), options, context);
    } else {
      quality.problem = LayerPatches::problem_of(layer, options.most_width);
    }
    quality.layer = name;
    out.push_back(std::move(quality));
  }
  return out;
}

}  // namespace faultline
