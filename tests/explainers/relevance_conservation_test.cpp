#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/random.h"
#include "explainers/explainer.h"
#include "explainers/relevance/ledger.h"
#include "models/transforms.h"
#include "support/random_networks.h"
#include "support/test_seed.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

const std::vector<std::string>& specs() {
  static const std::vector<std::string> all = {"lrp:rule=zero",
                                               "lrp:rule=epsilon,epsilon=0.01",
                                               "lrp:rule=z-plus",
                                               "lrp:rule=z-plus,bias=ignore,stabiliser=zero-only",
                                               "lrp:rule=gamma",
                                               "lrp:rule=alpha-beta",
                                               "lrp:rule=alpha-beta,one-sided=renormalise",
                                               "lrp:rule=w-square,upper=z-plus",
                                               "lrp:rule=flat,upper=z-plus",
                                               "lrp:rule=z-box",
                                               "lrp:rule=z-plus,bias=absorb-uniform",
                                               "lrp:rule=epsilon,epsilon=0.01,bias=absorb-proportional",
                                               "lrp:rule=z-plus,zero-denominator=uniform",
                                               "lrp:rule=z-plus,stabiliser=clip,residual=absolute",
                                               "lrp:rule=z-plus,residual=half,affine=leak,batch-norm=leak",
                                               "lrp:rule=z-plus,max-pool=proportional,activation=gradient",
                                               "lrp:composite=epsilon-gamma-box",
                                               "lrp:composite=epsilon-alpha2-beta1-flat",
                                               "deep-taylor",
                                               "deep-taylor:input=w-square",
                                               "excitation-backprop",
                                               "excitation-backprop:bias=ignore,negative=drop"};
  return all;
}

/// Map and leaks add up to what was explained, and every node's columns to what arrived there, by formula and not by remainder.
void expect_closed(const std::string& spec, const Network& network, const at::Tensor& x, double tolerance) {
  Context context;
  context.ledger = true;
  const auto explanation = explainers().make(spec)->explain(network, testing::samples_at(x), context);
  const Ledger& ledger = *explanation.ledger;
  const at::Tensor scale = at::maximum(ledger.explained.abs(), 1e-3 * ledger.map_magnitude).clamp_min(1e-30);
  const at::Tensor gap = (ledger.map_sum + ledger.leaks() - ledger.explained).abs() / scale;
  // A map whose relevance explodes makes no claim (it carries the note).
  const at::Tensor claims = ledger.map_magnitude <= 1e3 * ledger.explained.abs();
  if (!((gap * claims).max().item<double>() <= tolerance)) {
    std::ostringstream said;
    said << spec << ": map " << ledger.map_sum << " and leaks " << ledger.leaks() << " miss " << ledger.explained;
    RC_FAIL(said.str());
  }
  for (int node = 0; node < ledger.nodes(); ++node) {
    const at::Tensor magnitude = ledger.of(node, LedgerColumn::magnitude).clamp_min(1e-30);
    if (!((ledger.rounding(node).abs() / magnitude).max().item<double>() <= tolerance)) {
      RC_FAIL(spec + " loses relevance unaccounted at " + ledger.name(node) + " (" + ledger.operation(node) + ")");
    }
  }
}

RC_GTEST_PROP(Ledger, ClosesOnRandomNetworks, ()) {
  const auto plan = *testing::arbitrary_network_plan();
  const Network network = testing::network_of(plan);
  const at::Tensor x = testing::inputs_of(plan, 3);
  for (const std::string& spec : specs()) expect_closed(spec, network, x, 1e-12);
}

}  // namespace
}  // namespace faultline
