#include "explainers/relevance/linear_rule.h"

#include <stdexcept>

namespace faultline {

namespace {

at::Tensor positive_part(const at::Tensor& x) { return x.defined() ? at::clamp_min(x, 0) : x; }
/// Not clamp_max: at x = 0 the derivatives of both parts would be 1 (relevance sheet 4.2).
at::Tensor negative_part(const at::Tensor& x) { return x.defined() ? x - at::clamp_min(x, 0) : x; }

}  // namespace

LinearRule::LinearRule(LinearLayer layer, LinearRuleOptions options, bool is_non_negative)
    : layer_(std::move(layer)), options_(std::move(options)), is_non_negative_(is_non_negative) {
  const at::NoGradGuard no_graph;
  const at::Tensor& w = layer_.weight();
  const at::Tensor bias = has_bias() ? layer_.bias() : at::Tensor();
  switch (options_.kind) {
    case LinearRuleKind::zero:
    case LinearRuleKind::epsilon:
      first_weight_ = w;
      first_bias_ = bias;
      break;
    case LinearRuleKind::gamma:
      first_weight_ = w + options_.gamma * positive_part(w);
      second_weight_ = w + options_.gamma * negative_part(w);
      if (bias.defined()) first_bias_ = bias + options_.gamma * positive_part(bias);
      if (bias.defined()) second_bias_ = bias + options_.gamma * negative_part(bias);
      break;
    case LinearRuleKind::alpha_beta:
    case LinearRuleKind::z_plus:
    case LinearRuleKind::z_box:
      first_weight_ = positive_part(w);
      second_weight_ = negative_part(w);
      if (options_.kind == LinearRuleKind::z_box) break;
      first_bias_ = positive_part(bias);
      if (options_.kind == LinearRuleKind::alpha_beta) second_bias_ = negative_part(bias);
      break;
    case LinearRuleKind::w_square:
      first_weight_ = w * w;
      if (bias.defined()) first_bias_ = bias * bias;
      break;
    case LinearRuleKind::flat: first_weight_ = at::ones_like(w); break;
  }
}

/// a+ times one set of weights and a- times another.
std::vector<LinearRule::Branch> LinearRule::split(const at::Tensor& a, const at::Tensor& of_positive,
                                                  const at::Tensor& of_negative) const {
  if (is_non_negative_) return {{a, of_positive}};
  const at::Tensor above = positive_part(a);
  return {{above, of_positive}, {a - above, of_negative}};
}

at::Tensor LinearRule::strays(const std::vector<at::Tensor>& inputs, int64_t batch) const {
  if (options_.kind != LinearRuleKind::z_box) return {};
  const at::Tensor a = inputs[static_cast<size_t>(layer_.activation_input())].detach();
  // Bounds are carried through the steps before the layer, which round in the network's precision.
  const at::Tensor slack = (a.scalar_type() == at::kDouble ? 1e-12 : 1e-5) * (options_.high - options_.low);
  return (a < options_.low - slack).logical_or(a > options_.high + slack).reshape({batch, -1}).any(1);
}

std::vector<LinearRule::Side> LinearRule::sides(const Visit& visit) const {
  const at::Tensor& a = visit.inputs[static_cast<size_t>(layer_.activation_input())];
  const at::Tensor z = layer_.sign() < 0 ? -visit.output : visit.output;
  const at::Tensor& R = visit.arrived;
  const double alpha = options_.alpha, beta = options_.beta;
  switch (options_.kind) {
    case LinearRuleKind::zero:
    case LinearRuleKind::epsilon: {
      // The forward pass knows the sum of the numerators, but taking a bias off it again would lose digits that the bias has
      // more.
      const bool ignores = layer_.bias().defined() && !has_bias();
      return {{{{a, first_weight_}}, first_bias_, ignores ? at::Tensor() : z, 1, R}};
    }
    case LinearRuleKind::z_plus:
      if (options_.drops_negative_inputs) return {{{{positive_part(a), first_weight_}}, first_bias_, {}, 1, R}};
      return {{split(a, first_weight_, second_weight_), first_bias_, {}, 1, R}};
    case LinearRuleKind::alpha_beta: {
      std::vector<Side> both{{split(a, first_weight_, second_weight_), first_bias_, {}, alpha, R}};
      if (beta != 0) both.push_back({split(a, second_weight_, first_weight_), second_bias_, {}, -beta, R});
      return both;
    }
    case LinearRuleKind::gamma: {
      const at::Tensor is_above = z.detach() > 0, is_below = z.detach() < 0;
      std::vector<Side> both{{split(a, first_weight_, second_weight_), first_bias_, {}, 1, R * is_above}};
      if (visit.page) {
        visit.page.book(LedgerColumn::zero_denominator, R.detach() * (z.detach() == 0));
      }
      // Behind a ReLU nothing arrives at units below zero, and half of the work falls away. Where the map is going to be
      // differentiated the branch stays: its derivative need not be zero.
      const at::Tensor below = R * is_below;
      if (visit.is_differentiable || below.any().item<bool>()) {
        both.push_back({split(a, second_weight_, first_weight_), second_bias_, {}, 1, below});
      }
      return both;
    }
    case LinearRuleKind::w_square: return {{{{{}, first_weight_}}, first_bias_, {}, 1, R}};
    case LinearRuleKind::flat: return {{{{{}, first_weight_}}, {}, {}, 1, R}};
    case LinearRuleKind::z_box: {
      const at::Tensor low = options_.low.expand_as(a.slice(0, 0, 1)), high = options_.high.expand_as(a.slice(0, 0, 1));
      // Over w+ the numerator is (a - l) w+, over w- it is (a - h) w-: both >= 0 inside the box.
      return {{{{a - low, first_weight_}, {a - high, second_weight_}}, {}, {}, 1, R}};
    }
  }
  throw std::logic_error("a rule without numerators");
}

/// Ones for one sample: the same for all.
at::Tensor LinearRule::values_of(const Branch& branch, const at::Tensor& a) const {
  return branch.values.defined() ? branch.values : at::ones_like(a.slice(0, 0, 1));
}

at::Tensor LinearRule::sum_of(const std::vector<Branch>& branches, const at::Tensor& a) const {
  at::Tensor sum;
  for (const Branch& branch : branches) {
    const at::Tensor part = layer_.map(values_of(branch, a), branch.weight);
    sum = sum.defined() ? sum + part : part;
  }
  return sum;
}

at::Tensor LinearRule::denominator_of(const Side& side, const at::Tensor& a) const {
  if (side.known.defined()) return side.known;
  const at::Tensor sum = sum_of(side.branches, a);
  return side.bias.defined() ? sum + side.bias : sum;
}

/// How many inputs each unit is connected with; padding is none.
at::Tensor LinearRule::connections(const at::Tensor& a) const {
  return layer_.map(at::ones_like(a.slice(0, 0, 1)), at::ones_like(layer_.weight()));
}

/// W^T of what every unit sends to each of its connected inputs alike; a unit that only sees padding sends nothing.
at::Tensor LinearRule::spread(const at::Tensor& amount, const at::Tensor& a) const {
  const at::Tensor count = connections(a).expand_as(amount);
  return layer_.adjoint(safe_quotient(amount, count), at::ones_like(layer_.weight()), a);
}

/// What the inputs get of the biases' share `share` = beta_j s_j. That of a unit without connections is lost.
at::Tensor LinearRule::absorbed(const Side& side, const at::Tensor& share, const at::Tensor& a, const LedgerPage& page) const {
  if (page) page.book(LedgerColumn::bias, share.detach() * (connections(a) == 0));
  if (options_.bias == BiasMode::absorb_uniform) return spread(share, a);
  std::vector<Branch> magnitudes;
  for (const Branch& branch : side.branches) magnitudes.push_back({values_of(branch, a).abs(), branch.weight.abs()});
  const at::Tensor sum = sum_of(magnitudes, a).expand_as(share);
  at::Tensor out = spread(share.masked_fill(sum.detach() != 0, 0), a);
  const at::Tensor of_magnitudes = safe_quotient(share, sum);
  for (const Branch& branch : magnitudes) out = out + branch.values * layer_.adjoint(of_magnitudes, branch.weight, a);
  return out;
}

at::Tensor LinearRule::send(const Side& side, const at::Tensor& denominator, const at::Tensor& arrived, const at::Tensor& a,
                            const LedgerPage& page) const {
  Stabiliser stabiliser = options_.stabiliser;
  if (options_.kind == LinearRuleKind::zero) stabiliser.kind = StabiliserKind::zero_only;
  if (options_.kind == LinearRuleKind::epsilon) stabiliser.epsilon = options_.epsilon;
  stabiliser.is_negative_at_zero = side.factor < 0;  // the negative side of alpha-beta
  const at::Tensor D = denominator.expand_as(arrived);
  const at::Tensor s = quotient(arrived, D, stabiliser, page);
  at::Tensor out;
  for (const Branch& branch : side.branches) {
    at::Tensor part = layer_.adjoint(s, branch.weight, a);
    if (branch.values.defined()) part = part * branch.values;
    out = out.defined() ? out + part : part;
  }
  if (side.bias.defined()) {
    if (options_.bias != BiasMode::leak) {
      out = out + absorbed(side, side.bias * s, a, page);
    } else if (page) {
      page.book(LedgerColumn::bias, side.bias.to(at::kDouble) * s.detach().to(at::kDouble));
    }
  }
  if (options_.spreads_zero_denominators) {
    const at::Tensor lost = arrived.masked_fill(D.detach() != 0, 0);
    out = out + spread(lost, a);
    if (page) page.book(LedgerColumn::zero_denominator, -lost.detach() * (connections(a) != 0));
  }
  return out;
}

std::vector<at::Tensor> LinearRule::propagate(const Visit& visit) const {
  const size_t place = static_cast<size_t>(layer_.activation_input());
  const at::Tensor& a = visit.inputs[place];
  const std::vector<Side> all = sides(visit);
  std::vector<at::Tensor> denominators, arrived;
  for (const Side& side : all) {
    denominators.push_back(denominator_of(side, a));
    arrived.push_back(side.factor == 1 ? side.arrived : side.arrived * side.factor);
  }
  if (options_.kind == LinearRuleKind::alpha_beta && options_.renormalises_one_sided && all.size() == 2) {
    // A unit without a negative part is explained by its positive part alone, and the other way round.
    const at::Tensor no_positive = denominators[0].detach() == 0, no_negative = denominators[1].detach() == 0;
    const at::Tensor only_positive = no_negative.logical_and(no_positive.logical_not());
    const at::Tensor only_negative = no_positive.logical_and(no_negative.logical_not());
    arrived[0] = at::where(only_positive, visit.arrived, arrived[0]).masked_fill(only_negative, 0);
    arrived[1] = at::where(only_negative, visit.arrived, arrived[1]).masked_fill(only_positive, 0);
  }
  at::Tensor sum;
  for (size_t i = 0; i < all.size(); ++i) {
    const at::Tensor part = send(all[i], denominators[i], arrived[i], a, visit.page);
    sum = sum.defined() ? sum + part : part;
  }
  std::vector<at::Tensor> out(visit.inputs.size());
  out[place] = sum;
  return out;
}

}  // namespace faultline
