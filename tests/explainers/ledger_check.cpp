#include "explainers/ledger_check.h"

#include <sstream>

namespace faultline::testing {

namespace {

constexpr double kExplodes = 1e3;

}  // namespace

at::Tensor conservation_scale(const Ledger& ledger) {
  return at::maximum(ledger.explained.abs(), 1e-3 * ledger.map_magnitude).clamp_min(1e-30);
}

at::Tensor closing_gap(const Ledger& ledger) {
  return (ledger.map_sum + ledger.leaks() - ledger.explained).abs() / conservation_scale(ledger);
}

at::Tensor largest_rounding(const Ledger& ledger) {
  at::Tensor largest = at::zeros({ledger.samples()}, at::kDouble);
  for (int node = 0; node < ledger.nodes(); ++node) {
    const at::Tensor magnitude = ledger.of(node, LedgerColumn::magnitude).clamp_min(1e-30);
    largest = at::maximum(largest, ledger.rounding(node).abs() / magnitude);
  }
  return largest;
}

at::Tensor growth(const Ledger& ledger) { return ledger.map_magnitude / ledger.explained.abs().clamp_min(1e-30); }

ClosingTolerance ClosingTolerance::of(at::ScalarType dtype) {
  return dtype == at::kFloat ? ClosingTolerance{1e-5, 2e-7} : ClosingTolerance{1e-12, 1e-15};  // conventions 8
}

std::vector<std::string> faults_of(const Ledger& ledger, const ClosingTolerance& tolerance) {
  std::vector<std::string> faults;
  const at::Tensor is_finite = at::isfinite(ledger.map_magnitude), makes_claim = growth(ledger) <= kExplodes;
  at::Tensor largest = ledger.map_magnitude;
  for (int node = 0; node < ledger.nodes(); ++node) largest = at::maximum(largest, ledger.of(node, LedgerColumn::magnitude));
  const auto exceeds = [&](const at::Tensor& gap, const at::Tensor& scale, const at::Tensor& counts) {
    const at::Tensor allowed = tolerance.relative * scale + tolerance.of_largest * largest;
    return at::logical_and(counts, at::logical_not(gap <= allowed)).any().item<bool>();
  };
  const at::Tensor scale = conservation_scale(ledger);
  if (exceeds(closing_gap(ledger) * scale, scale, makes_claim)) {
    std::ostringstream said;
    said << "map " << ledger.map_sum << " and leaks " << ledger.leaks() << " miss " << ledger.explained;
    faults.push_back(said.str());
  }
  for (int node = 0; node < ledger.nodes(); ++node) {
    const at::Tensor magnitude = ledger.of(node, LedgerColumn::magnitude), rounding = ledger.rounding(node).abs();
    if (!exceeds(rounding, magnitude, is_finite)) continue;
    std::ostringstream said;
    said << ledger.operation(node) << " " << ledger.name(node) << " loses unaccounted " << rounding << " of " << magnitude;
    faults.push_back(said.str());
  }
  return faults;
}

LossFree loss_free(const Ledger& ledger) {
  const at::Tensor lost = ledger.total(LedgerColumn::zero_denominator).abs() + ledger.total(LedgerColumn::padding).abs();
  const at::Tensor counts = at::logical_and(lost == 0, growth(ledger) <= kExplodes);
  const at::Tensor gap = (ledger.map_sum - ledger.explained).abs() / conservation_scale(ledger);
  return {counts.sum().item<int64_t>(), ledger.samples(), gap.masked_fill(counts.logical_not(), 0).max().item<double>()};
}

const std::vector<std::string>& loss_free_specs() {
  static const std::vector<std::string> all = {"lrp:rule=z-plus,stabiliser=zero-only,bias=ignore",
                                               "lrp:rule=z-box,stabiliser=zero-only,bias=ignore", "deep-taylor",
                                               "deep-taylor:input=w-square"};
  return all;
}

Ledger without(const Ledger& ledger, int node, LedgerColumn column) {
  Ledger copy = ledger.resized(ledger.samples());
  const at::Tensor all = at::arange(ledger.samples(), at::kLong);
  copy.take(ledger, all, all);
  copy.book(node, column, -ledger.of(node, column));
  return copy;
}

const std::vector<std::string>& ledger_specs() {
  static const std::vector<std::string> all = {"lrp:rule=zero",
                                               "lrp:rule=zero,bias=ignore",
                                               "lrp:rule=epsilon",
                                               "lrp:rule=epsilon,epsilon=0.01",
                                               "lrp:rule=epsilon,bias=ignore",
                                               "lrp:rule=epsilon,epsilon=0.01,bias=absorb-proportional",
                                               "lrp:rule=z-plus",
                                               "lrp:rule=z-plus,bias=ignore,stabiliser=zero-only",
                                               "lrp:rule=z-plus,bias=absorb-uniform",
                                               "lrp:rule=z-plus,zero-denominator=uniform",
                                               "lrp:rule=z-plus,stabiliser=clip,residual=absolute",
                                               "lrp:rule=z-plus,residual=half,affine=leak,batch-norm=leak",
                                               "lrp:rule=z-plus,max-pool=proportional,activation=gradient",
                                               "lrp:rule=gamma",
                                               "lrp:rule=gamma,bias=absorb-uniform",
                                               "lrp:rule=alpha-beta",
                                               "lrp:rule=alpha-beta,one-sided=renormalise",
                                               "lrp:rule=w-square,upper=z-plus",
                                               "lrp:rule=flat,upper=z-plus",
                                               "lrp:rule=z-box",
                                               "lrp:composite=epsilon-plus",
                                               "lrp:composite=epsilon-plus-flat",
                                               "lrp:composite=epsilon-gamma-box",
                                               "lrp:composite=epsilon-alpha2-beta1",
                                               "lrp:composite=epsilon-alpha2-beta1-flat",
                                               "deep-taylor",
                                               "deep-taylor:input=w-square",
                                               "excitation-backprop",
                                               "excitation-backprop:bias=ignore",
                                               "excitation-backprop:bias=ignore,negative=drop"};
  return all;
}

}  // namespace faultline::testing
