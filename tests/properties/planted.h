#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "explainers/explainer.h"

namespace faultline::testing {

/// A method with a defect: another method's explanation, changed, under claims that would be right without the change.
class Planted final : public Explainer {
 public:
  using Change = std::function<void(Explanation* explanation, const Network& network, const Samples& samples)>;
  /// before: what the inner method is shown instead of the samples.
  using Before = std::function<Samples(const Network& network, const Samples& samples)>;

  Planted(const std::string& spec, std::vector<Claim> claims, Change change, Before before = {})
      : inner_(explainers().make(spec)), claims_(std::move(claims)), change_(std::move(change)), before_(std::move(before)) {}

  Traits traits() const override { return inner_->traits(); }
  std::vector<Claim> claims(const Network&) const override { return claims_; }
  Output output() const override { return inner_->output(); }
  at::Tensor references(const Samples& samples, const Context& context) const override {
    return inner_->references(samples, context);
  }
  std::unique_ptr<Explainer> with_points(int64_t points) const override {
    auto finer = inner_->with_points(points);
    if (!finer) return nullptr;
    auto out = std::make_unique<Planted>(*this);
    out->inner_ = std::move(finer);
    return out;
  }
  Explanation explain(const Network& network, const Samples& samples, const Context& context) const override {
    Explanation out = inner_->explain(network, before_ ? before_(network, samples) : samples, context);
    if (change_) change_(&out, network, samples);
    return out;
  }

 private:
  std::shared_ptr<Explainer> inner_;
  std::vector<Claim> claims_;
  Change change_;
  Before before_;
};

/// One defect that somebody could make, and the claim that it breaks.
struct Defect {
  std::string name;
  std::string axiom;
  std::shared_ptr<const Explainer> explainer;
  at::ScalarType dtype = at::kDouble;  ///< where it shows
  bool needs_bias = false;             ///< shows on networks with biases alone
};
std::vector<Defect> planted_defects();

}  // namespace faultline::testing
