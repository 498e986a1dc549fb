#pragma once
#include "explainers/explainer.h"

namespace faultline {

/// A control that ignores the network: an edge detector (Adebayo et al. 2018 compare with one). Sobel 3x3 magnitude of the
/// luminance 0.299 R + 0.587 G + 0.114 B (one channel: itself, other counts: the mean), border reflected without repeating the
/// edge pixel; or Canny on 8-bit values. Maps: [N,1,H,W], non-negative. Throws usage for inputs that are not pictures.
class Edge final : public Explainer {
 public:
  static constexpr const char* kName = "edge";
  static constexpr const char* kSummary = "a control: an edge detector that never sees the network";
  static constexpr const char* kFormula = "R = magnitude of the Sobel gradient of the picture: a control";
  static constexpr const char* kSource = "Adebayo et al. 2018 compare with one";
  struct Options {
    bool canny = false;
    double low = 100;
    double high = 200;
    std::string target = "predicted";
  };
  static const OptionTable<Options>& options();
  explicit Edge(Options options) : options_(std::move(options)) {}

  Traits traits() const override;
  std::vector<Claim> claims(const Network& network) const override;
  Explanation explain(const Network& network, const Samples& samples, const Context& context) const override;

 private:
  Options options_;
};

}  // namespace faultline
