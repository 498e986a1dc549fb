#pragma once
#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <vector>

#include "core/registry.h"
#include "suites/axioms/axiom.h"

namespace faultline {

/// An input and one near it, as vectors in float64.
struct NearPair {
  at::Tensor input, other_input;                    ///< pixel units
  at::Tensor map, other_map;                        ///< as they are, with signs
  at::Tensor logits, other_logits;                  ///< all classes
  at::Tensor representation, other_representation;  ///< input of the last linear layer; undefined where there is none
};

/// A measure of how much a map moves when its input moves a little (metrics sheet 5). Lower is better. Searched maxima are lower
/// bounds: they say what was found.
class StabilityMetric {
 public:
  virtual ~StabilityMetric() = default;
  /// Of one pair. Throws std::logic_error where the pair lacks what is asked (see needs_representation()).
  virtual double value(const NearPair& pair) const = 0;
  /// Why there is no value whatever the other input is ("zero-map"); "" where there is one.
  virtual std::string reason(const NearPair& pair) const { return ""; }
  virtual bool needs_representation() const { return false; }
  /// The mean over pairs instead of their maximum.
  virtual bool is_mean() const { return false; }
};

/// max ||R(x) - R(x')|| / ||x - x'|| (Alvarez-Melis, Jaakkola 2018, eq. 3).
class LocalLipschitz final : public StabilityMetric {
 public:
  static constexpr const char* kName = "local-lipschitz";
  static constexpr const char* kSummary = "largest change of the map over change of the input";
  struct Options {};
  static const OptionTable<Options>& options();
  explicit LocalLipschitz(Options) {}
  double value(const NearPair& pair) const override;
};

struct SensitivityOptions {
  bool relative = true;
  static const OptionTable<SensitivityOptions>& options();
};

/// max ||R(x) - R(x')||, by default over ||R(x)|| (Yeh et al. 2019, def. 2; the paper does not divide).
class MaxSensitivity : public StabilityMetric {
 public:
  static constexpr const char* kName = "max-sensitivity";
  static constexpr const char* kSummary = "largest change of the map near the input";
  using Options = SensitivityOptions;
  static const OptionTable<Options>& options() { return SensitivityOptions::options(); }
  explicit MaxSensitivity(Options options) : options_(options) {}
  double value(const NearPair& pair) const override;
  std::string reason(const NearPair& pair) const override;

 private:
  Options options_;
};

/// The mean instead (Yeh et al. 2019).
class AvgSensitivity final : public MaxSensitivity {
 public:
  static constexpr const char* kName = "avg-sensitivity";
  static constexpr const char* kSummary = "mean change of the map near the input";
  using MaxSensitivity::MaxSensitivity;
  bool is_mean() const override { return true; }
};

struct RelativeStabilityOptions {
  enum class Floor { epsilon, rms };
  Floor floor = Floor::epsilon;
  static const OptionTable<RelativeStabilityOptions>& options();
};

/// Of ||(R - R')/R|| over a denominator (Agarwal et al. 2022). Elements that are zero divide by 1e-6; floor=rms divides by at
/// least a hundredth of the map's root mean square, so that one dead pixel that wakes up does not decide.
class RelativeStability : public StabilityMetric {
 public:
  using Options = RelativeStabilityOptions;
  static const OptionTable<Options>& options() { return RelativeStabilityOptions::options(); }
  explicit RelativeStability(Options options) : options_(options) {}
  double value(const NearPair& pair) const final;
  std::string reason(const NearPair& pair) const final;

 protected:
  virtual double denominator(const NearPair& pair) const = 0;

 private:
  Options options_;
};

/// max(||(x - x')/x||, 1e-6).
class RelativeInputStability final : public RelativeStability {
 public:
  static constexpr const char* kName = "relative-input-stability";
  static constexpr const char* kSummary = "largest relative change of the map over that of the input";
  using RelativeStability::RelativeStability;

 private:
  double denominator(const NearPair& pair) const override;
};

/// max(||(L(x) - L(x'))/L(x)||, 1e-6), L being what the last linear layer reads.
class RelativeRepresentationStability final : public RelativeStability {
 public:
  static constexpr const char* kName = "relative-representation-stability";
  static constexpr const char* kSummary = "largest relative change of the map over that of the last hidden layer";
  using RelativeStability::RelativeStability;
  bool needs_representation() const override { return true; }

 private:
  double denominator(const NearPair& pair) const override;
};

/// max(||h(x) - h(x')||, 1e-6), h being the logits, not relative.
class RelativeOutputStability final : public RelativeStability {
 public:
  static constexpr const char* kName = "relative-output-stability";
  static constexpr const char* kSummary = "largest relative change of the map over the change of the logits";
  using RelativeStability::RelativeStability;

 private:
  double denominator(const NearPair& pair) const override;
};

/// max ||R(x) - R(x')||_1 / ||x - x'||_2 (Montavon, Samek, Müller 2018).
class Continuity final : public StabilityMetric {
 public:
  static constexpr const char* kName = "continuity";
  static constexpr const char* kSummary = "largest change of the map, summed over pixels, over change of the input";
  struct Options {};
  static const OptionTable<Options>& options();
  explicit Continuity(Options) {}
  double value(const NearPair& pair) const override;
};

/// All of them.
const Registry<StabilityMetric>& stability_metrics();

}  // namespace faultline
