#pragma once
#include <vector>

#include "explainers/baseline.h"
#include "explainers/explainer.h"
#include "explainers/root_function.h"

namespace faultline {

enum class RootSearchKind { gradient, bisection, baseline };

struct RootSearchOptions {
  RootFunction function = RootFunction::logit;
  RootSearchKind kind = RootSearchKind::gradient;
  static const OptionTable<RootSearchOptions>& options();
};

/// Where f of every sample is 0. Row i is sample i's.
struct Roots {
  enum class State { found, nothing_to_explain, none };
  std::vector<State> states;
  at::Tensor points;           ///< [N,...] r with 0 <= f(r) <= tolerance, on x's side of the zero; x where there is none
  at::Tensor far_ends;         ///< [N,...] q: the root was found on the way from x to q
  std::vector<double> shares;  ///< r = x + share (q - x)
  std::vector<double> at_inputs, at_points;  ///< f(x), f(r)
  at::Tensor logits;                         ///< [N,K] at x
  /// How many steps along the gradient lead from x to q; kBaseline: q is the baseline.
  std::vector<int64_t> steps;
  static constexpr int64_t kBaseline = -1;
  /// Where samples were before each step, for the derivative; empty unless asked for.
  struct Stop {
    std::vector<int64_t> rows;
    at::Tensor points;  ///< [rows,...]
  };
  std::vector<Stop> trail;
};

/// Looks for a root near every sample and inside the legal range (relevance sheet 10.1). Steps r <- clip(r - f g / ||g||^2), at
/// most 50, until abs(f) <= 1e-6 max(1, f(x)) (bisection: or until f changes its sign); where that fails, the nearest point met
/// with f <= 0, else the baseline; then the way there is cut at its first change of sign, seen at eighths and narrowed down.
/// Samples that are done leave. No sample's root depends on the others.
class RootSearch {
 public:
  explicit RootSearch(RootSearchOptions options) : options_(options) {}

  Roots find(const Network& network, const Samples& samples, const Baseline& baseline, bool keep_trail,
             const Context& context) const;

  /// What a cotangent of the roots [N,...] is at the inputs: through the cut, where f(r) = 0 says how the share moves with x and
  /// q (implicit function theorem), and back through every step. gradients: of f at the roots. roots: with their trail.
  at::Tensor pull_back(const Network& network, const Samples& samples, const Baseline& baseline, const Roots& roots,
                       const at::Tensor& gradients, const at::Tensor& cotangent, const Context& context) const;

 private:
  RootSearchOptions options_;
};

/// sum_i a_i b_i of every row [N], in double: no row's sum depends on how many there are.
at::Tensor row_products(const at::Tensor& a, const at::Tensor& b);

}  // namespace faultline
