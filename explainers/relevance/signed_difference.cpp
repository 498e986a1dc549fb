#include "explainers/relevance/signed_difference.h"

#include <torch/csrc/autograd/autograd.h>

namespace faultline {

namespace {

Signed parts_of(const at::Tensor& d) {
  const at::Tensor up = at::clamp_min(d, 0);
  return {up, d - up};
}

void add_to(at::Tensor& sum, const at::Tensor& part) { sum = sum.defined() ? sum + part : part; }

class Value final : public SignedLink {
 public:
  explicit Value(size_t place) : place_(place) {}
  Parts forward(const SignedPass& pass) const override { return {parts_of(pass.difference(place_)), {}}; }
  void back(SignedPass& pass, const Parts&, const Signed& m) const override { pass.send(place_, m); }

 private:
  size_t place_;
};

class Layer final : public SignedLink {
 public:
  Layer(const LinearLayer& layer, size_t place) : layer_(layer), place_(place) {
    const at::NoGradGuard no_graph;
    above_ = at::clamp_min(layer_.weight(), 0);
    below_ = layer_.weight() - above_;
  }
  Parts forward(const SignedPass& pass) const override {
    const Signed d = parts_of(pass.difference(place_));
    return {{layer_.map(d.up, above_) + layer_.map(d.down, below_), layer_.map(d.up, below_) + layer_.map(d.down, above_)}, {}};
  }
  void back(SignedPass& pass, const Parts&, const Signed& m) const override {
    const at::Tensor& a = pass.visit.inputs[place_];
    pass.send(place_, {layer_.adjoint(m.up, above_, a) + layer_.adjoint(m.down, below_, a),
                       layer_.adjoint(m.up, below_, a) + layer_.adjoint(m.down, above_, a)});
  }

 private:
  LinearLayer layer_;
  size_t place_;
  at::Tensor above_, below_;
};

class Sum final : public SignedLink {
 public:
  Sum(SignedLinks terms, bool subtracts_second, size_t place)
      : terms_(std::move(terms)), subtracts_second_(subtracts_second), place_(place) {}
  Parts forward(const SignedPass& pass) const override {
    Parts out;
    for (size_t i = 0; i < terms_.size(); ++i) {
      out.of_links.push_back(terms_[i]->forward(pass));
      const Signed d = through(i, out.of_links.back().of_value);
      add_to(out.of_value.up, d.up);
      add_to(out.of_value.down, d.down);
    }
    const at::Tensor& sum = pass.visit.inputs[place_];
    out.of_value = {out.of_value.up.expand_as(sum), out.of_value.down.expand_as(sum)};
    return out;
  }
  void back(SignedPass& pass, const Parts& parts, const Signed& m) const override {
    for (size_t i = 0; i < terms_.size(); ++i) {
      const Signed arrived = through(i, m);
      const auto shape = parts.of_links[i].of_value.up.sizes();
      terms_[i]->back(pass, parts.of_links[i], {at::sum_to(arrived.up, shape), at::sum_to(arrived.down, shape)});
    }
  }

 private:
  Signed through(size_t term, const Signed& parts) const {
    return subtracts_second_ && term == 1 ? Signed{-parts.down, -parts.up} : parts;
  }

  SignedLinks terms_;
  bool subtracts_second_;
  size_t place_;
};

class Cat final : public SignedLink {
 public:
  Cat(SignedLinks pieces, int64_t dim) : pieces_(std::move(pieces)), dim_(dim) {}
  Parts forward(const SignedPass& pass) const override {
    Parts out;
    std::vector<at::Tensor> up, down;
    for (const auto& piece : pieces_) {
      out.of_links.push_back(piece->forward(pass));
      up.push_back(out.of_links.back().of_value.up);
      down.push_back(out.of_links.back().of_value.down);
    }
    out.of_value = {at::cat(up, dim_), at::cat(down, dim_)};
    return out;
  }
  void back(SignedPass& pass, const Parts& parts, const Signed& m) const override {
    int64_t start = 0;
    for (size_t i = 0; i < pieces_.size(); ++i) {
      const int64_t size = parts.of_links[i].of_value.up.size(dim_);
      pieces_[i]->back(pass, parts.of_links[i], {m.up.narrow(dim_, start, size), m.down.narrow(dim_, start, size)});
      start += size;
    }
  }

 private:
  SignedLinks pieces_;
  int64_t dim_;
};

class Pool final : public SignedLink {
 public:
  Pool(Node node, std::unique_ptr<SignedLink> from) : node_(std::move(node)), from_(std::move(from)) {}
  Parts forward(const SignedPass& pass) const override {
    Parts below = from_->forward(pass);
    const int64_t batch = pass.visit.arrived.size(0);
    const Signed d{apply(node_, {below.of_value.up}, batch), apply(node_, {below.of_value.down}, batch)};
    return {d, {std::move(below)}};
  }
  void back(SignedPass& pass, const Parts& parts, const Signed& m) const override {
    const Parts& below = parts.of_links[0];
    from_->back(pass, below, {adjoint(pass, m.up, below.of_value.up), adjoint(pass, m.down, below.of_value.up)});
  }

 private:
  at::Tensor adjoint(const SignedPass& pass, const at::Tensor& m, const at::Tensor& shape) const {
    const at::AutoGradMode recorded(true);
    const at::Tensor x = at::zeros_like(shape).requires_grad_();
    const at::Tensor y = apply(node_, {x}, pass.visit.arrived.size(0));
    return torch::autograd::grad({y}, {x}, {m}, /*retain_graph=*/true, pass.visit.is_differentiable)[0];
  }

  Node node_;
  std::unique_ptr<SignedLink> from_;
};

class Factor final : public SignedLink {
 public:
  Factor(Node node, std::vector<size_t> constants, std::unique_ptr<SignedLink> from)
      : node_(std::move(node)), constants_(std::move(constants)), from_(std::move(from)) {}
  Parts forward(const SignedPass& pass) const override {
    Parts below = from_->forward(pass);
    const Signed d = times(pass, below.of_value, below.of_value);
    return {d, {std::move(below)}};
  }
  void back(SignedPass& pass, const Parts& parts, const Signed& m) const override {
    const Parts& below = parts.of_links[0];
    const Signed at_input = times(pass, m, below.of_value);
    const auto shape = below.of_value.up.sizes();
    from_->back(pass, below, {at::sum_to(at_input.up, shape), at::sum_to(at_input.down, shape)});
  }

 private:
  /// The same both ways, since a factor is its own adjoint.
  Signed times(const SignedPass& pass, const Signed& parts, const Signed& at_input) const {
    const at::Tensor factor = factor_of(pass, at_input.up), above = at::clamp_min(factor, 0), below = factor - above;
    return {above * parts.up + below * parts.down, above * parts.down + below * parts.up};
  }
  at::Tensor factor_of(const SignedPass& pass, const at::Tensor& shape) const {
    std::vector<at::Tensor> inputs;
    for (const size_t place : constants_) inputs.push_back(pass.visit.inputs[place].detach());
    if (node_.op == Op::mul) return inputs[0];
    if (node_.op == Op::div) return inputs[0].reciprocal();
    const at::AutoGradMode recorded(true);
    const at::Tensor x = at::zeros_like(shape).requires_grad_();
    inputs.insert(inputs.begin(), x);
    const at::Tensor y = apply(node_, inputs, x.size(0));
    return torch::autograd::grad({y}, {x}, {at::ones_like(y)})[0];
  }

  Node node_;
  std::vector<size_t> constants_;
  std::unique_ptr<SignedLink> from_;
};

}  // namespace

void SignedPass::send(size_t place, const Signed& m) {
  const at::Tensor sign = at::sign(difference(place).detach());
  add_to(sent[place], m.up * (1 + sign) / 2 + m.down * (1 - sign) / 2);
}

std::unique_ptr<SignedLink> signed_value(size_t place) { return std::make_unique<Value>(place); }
std::unique_ptr<SignedLink> signed_layer(const LinearLayer& layer, size_t place_of_input) {
  return std::make_unique<Layer>(layer, place_of_input);
}
std::unique_ptr<SignedLink> signed_sum(SignedLinks terms, bool subtracts_second, size_t place_of_sum) {
  return std::make_unique<Sum>(std::move(terms), subtracts_second, place_of_sum);
}
std::unique_ptr<SignedLink> signed_cat(SignedLinks pieces, int64_t dim) { return std::make_unique<Cat>(std::move(pieces), dim); }
std::unique_ptr<SignedLink> signed_pool(Node node, std::unique_ptr<SignedLink> from) {
  return std::make_unique<Pool>(std::move(node), std::move(from));
}
std::unique_ptr<SignedLink> signed_factor(Node node, std::vector<size_t> constants, std::unique_ptr<SignedLink> from) {
  return std::make_unique<Factor>(std::move(node), std::move(constants), std::move(from));
}

}  // namespace faultline
