#pragma once
#include <string>
#include <vector>

#include "explainers/relevance/ledger.h"

namespace faultline::testing {

/// Scale of a conservation gap, [N]: s = max(|explained|, 1e-3 sum |R|) (conventions 8).
at::Tensor conservation_scale(const Ledger& ledger);
/// |map + leaks - explained| / s, [N].
at::Tensor closing_gap(const Ledger& ledger);
/// The largest |rounding| of a node over the magnitude of what arrived there, [N].
at::Tensor largest_rounding(const Ledger& ledger);
/// sum |R| / |explained|, [N]: above 1e3 a map carries `relevance-explodes` and makes no claim.
at::Tensor growth(const Ledger& ledger);

/// How exactly a ledger must close. Sums round at a few units of the last place of their largest terms, which are no longer far
/// below what is asked where relevance of both signs grew on its way and cancelled again; in float32 soon.
struct ClosingTolerance {
  double relative = 1e-12;  ///< of s; at a node, of the magnitude of what arrives
  double of_largest = 0;    ///< of the largest magnitude anywhere on the way
  static ClosingTolerance of(at::ScalarType dtype);
};

/// Of walks without bias and stabiliser: samples for which nothing else leaked either, so that the map alone must be all that was
/// explained, and the largest gap of these over s.
struct LossFree {
  int64_t samples = 0, of = 0;
  double gap = 0;
};
LossFree loss_free(const Ledger& ledger);
const std::vector<std::string>& loss_free_specs();

/// What does not add up, a sentence each: map and leaks that miss what was explained, unless the map makes no claim; nodes whose
/// columns miss what arrived there. A map that overflowed has nothing to add up.
std::vector<std::string> faults_of(const Ledger& ledger, const ClosingTolerance& tolerance);

/// A copy in which nothing is booked in this column of this node.
Ledger without(const Ledger& ledger, int node, LedgerColumn column);

/// A specification of every relevance walk that keeps a ledger, with every option that changes what is booked.
const std::vector<std::string>& ledger_specs();

}  // namespace faultline::testing
