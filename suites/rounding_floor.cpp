#include "suites/rounding_floor.h"

#include "metrics/similarity.h"
#include "suites/facts.h"
#include "suites/fragility.h"
#include "suites/unit_rows.h"

namespace faultline {

UnitResult rounding_unit(const Audit& audit, const Subject& subject, const std::vector<int64_t>& rows) {
  const bool runs_in_float = audit.network.dtype() == at::kFloat;
  const Network& rough = runs_in_float ? audit.network : audit.counterpart;
  const Network& fine = runs_in_float ? audit.counterpart : audit.network;
  UnitResult out;
  Context quiet = audit.context;
  quiet.figures = false;
  for (const auto& batch : batches_of(audit, rows)) {
    const Samples samples = load_samples(audit, subject, batch);
    const auto inputs = samples.inputs.to(at::kFloat);
    const Explanation of_rough = subject.explainer->explain(rough, samples.with_inputs(inputs), quiet);
    const Explanation of_fine = subject.explainer->explain(fine, samples.with_inputs(inputs.to(at::kDouble)), quiet);
    const at::Tensor rounded = of_rough.maps.to(at::kDouble), exact = of_fine.maps;
    const auto failure_of = [&](int64_t row) {
      return of_rough.failure_reason(row).empty() ? of_fine.failure_reason(row) : of_rough.failure_reason(row);
    };
    for (int64_t row = 0; row < samples.size(); ++row) {
      const std::string detail =
          of_rough.failure_reason(row).empty() ? of_fine.failure_detail(row) : of_rough.failure_detail(row);
      if (!detail.empty()) out.facts[facts::failure(subject.label, facts::kRounding, samples.names[row])] = detail;
    }
    const auto put = [&](int64_t row, const std::string& metric, double value, const std::string& reason) {
      Record record = record_of(Fragility::kName, subject, facts::kRounding, samples, row);
      record.set(metric, value, reason);
      out.records.push_back(std::move(record));
    };
    for (const Spec& spec : audit.metrics) {
      const auto values = similarity_metrics().make(spec)->compare(rounded, exact);
      for (int64_t row = 0; row < samples.size(); ++row)
        put(row, spec.name, values.values[row], failure_of(row).empty() ? values.reasons[row] : failure_of(row));
    }
    for (int64_t row = 0; row < samples.size(); ++row) {
      const double largest = exact[row].abs().max().item<double>();
      const double error = (rounded[row] - exact[row]).abs().max().item<double>();
      std::string reason = failure_of(row);
      if (reason.empty() && !(std::isfinite(error) && std::isfinite(largest))) reason = facts::health::kNonFiniteMap;
      if (reason.empty() && largest == 0) reason = facts::health::kZeroMap;
      put(row, facts::quantity::kRoundingError, reason.empty() ? error / largest : 0, reason);
    }
  }
  return out;
}

double rounding_cost(const Subject& subject) { return 2 * static_cast<double>(subject.explainer->traits().points); }

}  // namespace faultline
