#pragma once
#include <optional>
#include <string>
#include <vector>

#include "attacks/attack.h"
#include "core/options.h"

namespace faultline {

/// Keys of the smooth network whose gradients guide an attack (attacks sheet 2).
struct SurrogateOptions {
  enum class Kind { automatic, softplus, none };
  Kind kind = Kind::automatic;
  std::string beta = "auto";  ///< auto, a number, or B0..B1 (geometric schedule over the iterations)
  int64_t pilot_samples = 8;
  enum class Pool { automatic, hard, soft };
  Pool pool = Pool::hard;
  std::optional<double> pool_tau = 0.1;  ///< unset: 1.5/beta
  std::string anneal;                    ///< "", or F0..F1: factor on the width of every kink's rounding over the iterations
  static const OptionTable<SurrogateOptions>& options();

  /// These options with automatic decided: softplus where the map's derivative needs a smooth network, the network itself where
  /// kinks do no harm (attacks sheet 2.3).
  SurrogateOptions resolved(const Network& network, const Explainer& explainer) const;
  /// Of resolved options.
  bool is_auto() const { return kind == Kind::softplus && beta == "auto"; }
  bool changes_with_iteration() const { return kind != Kind::none && (!anneal.empty() || beta.find("..") != std::string::npos); }
  /// The surrogate of sharpness `sharpness`; `width` is a factor on the rounding of kinks and of maxima.
  Network surrogate(const Network& network, double sharpness, double width = 1) const;
  /// The surrogate of iteration t of T, counted from 0; `chosen` is what the pilot found for beta=auto: nothing where the network
  /// has no kinks, which is then its own surrogate but for its pooling.
  Network surrogate_at(const Network& network, int64_t t, int64_t iterations, std::optional<double> chosen) const;
};

/// Throws usage where `beta` is neither auto, a positive number nor a range of two.
void check(const SurrogateOptions& options);

/// The candidates of beta=auto: {10,20,50,100,200,400}/scale, scale = median over kinked layers of the median |pre-activation| on
/// the given clean inputs. Empty where the network has no kinked activation: it is its own surrogate.
struct BetaCandidates {
  double scale = 0;
  std::vector<double> betas;
};
BetaCandidates beta_candidates(const Network& network, const at::Tensor& inputs);

/// Per sample: whether the surrogate classifies it like the original.
std::vector<bool> labels_agree(const Network& original, const Network& surrogate, const Samples& samples);

}  // namespace faultline
