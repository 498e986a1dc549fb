#pragma once
#include "explainers/relevance/linear_layer.h"
#include "explainers/relevance/rule.h"
#include "explainers/relevance/stabiliser.h"

namespace faultline {

/// The rules of LRP for linear layers (relevance sheet 3).
enum class LinearRuleKind { zero, epsilon, gamma, alpha_beta, z_plus, w_square, flat, z_box };

/// What becomes of the share of a bias (relevance sheet 2).
enum class BiasMode {
  leak,                ///< it is lost, and booked
  ignore,              ///< the bias takes no part
  absorb_uniform,      ///< every connected input gets an equal part (Bach 2015)
  absorb_proportional  ///< every input gets a part in proportion to the magnitude of its own numerator
};

struct LinearRuleOptions {
  LinearRuleKind kind = LinearRuleKind::epsilon;
  double epsilon = 1e-6;  ///< of the epsilon rule
  double alpha = 2, beta = 1, gamma = 0.25;
  Stabiliser stabiliser;  ///< of every other rule
  BiasMode bias = BiasMode::leak;
  bool spreads_zero_denominators = false;  ///< units with D = 0 send to all connected inputs alike instead of nothing
  bool renormalises_one_sided = false;     ///< alpha-beta at units without a positive or a negative part
  bool drops_negative_inputs = false;      ///< z-plus: a+ w+ alone, as excitation backprop has it
  /// z-box: the legal range of the layer's input, broadcasting over it.
  at::Tensor low{}, high{};
};

/// R_i = sum_j n_ij s_j with s_j = c R_j / (D_j + st_j), D_j = sum_i n_ij + beta_j: every rule is a table of numerators n and
/// bias numerators beta. Sends relevance to the layer's activations.
class LinearRule final : public Rule {
 public:
  /// is_non_negative: the layer's activations are >= 0 whatever the input, so that half of the work falls away.
  LinearRule(LinearLayer layer, LinearRuleOptions options, bool is_non_negative);
  std::vector<at::Tensor> propagate(const Visit& visit) const override;
  /// z-box: beyond the box by more than rounding.
  at::Tensor strays(const std::vector<at::Tensor>& inputs, int64_t batch) const override;

 private:
  /// Numerators values_i * weight_ij; values undefined: ones.
  struct Branch {
    at::Tensor values, weight;
  };
  /// Numerators with one denominator.
  struct Side {
    std::vector<Branch> branches;
    at::Tensor bias;       ///< beta_j, undefined: none
    at::Tensor known{};    ///< sum_i n_ij + beta_j where it is at hand
    double factor = 1;     ///< c
    at::Tensor arrived{};  ///< R_j of the units it serves
  };

  std::vector<Side> sides(const Visit& visit) const;
  std::vector<Branch> split(const at::Tensor& a, const at::Tensor& of_positive, const at::Tensor& of_negative) const;
  at::Tensor values_of(const Branch& branch, const at::Tensor& a) const;
  at::Tensor sum_of(const std::vector<Branch>& branches, const at::Tensor& a) const;
  at::Tensor denominator_of(const Side& side, const at::Tensor& a) const;
  at::Tensor send(const Side& side, const at::Tensor& denominator, const at::Tensor& arrived, const at::Tensor& a,
                  const LedgerPage& page) const;
  at::Tensor absorbed(const Side& side, const at::Tensor& share, const at::Tensor& a, const LedgerPage& page) const;
  at::Tensor spread(const at::Tensor& amount, const at::Tensor& a) const;
  at::Tensor connections(const at::Tensor& a) const;
  bool has_bias() const { return layer_.bias().defined() && options_.bias != BiasMode::ignore; }

  LinearLayer layer_;
  LinearRuleOptions options_;
  bool is_non_negative_;
  // Weights by part: made once, whatever the number of blocks. Undefined where the rule does not use them.
  at::Tensor first_weight_, second_weight_, first_bias_, second_bias_;
};

}  // namespace faultline
