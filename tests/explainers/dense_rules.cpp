#include "explainers/dense_rules.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace faultline::testing {

namespace {

double plus(double t) { return std::max(t, 0.0); }
double minus(double t) { return std::min(t, 0.0); }
double sum(const Numbers& values) { return std::accumulate(values.begin(), values.end(), 0.0); }
double magnitude(const Numbers& values) {
  return std::accumulate(values.begin(), values.end(), 0.0, [](double all, double t) { return all + std::abs(t); });
}

/// One row of the sheet's table at one unit.
struct Numerators {
  Numbers n;
  double beta = 0, c = 1;
  double denominator() const { return sum(n) + beta; }
};

/// n_ij by a function of (a_i, w_ij), over the inputs that j reads.
template <class Entry>
Numbers over_inputs(const DenseLayer& layer, size_t j, const Numbers& a, const Entry& entry) {
  Numbers n(layer.inputs);
  for (size_t i = 0; i < layer.inputs; ++i) {
    if (layer.connects(i, j)) n[i] = entry(a[i], layer.w(i, j));
  }
  return n;
}

double pair_plus(double a, double w) { return plus(a) * plus(w) + minus(a) * minus(w); }
double pair_minus(double a, double w) { return plus(a) * minus(w) + minus(a) * plus(w); }

std::vector<Numerators> table(const MatrixRule& rule, const DenseLayer& layer, const Numbers& a, size_t j, double z) {
  const auto of = [&](const auto& entry) { return over_inputs(layer, j, a, entry); };
  const double b = layer.bias[j], g = rule.gamma;
  if (rule.rule == "zero" || rule.rule == "epsilon") return {{of([](double a, double w) { return a * w; }), b}};
  if (rule.rule == "z-plus") {
    if (rule.drops_negative_inputs) return {{of([](double a, double w) { return plus(a) * plus(w); }), plus(b)}};
    return {{of(pair_plus), plus(b)}};
  }
  if (rule.rule == "alpha-beta") return {{of(pair_plus), plus(b), rule.alpha}, {of(pair_minus), minus(b), -rule.beta}};
  if (rule.rule == "gamma") {
    if (z > 0) {
      return {
          {of([&](double a, double w) { return plus(a) * (w + g * plus(w)) + minus(a) * (w + g * minus(w)); }), b + g * plus(b)}};
    }
    if (z < 0) {
      return {{of([&](double a, double w) { return plus(a) * (w + g * minus(w)) + minus(a) * (w + g * plus(w)); }),
               b + g * minus(b)}};
    }
    return {{Numbers(layer.inputs), 0}};
  }
  if (rule.rule == "w-square") return {{of([](double, double w) { return w * w; }), b * b}};
  if (rule.rule == "flat") return {{of([](double, double) { return 1.0; }), 0}};
  if (rule.rule != "z-box") throw std::logic_error("no rule " + rule.rule);
  Numbers n(layer.inputs);
  for (size_t i = 0; i < layer.inputs; ++i) {
    const double w = layer.w(i, j);
    n[i] = a[i] * w - rule.low[i] * plus(w) - rule.high[i] * minus(w);
  }
  return {{n, 0}};
}

/// beta under the bias modes: kept, left out, or made part of the numerators.
void treat_bias(const MatrixRule& rule, const DenseLayer& layer, size_t j, Numerators& row) {
  if (rule.bias == "leak") return;
  const double beta = row.beta, reads = static_cast<double>(layer.fan_in(j));
  if (rule.bias != "ignore" && reads == 0) return;  // nobody to absorb it
  row.beta = 0;
  if (rule.bias == "ignore") return;
  const double all = magnitude(row.n);
  const bool is_uniform = rule.bias == "absorb-uniform" || all == 0;
  for (size_t i = 0; i < layer.inputs; ++i) {
    if (layer.connects(i, j)) row.n[i] += is_uniform ? beta / reads : beta * std::abs(row.n[i]) / all;
  }
}

/// Of alpha-beta: a unit without a positive or a negative part is explained by the other alone.
void renormalise(std::vector<Numerators>& rows) {
  const bool has_positive = rows[0].denominator() != 0, has_negative = rows[1].denominator() != 0;
  if (has_positive == has_negative) return;
  rows[0].c = has_positive;
  rows[1].c = has_negative;
}

/// D + st.
double stabilised(const MatrixRule& rule, double D) {
  const double size = rule.rule == "epsilon" ? rule.epsilon : rule.stabiliser_epsilon, sign = D < 0 ? -1 : 1;
  if (rule.rule == "zero" || rule.stabiliser == "zero-only") return D;
  return rule.stabiliser == "add" ? D + size * sign : sign * std::max(std::abs(D), size);
}

}  // namespace

DenseRelevance sent_by(const MatrixRule& rule, const DenseLayer& layer, const Numbers& a, const DenseRelevance& arrived,
                       DenseLeaks& leaks) {
  const Numbers z = layer.values(a);
  DenseRelevance out(layer.inputs);
  for (size_t j = 0; j < layer.units; ++j) {
    std::vector<Numerators> rows = table(rule, layer, a, j, z[j]);
    for (Numerators& row : rows) treat_bias(rule, layer, j, row);
    if (rule.rule == "alpha-beta" && rule.one_sided == "renormalise") renormalise(rows);
    for (const Numerators& row : rows) {
      const double R = row.c * arrived.values[j], D = row.denominator(), stable = stabilised(rule, D);
      const double s = stable == 0 ? 0 : R / stable;
      const double cancels = stable == 0 ? 0 : (magnitude(row.n) + std::abs(row.beta)) / std::abs(stable);
      const double doubt =
          stable == 0 ? 0 : (std::abs(R) * (1 + cancels) + std::abs(row.c) * arrived.doubt[j]) / std::abs(stable);
      for (size_t i = 0; i < layer.inputs; ++i) {
        out.values[i] += row.n[i] * s;
        out.doubt[i] += std::abs(row.n[i]) * doubt;
      }
      leaks.bias += row.beta * s;
      (D == 0 ? leaks.zero_denominator : leaks.stabiliser) += D == 0 ? R : (stable - D) * s;
      const double reads = static_cast<double>(layer.fan_in(j));
      if (D != 0 || rule.zero_denominator != "uniform" || reads == 0) continue;
      if (rule.rule == "gamma" && z[j] == 0) continue;
      leaks.zero_denominator -= R;
      for (size_t i = 0; i < layer.inputs; ++i) {
        if (layer.connects(i, j)) out.values[i] += R / reads;
      }
    }
  }
  return out;
}

std::pair<DenseRelevance, DenseRelevance> shared_by_sum(const std::string& residual, const MatrixRule& rule, const Numbers& a,
                                                        const Numbers& b, const DenseRelevance& arrived) {
  std::pair<DenseRelevance, DenseRelevance> out{DenseRelevance(a.size()), DenseRelevance(b.size())};
  for (size_t k = 0; k < a.size(); ++k) {
    double n_a = residual == "absolute" ? std::abs(a[k]) : a[k], n_b = residual == "absolute" ? std::abs(b[k]) : b[k];
    double stable = stabilised(rule, n_a + n_b);
    if (residual == "half") {
      n_a = n_b = 0.5;
      stable = 1;
    }
    if (stable == 0) continue;
    const double doubt =
        (std::abs(arrived.values[k]) * (1 + (std::abs(n_a) + std::abs(n_b)) / std::abs(stable)) + arrived.doubt[k]) /
        std::abs(stable);
    out.first.values[k] = n_a * arrived.values[k] / stable;
    out.second.values[k] = n_b * arrived.values[k] / stable;
    out.first.doubt[k] = std::abs(n_a) * doubt;
    out.second.doubt[k] = std::abs(n_b) * doubt;
  }
  return out;
}

double excess(const at::Tensor& found, const DenseRelevance& expected) {
  constexpr double kUnits = 2000 * 2.3e-16;
  const Numbers values = numbers_of(found);
  if (values.size() != expected.values.size()) return std::nan("");
  double scale = 1e-300, largest = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    scale = std::max({scale, std::abs(expected.values[i]), expected.doubt[i]});
    largest = std::max(largest, std::abs(values[i] - expected.values[i]));
    if (std::isnan(values[i])) return values[i];
  }
  return largest / (kUnits * scale);
}

}  // namespace faultline::testing
