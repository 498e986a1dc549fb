#include "explainers/relevance/operation_rules.h"

namespace faultline {

namespace {

at::Tensor optional_input(const Visit& visit, size_t place) {
  return visit.inputs.size() > place ? visit.inputs[place] : at::Tensor();
}

/// Batch norm that could not be folded, as a z-rule with one input: R_x = scale x R / (scale x + shift).
class BatchNormLeak final : public Rule {
 public:
  explicit BatchNormLeak(Stabiliser stabiliser) : stabiliser_(stabiliser) {}
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    const at::Tensor& x = visit.inputs[0];
    const at::Tensor scale = visit.inputs[1] * at::rsqrt(visit.inputs[4] + visit.node.number("eps"));
    std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
    shape[1] = x.size(1);
    const at::Tensor shift = (visit.inputs[2] - visit.inputs[3] * scale).reshape(shape);
    const at::Tensor s = quotient(visit.arrived, visit.output, stabiliser_, visit.page);
    if (visit.page) visit.page.book(LedgerColumn::normalisation, shift * s);
    std::vector<at::Tensor> out(visit.inputs.size());
    out[0] = x * scale.reshape(shape) * s;
    return out;
  }

 private:
  Stabiliser stabiliser_;
};

/// Layer and group norm with the standard deviation as a constant of the rule (Ali 2022): the mean is linear, so
/// R_i = x_i (u_i - mean_j u_j) with u_j = g_j R_j / (std (y_j + st_j)). The deviation stays in the graph: it changes with the
/// input, only no relevance goes along it.
class DetachedNorm final : public Rule {
 public:
  explicit DetachedNorm(const OperationOptions& options)
      : stabiliser_(options.stabiliser), leaks_(options.bias == BiasMode::leak) {}

  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    const at::Tensor& x = visit.inputs[0];
    const Groups groups = groups_of(visit);
    const at::Tensor g = affine(visit, 1), beta = affine(visit, 2);
    const bool ignores = beta.defined() && !leaks_;
    const at::Tensor s = quotient(visit.arrived, ignores ? visit.output - beta : visit.output, stabiliser_, visit.page);
    if (visit.page && beta.defined() && leaks_) visit.page.book(LedgerColumn::normalisation, beta * s);
    const at::Tensor grouped = x.reshape(groups.shape);
    const at::Tensor deviation =
        at::sqrt(at::var(grouped, groups.dims, /*unbiased=*/false, /*keepdim=*/true) + visit.node.number("eps"));
    const at::Tensor u = (g.defined() ? g * s : s).reshape(groups.shape) / deviation;
    std::vector<at::Tensor> out(visit.inputs.size());
    out[0] = x * (u - at::mean(u, groups.dims, /*keepdim=*/true)).reshape(x.sizes());
    return out;
  }

 private:
  /// The shape in which the entries of a group lie along `dims`.
  struct Groups {
    std::vector<int64_t> shape, dims;
  };
  static Groups groups_of(const Visit& visit) {
    const at::Tensor& x = visit.inputs[0];
    Groups groups;
    if (visit.node.op == Op::layer_norm) {
      groups.shape = x.sizes().vec();
      const auto count = static_cast<int64_t>(visit.node.integers("normalized_shape").size());
      for (int64_t d = x.dim() - count; d < x.dim(); ++d) groups.dims.push_back(d);
    } else {
      groups.shape = {x.size(0), visit.node.integer("groups"), -1};
      groups.dims = {2};
    }
    return groups;
  }
  /// gamma or beta shaped to broadcast over the input.
  static at::Tensor affine(const Visit& visit, size_t place) {
    const at::Tensor values = optional_input(visit, place);
    if (!values.defined() || visit.node.op == Op::layer_norm) return values;
    std::vector<int64_t> shape(static_cast<size_t>(visit.inputs[0].dim()), 1);
    shape[1] = values.numel();
    return values.reshape(shape);
  }

  Stabiliser stabiliser_;
  bool leaks_;
};

}  // namespace

std::shared_ptr<const Rule> normalisation_rule(const Network& network, int index, const OperationOptions& options) {
  switch (network.graph().nodes[static_cast<size_t>(index)].op) {
    case Op::batch_norm:
      if (options.batch_norm == BatchNormMode::pass) return pass_rule();
      if (options.batch_norm == BatchNormMode::gradient) return gradient_rule();
      return std::make_shared<BatchNormLeak>(options.stabiliser);
    case Op::layer_norm:
    case Op::group_norm:
      if (options.norm == NormMode::pass) return pass_rule();
      if (options.norm == NormMode::gradient) return gradient_rule();
      return std::make_shared<DetachedNorm>(options);
    default: return nullptr;
  }
}

}  // namespace faultline
