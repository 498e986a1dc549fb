#pragma once
#include <array>

#include "explainers/min_max/layer_chain.h"
#include "explainers/relevance/linear_rule.h"
#include "explainers/relevance/walk.h"

namespace faultline {

/// What one layer's relevance was learned to be (Montavon 2017, the min-max model; relevance sheet 10.2): every unit k has two
/// detectors y_u = max(0, v_u.x + min(0, t_u.R + d_u)), of which the minimum inhibits what no feature above supports, and its
/// relevance is their sum.
struct MinMaxLayer {
  std::array<at::Tensor, 2> weight;  ///< v, of the layer's shape
  std::array<at::Tensor, 2> top;     ///< t, of the shape of the layer above
  std::array<at::Tensor, 2> shift;   ///< d, broadcasting over the layer's output
  double r_squared = 0;              ///< on held-out data
  int64_t epochs = 0;
};

MinMaxLayer to(const MinMaxLayer& layer, at::ScalarType dtype);

/// Both detectors, and v.x + the inhibition before it is cut off, for gradients by hand.
struct MinMaxUnits {
  std::array<at::Tensor, 2> inhibition;  ///< t.R + d
  std::array<at::Tensor, 2> y;
};

/// A network of one line with the relevance models of its hidden layers.
class MinMaxModel {
 public:
  /// input: the rule of the first layer, with its bounds under z-box.
  MinMaxModel(const Network& form, LinearRuleOptions input);

  const Walk& walk() const { return walk_; }
  const LayerChain& chain() const { return chain_; }
  /// Hidden layers, from the input.
  size_t hidden_layers() const { return chain_.layers.size() - 1; }
  LinearLayer layer(size_t place) const { return LinearLayer(walk_.network(), chain_.layers[place]); }
  int activations_of(size_t place) const;
  const MinMaxLayer& of(size_t place) const { return layers_[place]; }
  void set(size_t place, MinMaxLayer layer);

  /// Relevance where it meets a hidden layer: at its units and at those of the layer above.
  struct Arrival {
    at::Tensor relevance, above;
  };
  /// Walks down from the logits, through the models of the layers above.
  Arrival arrive(const WalkTape& tape, const at::Tensor& start, size_t place, Ledger* ledger = nullptr) const;
  MinMaxUnits units(const WalkTape& tape, size_t place, const MinMaxLayer& model, const at::Tensor& above) const;
  /// The whole way to the input. is_exact: y R / sum y instead of y, so that nothing is lost but where both are silent.
  at::Tensor map(const WalkTape& tape, const at::Tensor& start, bool is_exact, Ledger* ledger) const;

 private:
  at::Tensor context(const WalkTape& tape, size_t place, const at::Tensor& top, const at::Tensor& above) const;
  at::Tensor send(const WalkTape& tape, size_t place, const Arrival& arrival, bool is_exact, Ledger* ledger) const;
  Arrival descend(const WalkTape& tape, const at::Tensor& start, size_t place, bool is_exact, Ledger* ledger) const;

  LayerChain chain_;
  Walk walk_;
  LinearRuleOptions input_;
  std::vector<MinMaxLayer> layers_;
  std::vector<std::array<std::shared_ptr<const Rule>, 2>> rules_;
};

}  // namespace faultline
