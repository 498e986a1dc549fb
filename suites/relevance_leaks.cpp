#include "suites/relevance_leaks.h"

#include <stdexcept>

#include "explainers/relevance/ledger.h"
#include "suites/facts.h"
#include "suites/fragility.h"
#include "suites/unit_rows.h"

namespace faultline {
namespace {

/// Sums of shares over samples by node and column, in the order of samples whatever the batches were.
class Leaks {
 public:
  /// scale: [N] on the ledger's device; rows without a map are left out.
  void add(const Ledger& ledger, const at::Tensor& scale, const std::vector<int64_t>& rows) {
    if (rows.empty()) return;
    const at::Tensor chosen = at::tensor(rows, at::TensorOptions().dtype(at::kLong)).to(scale.device());
    for (int node = 0; node < ledger.nodes(); ++node) {
      if (!ledger.has(node)) continue;
      for (const LedgerColumn column : leak_columns()) {
        const at::Tensor shares = (ledger.of(node, column) / scale).index_select(0, chosen).to(at::kCPU).contiguous();
        double& sum = sums_[facts::quantity::leak(ledger.name(node), ledger.operation(node), name_of(column))];
        for (int64_t i = 0; i < shares.numel(); ++i) sum += shares.data_ptr<double>()[i];
      }
    }
    samples_ += static_cast<int64_t>(rows.size());
  }

  void write(const Subject& subject, std::vector<Record>* records) const {
    for (const auto& [metric, sum] : sums_) {
      if (sum == 0) continue;
      Record record;
      record.suite = Fragility::kName;
      record.explainer = subject.label;
      record.condition = facts::kLedger;
      record.set(metric, sum / static_cast<double>(samples_), "");
      records->push_back(std::move(record));
    }
  }

 private:
  std::map<std::string, double> sums_;
  int64_t samples_ = 0;
};

/// Why a sample has no shares. A map of zeros has some where something was explained: all of it leaked.
std::string reason_without(double scale, double leak) {
  if (!std::isfinite(scale) || !std::isfinite(leak)) return facts::health::kNonFiniteMap;
  return scale < 1e-30 ? facts::health::kZeroMap : "";
}

}  // namespace

UnitResult leaks_unit(const Audit& audit, const Subject& subject, const std::vector<int64_t>& rows) {
  UnitResult out;
  Leaks leaks;
  Context context = audit.context;
  context.figures = false;
  context.ledger = true;
  for (const auto& batch : batches_of(audit, rows)) {
    const Samples samples = load_samples(audit, subject, batch);
    const auto ledger = subject.explainer->explain(audit.network, samples, context).ledger;
    if (!ledger) throw std::logic_error(subject.label + " promises a ledger and keeps none");
    const at::Tensor scale = at::maximum(ledger->explained.abs(), 1e-3 * ledger->map_magnitude);
    const at::Tensor leak = ledger->leaks(), total = leak / scale, magnitude = ledger->map_magnitude / scale;
    std::vector<int64_t> used;
    for (int64_t row = 0; row < samples.size(); ++row) {
      const auto number = [row](const at::Tensor& values) { return values[row].item<double>(); };
      const std::string reason = reason_without(number(scale), number(leak));
      if (reason.empty()) used.push_back(row);
      for (const auto& [metric, values] :
           {std::pair(facts::quantity::kRelevanceLeak, total), std::pair(facts::quantity::kRelevanceMagnitude, magnitude)}) {
        Record record = record_of(Fragility::kName, subject, facts::kLedger, samples, row);
        record.set(metric, number(values), reason);
        out.records.push_back(std::move(record));
      }
    }
    leaks.add(*ledger, scale, used);
  }
  leaks.write(subject, &out.records);
  return out;
}

double leaks_cost(const Subject& subject) { return static_cast<double>(subject.explainer->traits().points); }

}  // namespace faultline
