#pragma once
#include <rapidcheck.h>

#include <ostream>
#include <utility>
#include <vector>

#include "core/random.h"
#include "explainers/legal_bounds.h"
#include "models/plan_generator.h"
#include "models/variants.h"
#include "suites/axioms/axiom.h"

namespace faultline {

/// RapidCheck generators of what claims about explainers are tried on: inputs, targets, pairs, equal networks; networks are in
/// models/plan_generator.h. Header only: the library does not link RapidCheck, who includes this does. Tensors are in float64 on
/// the CPU. Everything shrinks: inputs to the lower bound of the range, or to what they were moved from.

/// x with runs of the elements that differ from `base` set to it, ever shorter ones: what RapidCheck tries in place of x.
inline std::vector<at::Tensor> nearer_to(const at::Tensor& base, const at::Tensor& x) {
  const at::Tensor places = x.ne(base).reshape({-1}).nonzero().squeeze(1);
  std::vector<at::Tensor> out;
  for (int64_t length = places.numel(); length > 0; length /= 2) {
    for (int64_t begin = 0; begin < places.numel(); begin += length) {
      const at::Tensor some = places.slice(0, begin, begin + length);
      out.push_back(x.reshape({-1}).index_copy(0, some, base.reshape({-1}).index_select(0, some)).reshape(x.sizes()));
    }
  }
  return out;
}

/// One input [shape] in the range: every second one uniform; else all at the lower bound, all at one value, one element at the
/// upper bound alone, or every element at one of the bounds.
inline rc::Gen<at::Tensor> arbitrary_input(const std::vector<int64_t>& shape, const LegalRange& range = {}) {
  const at::Tensor like = at::zeros(shape, at::kDouble).unsqueeze(0);
  const LegalBounds bounds = legal_bounds(range, like);
  const at::Tensor low = bounds.low.expand_as(like)[0].clone(), high = bounds.high.expand_as(like)[0].clone();
  const auto drawn = [=](const std::pair<int, uint64_t>& choice) {
    const auto u = RandomStream(choice.second, "generators/input", 0).uniforms(0, static_cast<size_t>(low.numel()));
    const at::Tensor uniform = at::tensor(u, at::kDouble).reshape(low.sizes());
    at::Tensor share = at::zeros_like(low);
    switch (choice.first) {
      case 0: break;
      case 1: share.fill_(u[0]); break;
      case 2: share.view({-1})[static_cast<int64_t>(u[0] * static_cast<double>(low.numel()))] = 1; break;
      case 3: share = uniform.round(); break;
      default: share = uniform; break;
    }
    return low + (high - low) * share;
  };
  const auto simpler_inputs = [=](const at::Tensor& x) {
    std::vector<at::Tensor> out = nearer_to(low, x);
    // Then plain values, one element after the other.
    const at::Tensor flat = x.reshape({-1}), bound = high.reshape({-1});
    const at::Tensor places = flat.ne(low.reshape({-1})).logical_and(flat.ne(bound)).nonzero().squeeze(1);
    for (int64_t i = 0; i < places.numel(); ++i) {
      const at::Tensor place = places.slice(0, i, i + 1);
      out.push_back(flat.index_copy(0, place, bound.index_select(0, place)).reshape(x.sizes()));
    }
    return rc::seq::fromContainer(out);
  };
  const auto kinds = rc::gen::pair(rc::gen::inRange(0, 8), rc::gen::arbitrary<uint64_t>());
  return rc::gen::shrink(rc::gen::noShrink(rc::gen::map(kinds, drawn)), simpler_inputs);
}

/// [count, shape], each row like arbitrary_input().
inline rc::Gen<at::Tensor> arbitrary_inputs(const std::vector<int64_t>& shape, size_t count, const LegalRange& range = {}) {
  return rc::gen::map(rc::gen::container<std::vector<at::Tensor>>(count, arbitrary_input(shape, range)),
                      [](const std::vector<at::Tensor>& rows) { return at::stack(rows); });
}

/// An input of the range within `epsilon` of x [shape], itself in the range, in every element: uniform, or at the ends. Shrinks
/// to x.
inline rc::Gen<at::Tensor> near(const at::Tensor& x, double epsilon, const LegalRange& range = {}) {
  const at::Tensor base = x.to(at::kCPU, at::kDouble);
  const auto drawn = [=](const std::pair<bool, uint64_t>& choice) {
    const auto u = RandomStream(choice.second, "generators/near", 0).uniforms(0, static_cast<size_t>(base.numel()));
    const at::Tensor share = at::tensor(u, at::kDouble).reshape(base.sizes());
    const at::Tensor moved = base + epsilon * (2 * (choice.first ? share.round() : share) - 1);
    return legal_bounds(range, moved.unsqueeze(0)).clip(moved.unsqueeze(0))[0];
  };
  const auto kinds = rc::gen::pair(rc::gen::arbitrary<bool>(), rc::gen::arbitrary<uint64_t>());
  return rc::gen::shrink(rc::gen::noShrink(rc::gen::map(kinds, drawn)),
                         [=](const at::Tensor& moved) { return rc::seq::fromContainer(nearer_to(base, moved)); });
}

/// A row of the data [N,...], at least one, moved by up to epsilon. Shrinks to that row, and to the first.
inline rc::Gen<at::Tensor> near_data(const at::Tensor& data, double epsilon, const LegalRange& range = {}) {
  return rc::gen::mapcat(rc::gen::inRange<int64_t>(0, data.size(0)),
                         [=](int64_t row) { return near(data[row], epsilon, range); });
}

/// Two inputs [shape] no further apart than epsilon in any element.
inline rc::Gen<std::pair<at::Tensor, at::Tensor>> arbitrary_pair(const std::vector<int64_t>& shape, double epsilon,
                                                                 const LegalRange& range = {}) {
  return rc::gen::mapcat(arbitrary_input(shape, range), [=](const at::Tensor& x) {
    return rc::gen::map(near(x, epsilon, range), [=](const at::Tensor& other) { return std::make_pair(x, other); });
  });
}

/// A class of the network.
inline rc::Gen<int64_t> arbitrary_target(const Network& network) { return rc::gen::inRange<int64_t>(0, network.classes()); }

/// Samples of the network's shape and dtype with any classes as targets; runners-up are the classes behind them.
inline rc::Gen<Samples> arbitrary_samples(const Network& network, size_t count, const LegalRange& range = {}) {
  const auto targets = rc::gen::container<std::vector<int64_t>>(count, arbitrary_target(network));
  const auto inputs = arbitrary_inputs(network.graph().input_shape, count, range);
  return rc::gen::map(rc::gen::pair(inputs, targets), [=](const std::pair<at::Tensor, std::vector<int64_t>>& rows) {
    Samples samples = samples_of_array(rows.first.to(network.device(), network.dtype()));
    samples.targets = at::tensor(rows.second, at::kLong);
    samples.runners_up = (samples.targets + 1).remainder(network.classes());
    return samples;
  });
}

/// A network and another one that is the same function (models/variants.h).
struct EqualNetworks {
  NetworkPlan plan;
  Network network;
  Variant other;
};
inline rc::Gen<EqualNetworks> arbitrary_equal_networks(rc::Gen<NetworkPlan> plans = arbitrary_network_plan()) {
  // A number in place of a variant, which another plan need not have.
  const auto drawn = rc::gen::pair(std::move(plans), rc::gen::inRange<size_t>(0, 12));
  return rc::gen::map(drawn, [](const std::pair<NetworkPlan, size_t>& choice) {
    const Network network = network_of(choice.first);
    const auto variants = variants_of(network);
    return EqualNetworks{choice.first, network, variants[choice.second % variants.size()]};
  });
}

// What RapidCheck prints of a counterexample.
inline void showValue(const Samples& samples, std::ostream& out) {
  out << "targets " << samples.targets << "\ninputs " << samples.inputs;
}
inline void showValue(const EqualNetworks& networks, std::ostream& out) {
  out << print(networks.plan) << "; " << networks.other.name;
}

}  // namespace faultline
