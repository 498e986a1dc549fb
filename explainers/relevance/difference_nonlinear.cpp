#include "explainers/relevance/difference_rules.h"
#include "explainers/relevance/difference_slope.h"

namespace faultline {

namespace {

/// The larger of the outputs at x and x0 lies between them: m (M - o0) goes to the maximum of x, m (o - M) to that of x0, each
/// divided by its own difference. Windows that overlap add up.
class MaximumDifference final : public Rule {
 public:
  bool needs_pull() const override { return true; }
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    const at::Tensor larger = at::maximum(visit.output, visit.reference_output);
    const at::Tensor at_x = visit.pull(visit.arrived * (larger - visit.reference_output))[0];
    const at::Tensor at_reference = visit.pull_at_reference(visit.arrived * (visit.output - larger))[0];
    const at::Tensor d_in = visit.inputs[0] - visit.reference_inputs[0];
    return {slope_between(at_x + at_reference, d_in, at::zeros_like(d_in))};
  }
};

/// The same through max_unpool, which lets the last window that chose an entry overwrite the others: what captum computes.
class OverwritingMaximum final : public Rule {
 public:
  bool needs_pull() const override { return true; }
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    const at::Tensor larger = at::maximum(visit.output, visit.reference_output);
    const at::Tensor& x = visit.inputs[0];
    const at::Tensor sum = unpooled(visit.node, x, visit.arrived * (larger - visit.reference_output)) +
                           unpooled(visit.node, visit.reference_inputs[0], visit.arrived * (visit.output - larger));
    const at::Tensor d_in = x - visit.reference_inputs[0];
    return {slope_between(sum, d_in, visit.pull(visit.arrived)[0])};
  }

 private:
  /// Rows of height one where the pooling has one dimension.
  static at::Tensor unpooled(const Node& node, const at::Tensor& x, const at::Tensor& values) {
    const bool is_1d = node.integers("kernel").size() == 1;
    const auto in_2d = [&](const char* key, int64_t neutral) {
      std::vector<int64_t> sizes = node.integers(key);
      if (is_1d) sizes.insert(sizes.begin(), neutral);
      return sizes;
    };
    const at::Tensor image = is_1d ? x.unsqueeze(-2) : x;
    const at::Tensor places =
        std::get<1>(at::max_pool2d_with_indices(image.detach(), in_2d("kernel", 1), in_2d("stride", 1), in_2d("padding", 0),
                                                in_2d("dilation", 1), node.flag("ceil_mode")));
    const at::Tensor out = at::max_unpool2d(is_1d ? values.unsqueeze(-2) : values, places, image.sizes().slice(2));
    return is_1d ? out.squeeze(-2) : out;
  }
};

/// a b of two variables: m_a = m (b0 + b) / 2, m_b = m (a0 + a) / 2, exact.
class ProductDifference final : public Rule {
 public:
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    const at::Tensor a = (visit.inputs[0] + visit.reference_inputs[0]) / 2, b = (visit.inputs[1] + visit.reference_inputs[1]) / 2;
    return {visit.arrived * b, visit.arrived * a};
  }
};

/// a / b as a times 1 / b, whose multiplier is -1 / (b b0).
class QuotientDifference final : public Rule {
 public:
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    const at::Tensor &b = visit.inputs[1], &b0 = visit.reference_inputs[1];
    const at::Tensor mean_a = (visit.inputs[0] + visit.reference_inputs[0]) / 2;
    return {visit.arrived * (1 / b + 1 / b0) / 2, -visit.arrived * mean_a / (b * b0)};
  }
};

/// A product of two matrices, as the product of two numbers.
class MatrixProductDifference final : public Rule {
 public:
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    const at::Tensor a = (visit.inputs[0] + visit.reference_inputs[0]) / 2, b = (visit.inputs[1] + visit.reference_inputs[1]) / 2;
    return {at::sum_to(at::matmul(visit.arrived, b.transpose(-1, -2)), a.sizes()),
            at::sum_to(at::matmul(a.transpose(-1, -2), visit.arrived), b.sizes())};
  }
};

/// softmax and its logarithm as exp, sum, reciprocal or log, and product, with one shift for x and x0.
class SoftmaxDifference final : public Rule {
 public:
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    const int64_t dim = visit.node.integer("dim");
    const at::Tensor &s = visit.inputs[0], &s0 = visit.reference_inputs[0], &m = visit.arrived;
    const at::Tensor shift = at::maximum(s.detach().amax(dim, true), s0.detach().amax(dim, true));
    const at::Tensor e = at::exp(s - shift), e0 = at::exp(s0 - shift), S = e.sum(dim, true), S0 = e0.sum(dim, true);
    at::Tensor m_e, direct;
    if (visit.node.op == Op::softmax) {
      const at::Tensor m_reciprocal = (m * (e + e0) / 2).sum(dim, true);
      m_e = m * (1 / S + 1 / S0) / 2 - m_reciprocal / (S * S0);
    } else {
      m_e = -m.sum(dim, true) * slope_between(at::log(S) - at::log(S0), S - S0, 1 / S);
      direct = m;
    }
    // A masked score is -inf in both: no difference.
    const at::Tensor is_masked = at::isfinite(s.detach()).logical_and(at::isfinite(s0.detach())).logical_not();
    const at::Tensor d_in = (s - s0).masked_fill(is_masked, 0);
    const at::Tensor m_s = m_e * slope_between(e - e0, d_in, e);
    return {direct.defined() ? m_s + direct : m_s};
  }
};

/// Layer and group norm as mean, product, inverse root and product.
class NormDifference final : public Rule {
 public:
  std::vector<at::Tensor> propagate(const Visit& visit) const override {
    const at::Tensor &x = visit.inputs[0], &x0 = visit.reference_inputs[0];
    const bool is_layer = visit.node.op == Op::layer_norm;
    std::vector<int64_t> shape = x.sizes().vec(), dims;
    if (is_layer) {
      const auto count = static_cast<int64_t>(visit.node.integers("normalized_shape").size());
      for (int64_t d = x.dim() - count; d < x.dim(); ++d) dims.push_back(d);
    } else {
      shape = {x.size(0), visit.node.integer("groups"), -1};
      dims = {2};
    }
    at::Tensor m = visit.arrived;
    if (visit.inputs.size() > 1) {
      at::Tensor g = visit.inputs[1];
      if (!is_layer) {
        std::vector<int64_t> channels(static_cast<size_t>(x.dim()), 1);
        channels[1] = g.numel();
        g = g.reshape(channels);
      }
      m = m * g;
    }
    m = m.reshape(shape);
    const auto centred = [&](const at::Tensor& values) {
      const at::Tensor grouped = values.reshape(shape);
      return grouped - at::mean(grouped, dims, /*keepdim=*/true);
    };
    const double eps = visit.node.number("eps");
    const at::Tensor c = centred(x), c0 = centred(x0);
    const at::Tensor v = at::mean(c * c, dims, true), v0 = at::mean(c0 * c0, dims, true);
    const at::Tensor q = at::rsqrt(v + eps), q0 = at::rsqrt(v0 + eps);
    const at::Tensor m_q = (m * (c + c0) / 2).sum(dims, true);
    const at::Tensor m_v = m_q * slope_between(q - q0, v - v0, -q * q * q / 2);
    int64_t entries = 1;
    for (const int64_t d : dims) entries *= c.size(d);
    const at::Tensor m_c = m * (q + q0) / 2 + m_v * (c + c0) / entries;
    std::vector<at::Tensor> out(visit.inputs.size());
    out[0] = (m_c - at::mean(m_c, dims, true)).reshape(x.sizes());
    return out;
  }
};

}  // namespace

std::shared_ptr<const Rule> difference_of_maximum(const Node& node, DifferenceMaxPool max_pool) {
  if (node.op != Op::max_pool && node.op != Op::adaptive_max_pool && node.op != Op::maximum_over) return nullptr;
  if (max_pool == DifferenceMaxPool::exact || node.op != Op::max_pool) return std::make_shared<MaximumDifference>();
  return std::make_shared<OverwritingMaximum>();
}

std::shared_ptr<const Rule> difference_of_product(const Node& node, const std::vector<char>& varies) {
  if (varies.size() != 2 || !varies[0] || !varies[1]) return nullptr;
  if (node.op == Op::mul) return std::make_shared<ProductDifference>();
  if (node.op == Op::div) return std::make_shared<QuotientDifference>();
  if (node.op == Op::matmul) return std::make_shared<MatrixProductDifference>();
  return nullptr;
}

std::shared_ptr<const Rule> difference_of_normalisation(const Node& node) {
  if (node.op == Op::softmax || node.op == Op::log_softmax) return std::make_shared<SoftmaxDifference>();
  if (node.op == Op::layer_norm || node.op == Op::group_norm) return std::make_shared<NormDifference>();
  return nullptr;
}

}  // namespace faultline
