#pragma once
#include <memory>

#include "explainers/explainer.h"
#include "models/map_module.h"

namespace faultline {

/// Maps made by a TorchScript module, forward(inputs, targets) -> maps, which has the network inside: it explains the network of
/// the run, taken to be the same, and throws usage on changed ones. How its maps change with the inputs is tried on the run's
/// first samples (probe): by autograd where that gives anything, else, where the map's Jacobian is symmetric as a gradient's is,
/// by central differences along the cotangent (attacks 2.4), which see kinks because their step is finite, averaged over points
/// around the input, which rounds the kinks as a smooth network does (Dombrowski 2019, on SmoothGrad); else not at all.
/// Maps: the inputs' shape or one value a pixel, and the network's dtype. Samples without a map say why (Explanation::failures).
class Torchscript final : public Explainer {
 public:
  static constexpr const char* kName = "torchscript";
  static constexpr const char* kSummary = "maps by a TorchScript module that has the network inside";
  static constexpr const char* kFormula = "what the module makes of inputs and targets";
  static constexpr const char* kSource = "the module's own";
  enum class Derivative { automatic, autograd, finite_difference, none };
  struct Options {
    std::string file;
    Derivative derivative = Derivative::automatic;
    std::optional<double> fd_radius;
    int64_t fd_draws = 8;
    bool single_channel = false;
    std::string claims;
    std::string target = "predicted";
  };
  static const OptionTable<Options>& options();
  explicit Torchscript(Options options);

  Traits traits() const override;
  std::vector<Claim> claims(const Network& network) const override;
  std::vector<std::string> probe(const Network& network, const Samples& first, const Context& context) override;
  std::map<std::string, std::string> digests() const override { return digests_; }
  Explanation explain(const Network& network, const Samples& samples, const Context& context) const override;
  at::Tensor pull_back(const Network& network, const Samples& samples, const at::Tensor& cotangent, const PointSubset& subset,
                       const Context& context) const override;

 private:
  /// J^T cotangent by autograd; zeros where the maps have no graph.
  at::Tensor by_autograd(const Network& network, const Samples& samples, const at::Tensor& cotangent) const;
  /// J cotangent by central differences, the mean over options_.fd_draws points around each input.
  at::Tensor by_differences(const Network& network, const Samples& samples, const at::Tensor& cotangent,
                            const Context& context) const;
  /// How far v.Ju and u.Jv agree over random u and v, as a correlation; 1 where J is symmetric.
  double symmetry(const Network& network, const Samples& samples, const Context& context) const;

  Options options_;
  Derivative derivative_;  // automatic: not known yet
  std::map<std::string, std::string> digests_;
  std::shared_ptr<const MapModule> module_;
};

}  // namespace faultline
