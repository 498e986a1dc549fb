#pragma once
#include <memory>
#include <utility>

#include "attacks/gradient_attack.h"

namespace faultline {

/// What gradient attacks share that differ by nothing but their objective. Method: kName. Own: its options, among them
/// `GradientAttackOptions shared`.
template <typename Method, typename Own>
class ObjectiveAttack : public GradientAttack {
 public:
  explicit ObjectiveAttack(Own options) : GradientAttack(options.shared), options_(std::move(options)) {}

 protected:
  const char* name() const override { return Method::kName; }
  std::unique_ptr<GradientAttack> with_options(GradientAttackOptions options) const override {
    Own copy = options_;
    copy.shared = std::move(options);
    return std::make_unique<Method>(std::move(copy));
  }
  const Own& own() const { return options_; }

 private:
  Own options_;
};

}  // namespace faultline
