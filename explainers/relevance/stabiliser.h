#pragma once
#include <ATen/ATen.h>

#include "explainers/relevance/ledger.h"

namespace faultline {

/// What keeps a denominator D away from zero (relevance sheet 2).
enum class StabiliserKind {
  add,       ///< D + epsilon sign(D), sign(0) = +1 (Bach 2015; zennit, captum)
  clip,      ///< sign(D) max(|D|, epsilon)
  zero_only  ///< D; a unit with D = 0 sends nothing
};

struct Stabiliser {
  StabiliserKind kind = StabiliserKind::add;
  double epsilon = 1e-6;
  /// The sign of a denominator that is exactly zero. Where all numerators are <= 0, one that leaves zero becomes negative, and
  /// the derivative of what is sent is that of there.
  bool is_negative_at_zero = false;
};

/// R / stabilised D, element by element; differentiable in both, the sign of D held fixed. Books what the stabiliser keeps, and
/// what arrives where D is exactly zero.
at::Tensor quotient(const at::Tensor& relevance, const at::Tensor& denominator, const Stabiliser& stabiliser,
                    const LedgerPage& page);

/// a / b where b is not zero, else 0; no NaN in derivatives.
at::Tensor safe_quotient(const at::Tensor& a, const at::Tensor& b);

}  // namespace faultline
