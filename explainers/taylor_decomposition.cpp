#include "explainers/taylor_decomposition.h"

#include <algorithm>
#include <cmath>

#include "explainers/output_options.h"

namespace faultline {

const OptionTable<TaylorDecomposition::Options>& TaylorDecomposition::options() {
  using O = Options;
  static const auto table =
      OptionTable<O>()
          .choice<Expansion>("expand-at", &O::expansion, {{"root", Expansion::root}, {"input", Expansion::input}},
                             "where the gradient is taken", "Bach 2015: at the root")
          .include(&O::search, RootSearchOptions::options())
          .include(&O::baseline, BaselineOptions::options())
          .text("target", &O::target, "the explained class", "", "predicted|label|second|INT");
  return table;
}

Traits TaylorDecomposition::traits() const {
  Traits traits;
  traits.needs_fitting = baseline_.needs_fitting();
  traits.points = 14;  // of a usual search: on lenet 13, on an mlp of digits 18; at most 51
  return traits;
}

/// No conservativity: whether x and its root share a linear region is the sample's matter. Its residual says it.
std::vector<Claim> TaylorDecomposition::claims(const Network&) const {
  std::vector<Claim> claims = claims_of_derivatives();
  // A root may lie on a kink of the network, and there the derivative depends on how the network is written.
  const auto is_lost = [&](const Claim& claim) {
    return options_.expansion == Expansion::root && claim.axiom == "implementation-invariance";
  };
  claims.erase(std::remove_if(claims.begin(), claims.end(), is_lost), claims.end());
  return claims;
}

void TaylorDecomposition::fit(const Network&, const Dataset& data, const Context&) {
  if (baseline_.needs_fitting()) baseline_.fit(data);
}

at::Tensor TaylorDecomposition::gradients_at(const Network& network, const Samples& samples, const Context& context) const {
  const BlockMap gradient = [&](const BlockRows& rows) {
    return slope_of(network, rows, options_.search.function, false).gradient;
  };
  return block_maps(network, points_of(samples), gradient, context.passes);
}

at::Tensor TaylorDecomposition::maps_at(const Network& network, const Samples& samples, const Roots& roots,
                                        const Context& context) const {
  const Samples where = options_.expansion == Expansion::root ? samples.with_inputs(roots.points) : samples;
  return (samples.inputs - roots.points) * gradients_at(network, where, context);
}

Explanation TaylorDecomposition::explain(const Network& network, const Samples& samples, const Context& context) const {
  const at::NoGradGuard no_graph;
  const Roots roots = search_.find(network, samples, baseline_, false, context);
  Explanation out;
  out.maps = maps_at(network, samples, roots, context);
  out.logits = roots.logits;
  out.notes.resize(static_cast<size_t>(samples.size()));
  const at::Tensor sums = row_products(out.maps, at::ones_like(out.maps)).cpu();
  const at::Tensor way = samples.inputs - roots.points;
  const at::Tensor distances = row_products(way, way).sqrt().cpu();
  for (int64_t row = 0; row < samples.size(); ++row) {
    const auto place = static_cast<size_t>(row);
    const bool is_found = roots.states[place] == Roots::State::found;
    if (roots.states[place] == Roots::State::nothing_to_explain) out.notes[place].emplace_back("nothing-to-explain");
    if (roots.states[place] == Roots::State::none) out.notes[place].emplace_back("no-root");
    out.figures["residual"].push_back(roots.at_inputs[place] - sums[row].item<double>());
    out.figures["root-value"].push_back(roots.at_points[place]);
    out.figures["root-distance"].push_back(is_found ? distances[row].item<double>() : std::nan(""));
  }
  return out;
}

at::Tensor TaylorDecomposition::pull_back(const Network& network, const Samples& samples, const at::Tensor& cotangent,
                                          const PointSubset&, const Context& context) const {
  return pull_back(network, samples, search_.find(network, samples, baseline_, true, context), cotangent, context);
}

ValueAndGradient TaylorDecomposition::value_and_gradient(const Network& network, const Samples& samples, const MapLoss& loss,
                                                         const PointSubset&, const Context& context) const {
  const Roots roots = search_.find(network, samples, baseline_, true, context);
  const at::Tensor maps = maps_at(network, samples, roots, context);
  const auto [value, cotangent] = loss_and_cotangent(maps, loss);
  return {maps, value, pull_back(network, samples, roots, cotangent, context)};
}

at::Tensor TaylorDecomposition::pull_back(const Network& network, const Samples& samples, const Roots& roots,
                                          const at::Tensor& cotangent, const Context& context) const {
  const at::NoGradGuard no_graph;
  const BlockMap gradient = [&](const BlockRows& rows) {
    return slope_of(network, rows, options_.search.function, true).gradient;
  };
  const bool is_at_root = options_.expansion == Expansion::root;
  const Samples at_roots = samples.with_inputs(roots.points);
  const at::Tensor through = cotangent * (samples.inputs - roots.points);  // what reaches the gradient
  const MakeVector v = [&](const at::Tensor&, const std::vector<int64_t>& rows) {
    return through.index_select(0, at::tensor(rows, at::kLong).to(through.device()));
  };
  const auto both = map_and_product(network, points_of(is_at_root ? at_roots : samples), gradient, v, context.passes);
  const at::Tensor direct = cotangent * both.maps;
  at::Tensor at_input = direct.clone(), at_root = -direct;
  (is_at_root ? at_root : at_input) += both.product;
  const at::Tensor gradients = is_at_root ? both.maps : gradients_at(network, at_roots, context);
  return at_input + search_.pull_back(network, samples, baseline_, roots, gradients, at_root, context);
}

}  // namespace faultline
