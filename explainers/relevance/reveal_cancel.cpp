#include "explainers/relevance/reveal_cancel.h"

#include <algorithm>

#include "explainers/relevance/difference_slope.h"
#include "explainers/relevance/signed_difference.h"
#include "models/apply_families.h"

namespace faultline {

namespace {

class RevealCancel final : public Rule {
 public:
  /// receivers: the function's own inputs first.
  RevealCancel(Node activation, size_t varying, std::vector<int> receivers, std::unique_ptr<SignedLink> from)
      : activation_(std::move(activation)), varying_(varying), receivers_(std::move(receivers)), from_(std::move(from)) {}

  const std::vector<int>* receivers() const override { return &receivers_; }

  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    SignedPass pass{visit, std::vector<at::Tensor>(receivers_.size())};
    const SignedLink::Parts parts = from_->forward(pass);
    const auto& [up, down] = parts.of_value;
    const at::Tensor& z0 = visit.reference_inputs[varying_];
    const at::Tensor f0 = visit.reference_output, f_up = f(visit, z0 + up), f_down = f(visit, z0 + down),
                     f_both = f(visit, z0 + up + down), none = at::zeros_like(up);
    from_->back(pass, parts,
                {visit.arrived * slope_between((f_up - f0 + f_both - f_down) / 2, up, none),
                 visit.arrived * slope_between((f_down - f0 + f_both - f_up) / 2, down, none)});
    return pass.sent;
  }

 private:
  at::Tensor f(const Visit& visit, const at::Tensor& z) const {
    const auto own = static_cast<std::ptrdiff_t>(activation_.inputs.size());
    std::vector<at::Tensor> inputs(visit.inputs.begin(), visit.inputs.begin() + own);
    inputs[varying_] = z;
    return apply(activation_, inputs, z.size(0));
  }

  Node activation_;
  size_t varying_;
  std::vector<int> receivers_;
  std::unique_ptr<SignedLink> from_;
};

/// Follows an activation's input back to linear layers.
class LinkMaker {
 public:
  LinkMaker(const Network& network, const GraphFacts& facts, const std::vector<int>& uses, std::vector<int> receivers)
      : network_(network), facts_(facts), uses_(uses), receivers_(std::move(receivers)) {}

  std::unique_ptr<SignedLink> link(int value) {
    const auto place = static_cast<size_t>(value);
    const Node& node = network_.graph().nodes[place];
    if (!varies(value) || uses_[place] != 1 || value == network_.graph().output) return signed_value(place_of(value));
    if (facts_.linear[place]) {
      (node.op == Op::convolution ? convolutions : dense_layers) += 1;
      const LinearLayer layer(network_, value);
      return signed_layer(layer, place_of(node.inputs[static_cast<size_t>(layer.activation_input())]));
    }
    std::unique_ptr<SignedLink> through = link_through(value, node);
    return through ? std::move(through) : signed_value(place_of(value));
  }

  std::vector<int> receivers() && { return std::move(receivers_); }

  int convolutions = 0, dense_layers = 0;

 private:
  bool varies(int node) const { return facts_.varies[static_cast<size_t>(node)] != 0; }

  size_t place_of(int node) {
    const auto found = std::find(receivers_.begin(), receivers_.end(), node);
    const auto place = static_cast<size_t>(found - receivers_.begin());
    if (found == receivers_.end()) receivers_.push_back(node);
    return place;
  }

  SignedLinks links(const std::vector<int>& values) {
    SignedLinks out;
    for (const int value : values) out.push_back(link(value));
    return out;
  }

  /// Null where the parts of a difference do not pass.
  std::unique_ptr<SignedLink> link_through(int value, const Node& node) {
    const auto varying = std::count_if(node.inputs.begin(), node.inputs.end(), [&](int from) { return varies(from); });
    switch (node.op) {
      // Constants differ by nothing, and are links as good as any.
      case Op::add:
      case Op::sub: return signed_sum(links(node.inputs), node.op == Op::sub, place_of(value));
      case Op::cat: return signed_cat(links(node.inputs), node.integer("dim"));
      case Op::mul:
      case Op::div:
      case Op::batch_norm: return varying == 1 ? factor(node) : nullptr;
      case Op::avg_pool:
      case Op::adaptive_avg_pool:
      case Op::mean:
      case Op::sum: return signed_pool(node, link(node.inputs[0]));
      default: {
        const bool is_view = family_of(node.op) == Family::rearrangement && node.inputs.size() == 1 && node.op != Op::pad;
        return is_view ? signed_pool(node, link(node.inputs[0])) : nullptr;
      }
    }
  }

  std::unique_ptr<SignedLink> factor(const Node& node) {
    const auto varying = std::find_if(node.inputs.begin(), node.inputs.end(), [&](int from) { return varies(from); });
    if (node.op != Op::mul && varying != node.inputs.begin()) return nullptr;  // c / x is no factor
    std::vector<size_t> constants;
    for (auto from = node.inputs.begin(); from != node.inputs.end(); ++from) {
      if (from != varying) constants.push_back(place_of(*from));
    }
    return signed_factor(node, std::move(constants), link(*varying));
  }

  const Network& network_;
  const GraphFacts& facts_;
  const std::vector<int>& uses_;
  std::vector<int> receivers_;
};

}  // namespace

std::shared_ptr<const Rule> reveal_cancel(const Network& network, int activation, const GraphFacts& facts,
                                          const std::vector<int>& uses, bool only_dense) {
  const Node& node = network.graph().nodes[static_cast<size_t>(activation)];
  size_t varying = 0;
  while (!facts.varies[static_cast<size_t>(node.inputs[varying])]) ++varying;
  LinkMaker maker(network, facts, uses, node.inputs);
  std::unique_ptr<SignedLink> from = maker.link(node.inputs[varying]);
  const bool has_layers = maker.dense_layers > 0 || (maker.convolutions > 0 && !only_dense);
  if (!has_layers || (only_dense && maker.convolutions > 0)) return nullptr;
  return std::make_shared<RevealCancel>(node, varying, std::move(maker).receivers(), std::move(from));
}

}  // namespace faultline
