#include <cmath>

#include "suites/curvature_facts.h"
#include "suites/curvature_measures.h"
#include "suites/facts.h"

namespace faultline {
namespace {

namespace names = facts::curvature;

const char* const kZeroDenominator = "zero-denominator";

/// Lengths of the rows of a difference, and their cosine with what was predicted.
struct Achieved {
  std::vector<double> length;
  std::vector<Measured> cosine;
};

Achieved achieved_along(const CurvedMap& map, const LeadingDirections& leading, double radius, bool on_surrogate) {
  const at::Tensor difference = map.difference(radius * leading.directions, on_surrogate);
  Achieved out;
  for (const int64_t row : map.rows()) {
    out.length.push_back(difference[row].norm().item<double>());
    const double product = at::dot(difference[row], leading.changes[row]).item<double>();
    out.cosine.push_back(quotient(product, out.length.back() * leading.lengths[row]));
  }
  return out;
}

/// Root of the mean square over random directions, by radius and row, on the surrogate and on the original.
struct Random {
  std::vector<std::vector<double>> surrogate, original;
};

Random achieved_at_random(const CurvedMap& map, const std::vector<double>& radii, int64_t directions) {
  const std::vector<std::vector<double>> zeros(radii.size(), std::vector<double>(map.rows().size(), 0));
  Random out{zeros, zeros};
  for (int64_t draw = 0; draw < directions; ++draw) {
    std::vector<at::Tensor> drawn;
    for (const int64_t row : map.rows()) drawn.push_back(map.random_direction(row, draw));
    const at::Tensor u = at::stack(drawn);
    for (size_t i = 0; i < radii.size(); ++i) {
      for (const bool on_surrogate : {true, false}) {
        const auto squares = map.difference(radii[i] * u, on_surrogate).square().sum(1).to(at::kCPU);
        auto& sums = on_surrogate ? out.surrogate[i] : out.original[i];
        for (const int64_t row : map.rows()) sums[row] += squares[row].item<double>() / static_cast<double>(directions);
      }
    }
  }
  for (auto* of : {&out.surrogate, &out.original}) {
    for (auto& rows : *of) {
      for (double& value : rows) value = std::sqrt(value);
    }
  }
  return out;
}

}  // namespace

void measure_radii(const CurvedMap& map, const LeadingDirections& leading, const std::vector<double>& radii, int64_t directions,
                   CurvatureRecords* records) {
  const Random random = achieved_at_random(map, radii, directions);
  for (size_t i = 0; i < radii.size(); ++i) {
    const std::string condition = names::radius_name(radii[i]);
    const auto kept = map.keeps_label(radii[i] * leading.directions);
    const auto put = [&](int64_t row, const std::string& metric, const Measured& measured) {
      records->put(condition, row, metric, leading.reasons[row].empty() ? measured : Measured{0, leading.reasons[row]});
    };
    for (const int64_t row : map.rows()) {
      put(row, names::kPredicted, {radii[i] * leading.lengths[row], ""});
      put(row, names::kRelativePredicted, quotient(radii[i] * leading.lengths[row], map.clean(true)[row].norm().item<double>()));
      put(row, names::kLabelKept, {kept[row] ? 1.0 : 0.0, ""});
    }
    for (const bool on_surrogate : {true, false}) {
      const Achieved achieved = achieved_along(map, leading, radii[i], on_surrogate);
      const auto& noise = on_surrogate ? random.surrogate[i] : random.original[i];
      for (const int64_t row : map.rows()) {
        const auto name = [&](const char* metric) { return names::on(metric, on_surrogate); };
        put(row, name(names::kAchieved), quotient(achieved.length[row], 1));
        put(row, name(names::kRatio), quotient(achieved.length[row], radii[i] * leading.lengths[row]));
        put(row, name(names::kCosine), achieved.cosine[row]);
        if (directions == 0) continue;
        const Measured gain = quotient(achieved.length[row], noise[row]);
        put(row, name(names::kRandom), quotient(noise[row], 1));
        put(row, name(names::kGain), gain);
        const bool has_rho = std::isfinite(leading.rho[row]);
        const Measured no_rho{0, kZeroDenominator};
        put(row, name(names::kGainOverRho),
            !gain.reason.empty() ? gain
            : has_rho            ? quotient(gain.value, leading.rho[row])
                                 : no_rho);
      }
    }
  }
}

Measured quotient(double a, double b) {
  if (!std::isfinite(a) || !std::isfinite(b)) return {0, facts::health::kNonFiniteMap};
  if (b == 0) return {0, kZeroDenominator};
  return {a / b, ""};
}

void CurvatureRecords::put(const std::string& condition, int64_t row, const std::string& metric, const Measured& measured) {
  Record record = record_of(facts::kCurvature, subject_, condition, samples_, row);
  record.set(metric, measured.value, measured.reason);
  records_.push_back(std::move(record));
}

}  // namespace faultline
