#include "models/parameter_uses.h"

#include <algorithm>

namespace faultline {
namespace {

class Uses {
 public:
  explicit Uses(const Network& network) : network_(network), uses_(network.parameters().size()), is_read_(uses_.size()) {
    const auto& trained = network.graph().is_trained;
    is_frozen_ = std::none_of(trained.begin(), trained.end(), [](bool is) { return is; });
    for (const Node& node : network.graph().nodes) read(node);
  }

  std::vector<ParameterUse> get() && { return std::move(uses_); }

 private:
  void read(const Node& node) {
    switch (node.op) {
      case Op::convolution:
      case Op::linear: {
        const at::Tensor* weight = value(node, 1);
        // A transposed convolution counts as PyTorch counts: by the second dimension of its weight.
        const int64_t fan_in = weight && weight->dim() > 1 ? weight->numel() / weight->size(0) : 0;
        set(node, 1, ParameterRole::weight, fan_in);
        set(node, 2, ParameterRole::bias, fan_in);
        break;
      }
      case Op::matmul:
        for (const size_t side : {0, 1}) {
          const at::Tensor* factor = value(node, side);
          if (factor && factor->dim() > 1) set(node, side, ParameterRole::weight, factor->size(side == 0 ? -1 : -2));
        }
        break;
      case Op::batch_norm:
        set(node, 3, ParameterRole::running_mean, 0);
        set(node, 4, ParameterRole::running_variance, 0);
        [[fallthrough]];
      case Op::layer_norm:
      case Op::group_norm:
        set(node, 1, ParameterRole::scale, 0);
        set(node, 2, ParameterRole::shift, 0);
        break;
      case Op::prelu: set(node, 1, ParameterRole::slope, 0); break;
      default: break;
    }
    for (const int from : node.inputs) {  // a reader of another kind first: left alone
      const int place = network_.graph().nodes[static_cast<size_t>(from)].parameter;
      if (place >= 0) is_read_[static_cast<size_t>(place)] = true;
    }
  }

  int place(const Node& node, size_t input) const {
    if (node.inputs.size() <= input) return -1;
    return network_.graph().nodes[static_cast<size_t>(node.inputs[input])].parameter;
  }
  const at::Tensor* value(const Node& node, size_t input) const {
    const int at = place(node, input);
    return at < 0 ? nullptr : &network_.parameters()[static_cast<size_t>(at)];
  }

  void set(const Node& node, size_t input, ParameterRole role, int64_t fan_in) {
    const int at = place(node, input);
    if (at < 0) return;
    const auto i = static_cast<size_t>(at);
    const bool is_statistic = role == ParameterRole::running_mean || role == ParameterRole::running_variance;
    const bool may_be_constant = is_statistic || (is_frozen_ && fan_in > 0);
    if (is_read_[i] || (!network_.graph().is_trained[i] && !may_be_constant)) return;
    if (!at::isFloatingType(network_.parameters()[i].scalar_type())) return;
    if (fan_in == 0 && (role == ParameterRole::weight || role == ParameterRole::bias)) return;
    uses_[i] = {role, node.name, fan_in};
    is_read_[i] = true;
  }

  const Network& network_;
  std::vector<ParameterUse> uses_;
  std::vector<bool> is_read_;
  bool is_frozen_ = false;
};

}  // namespace

std::vector<ParameterUse> parameter_uses(const Network& network) { return Uses(network).get(); }

bool is_learned(ParameterRole role) {
  return role != ParameterRole::running_mean && role != ParameterRole::running_variance && role != ParameterRole::other;
}

}  // namespace faultline
