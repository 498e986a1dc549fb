#include <cmath>

#include "attacks/hutchinson.h"
#include "suites/curvature_facts.h"
#include "suites/curvature_measures.h"
#include "suites/facts.h"

namespace faultline {
namespace {

namespace names = facts::curvature;

/// Whether the operator's eigenvalues are squares: of singular values.
bool is_squared(const CurvatureOptions& options) {
  return options.op == CurvatureOptions::Operator::map || options.objective == CurvatureOptions::Objective::change;
}

/// ||A v - value v|| of the leading pairs, by row and pair, measured by one more product each: what the recursion itself says of
/// them leaves the rounding of the products out.
std::vector<std::vector<double>> residuals_of(const Curvature& curvature, const std::vector<RitzPairs>& pairs) {
  std::vector<std::vector<double>> out(pairs.size());
  for (int64_t i = 0; i < names::kEigenvalues; ++i) {
    std::vector<int64_t> rows;
    std::vector<at::Tensor> vectors;
    for (size_t row = 0; row < pairs.size(); ++row) {
      if (!pairs[row].is_finite || i >= pairs[row].vectors.size(0)) continue;
      rows.push_back(static_cast<int64_t>(row));
      vectors.push_back(pairs[row].vectors[i]);
    }
    if (rows.empty()) break;
    const at::Tensor products = curvature.product(at::stack(vectors), rows);
    for (size_t k = 0; k < rows.size(); ++k) {
      const double value = pairs[static_cast<size_t>(rows[k])].values[static_cast<size_t>(i)];
      out[static_cast<size_t>(rows[k])].push_back((products[static_cast<int64_t>(k)] - value * vectors[k]).norm().item<double>());
    }
  }
  return out;
}

/// The i-th Ritz value with its residual. Of squares the root, which is off by at most residual / root.
std::pair<Measured, Measured> eigenvalue_of(const RitzPairs& pairs, const std::vector<double>& residuals, size_t i,
                                            bool squared) {
  if (!pairs.is_finite) return {{0, facts::health::kNonFiniteMap}, {0, facts::health::kNonFiniteMap}};
  // The recursion ended early: the space it can reach holds no more.
  if (i >= pairs.values.size()) return {{0, "not-applicable"}, {0, "not-applicable"}};
  if (!squared) return {{pairs.values[i], ""}, {residuals[i], ""}};
  const double root = std::sqrt(std::max(0.0, pairs.values[i]));
  return {{root, ""}, {root > 0 ? residuals[i] / root : std::sqrt(residuals[i]), ""}};
}

struct Traces {
  std::vector<TraceEstimate> curvature, map;
};

Traces traces_of(const CurvatureOptions& options, const CurvedMap& map, const std::vector<RitzPairs>& pairs, int64_t probes) {
  const Curvature& curvature = map.curvature();
  const FreshVector signs = [&](int64_t row, int64_t draw) { return map.random_signs(row, draw); };
  const SymmetricProducts change = [&](const at::Tensor& v, const std::vector<int64_t>& rows) {
    return curvature.change(curvature.in_tangent_space(v, rows), rows);
  };
  const SymmetricProducts back = [&](const at::Tensor& u, const std::vector<int64_t>& rows) {
    return curvature.in_tangent_space(curvature.pull_back(u, rows), rows);
  };
  const SymmetricProducts product = [&](const at::Tensor& v, const std::vector<int64_t>& rows) {
    return curvature.product(v, rows);
  };
  const SymmetricProducts map_change = [&](const at::Tensor& v, const std::vector<int64_t>& rows) {
    return curvature.map_change(curvature.in_tangent_space(v, rows), rows);
  };
  std::vector<at::Tensor> leading;
  for (const auto& of : pairs) leading.push_back(of.vectors.slice(0, 0, of.is_finite ? names::kEigenvalues : 0));
  const auto estimate = [&](const SymmetricProducts& forward, const SymmetricProducts& back) {
    return hutchinson(forward, back, static_cast<int64_t>(pairs.size()), signs, probes, leading);
  };
  Traces out;
  out.curvature = is_squared(options) ? estimate(change, back) : estimate(product, product);
  out.map = options.op == CurvatureOptions::Operator::map ? out.curvature : estimate(map_change, {});
  return out;
}

}  // namespace

LeadingDirections measure_spectrum(const CurvatureOptions& options, const CurvedMap& map, int64_t probes,
                                   CurvatureRecords* records) {
  const Curvature& curvature = map.curvature();
  const auto pairs = curvature.leading([](const auto&) {});
  const auto residuals = residuals_of(curvature, pairs);
  const Traces traces = traces_of(options, map, pairs, probes);
  const double root_of_elements = std::sqrt(static_cast<double>(map.elements()));

  LeadingDirections out;
  std::vector<at::Tensor> directions;
  for (const auto& of : pairs) {
    const bool has_one = of.is_finite && of.vectors.size(0) > 0;
    directions.push_back(has_one ? of.vectors[0] : at::zeros({map.elements()}, curvature.gradient().options()));
  }
  out.directions = at::stack(directions);
  out.changes = curvature.map_change(out.directions, map.rows());

  for (const int64_t row : map.rows()) {
    const RitzPairs& of = pairs[row];
    const auto put = [&](const std::string& metric, const Measured& measured) {
      records->put(names::kSpectrum, row, metric, map.reason(row).empty() ? measured : Measured{0, map.reason(row)});
    };
    for (int i = 0; i < names::kEigenvalues; ++i) {
      const auto [value, residual] = eigenvalue_of(of, residuals[row], static_cast<size_t>(i), is_squared(options));
      put(names::eigenvalue(i + 1), value);
      put(names::residual(i + 1), residual);
    }
    const Measured leading = eigenvalue_of(of, residuals[row], 0, is_squared(options)).first;
    const auto against = [&](double a, double b) { return leading.reason.empty() ? quotient(a, b) : leading; };
    const TraceEstimate& trace = traces.curvature[row];
    const TraceEstimate& map_trace = traces.map[row];
    const double frobenius = std::sqrt(trace.squares), gradient = curvature.gradient()[row].norm().item<double>();
    const double map_norm = map.clean(true)[row].norm().item<double>();
    const double length = out.changes[row].norm().item<double>();
    put(names::kFrobenius, trace.is_finite ? Measured{frobenius, ""} : Measured{0, facts::health::kNonFiniteMap});
    put(names::kEffectiveRank, quotient(trace.squares * trace.squares, trace.fourths));
    put(names::kGradientNorm, quotient(gradient, 1));
    // Where there is no curvature, the leading vector is any vector.
    const double along = at::dot(out.directions[row], curvature.gradient()[row]).abs().item<double>();
    put(names::kAlignment, against(along, leading.value == 0 ? 0 : gradient));
    put(names::kRho, against(std::abs(leading.value) * root_of_elements, frobenius));
    put(names::kRelativeCurvature, against(std::abs(leading.value), gradient));
    const Measured map_rho = against(length * root_of_elements, std::sqrt(map_trace.squares));
    put(names::kMapNorm, quotient(map_norm, 1));
    put(names::kMapChange, against(length, 1));
    put(names::kMapRho, map_rho);
    put(names::kPredictedFragility, against(length, map_norm));

    out.lengths.push_back(length);
    out.rho.push_back(map_rho.reason.empty() ? map_rho.value : std::nan(""));
    std::string reason = map.reason(row).empty() ? leading.reason : map.reason(row);
    if (reason.empty() && !std::isfinite(length)) reason = facts::health::kNonFiniteMap;
    out.reasons.push_back(reason);
  }
  return out;
}

}  // namespace faultline
