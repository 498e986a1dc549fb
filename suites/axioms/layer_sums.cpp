#include "suites/axioms/layer_sums.h"

#include <algorithm>
#include <cmath>

#include "explainers/relevance/ledger.h"

namespace faultline {

std::vector<LayerSum> layer_sums(const AxiomProblem& problem) {
  if (!problem.explainer.traits().keeps_ledger) return {};
  Context context = problem.context;
  context.figures = false;
  context.ledger = true;
  const auto ledger = problem.explainer.explain(problem.network, problem.samples, context).ledger;
  const double explained = ledger->explained[0].item<double>();
  if (!(std::abs(explained) > 0)) return {};
  std::vector<LayerSum> out;
  double left = 1;
  for (int node = static_cast<int>(ledger->nodes()) - 1; node >= 0; --node) {
    if (!ledger->has(node)) continue;
    LayerSum sum;
    sum.node = ledger->name(node);
    sum.operation = ledger->operation(node);
    double most = 0;
    for (const LedgerColumn column : leak_columns()) {
      const double amount = ledger->of(node, column)[0].item<double>() / explained;
      sum.lost += amount;
      if (std::abs(amount) > std::abs(most)) {
        most = amount;
        sum.column = name_of(column);
      }
    }
    left -= sum.lost;
    sum.left = left;
    out.push_back(std::move(sum));
  }
  return out;
}

const LayerSum* largest_loss(const std::vector<LayerSum>& sums) {
  const LayerSum* out = nullptr;
  for (const auto& sum : sums) {
    if (sum.lost != 0 && (!out || std::abs(sum.lost) > std::abs(out->lost))) out = &sum;
  }
  return out;
}

}  // namespace faultline
