#pragma once
#include "explainers/explainer.h"

namespace faultline {

/// A control that explains nothing: R_e ~ N(0,1), the same for the same input, unrelated for any other (mode=fixed: the same for
/// every input, perfectly stable and perfectly useless). Maps: the inputs' shape and dtype (gradient sheet 10).
class Random final : public Explainer {
 public:
  static constexpr const char* kName = "random";
  static constexpr const char* kSummary = "a control: noise that depends on the input's bytes alone";
  static constexpr const char* kFormula = "R ~ N(0,1), keyed by the input's bytes: a control";
  static constexpr const char* kSource = "none: a control of this program";
  struct Options {
    bool fixed = false;
    std::string target = "predicted";
  };
  static const OptionTable<Options>& options();
  explicit Random(Options options) : options_(std::move(options)) {}

  Traits traits() const override;
  std::vector<Claim> claims(const Network& network) const override;
  Explanation explain(const Network& network, const Samples& samples, const Context& context) const override;

 private:
  Options options_;
};

}  // namespace faultline
