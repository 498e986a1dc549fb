#pragma once
#include <ATen/ATen.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/context.h"
#include "core/registry.h"
#include "data/dataset.h"
#include "data/samples.h"
#include "models/blocks.h"
#include "models/network.h"

namespace faultline {

class Ledger;

/// What an explainer needs of the network.
enum class Access { none, query, gradient, layer_graph };

/// Facts about an explainer that do not depend on a network.
struct Traits {
  Access access = Access::gradient;
  bool differentiable = true;  ///< pull_back works (through a smooth network)
  bool randomised = false;     ///< draws noise from the keyed streams
  bool needs_fitting = false;  ///< fit() must see reference data first
  bool is_signed = true;       ///< maps carry both signs
  /// The derivative of the map vanishes, or is a part only, where the network has kinks: attacks differentiate a smooth
  /// surrogate.
  bool needs_smooth_network = true;
  bool keeps_ledger = false;    ///< explain() says where relevance leaks, where the context asks for it
  bool single_channel = false;  ///< one value a pixel: maps are [N,1,H,W]
  int64_t points = 1;           ///< gradient evaluations of one explanation of one sample (0: none)
  /// Somebody else's code makes the maps. Whether equal seeds give equal maps is tried, not known.
  bool is_external = false;
  bool holds_network = false;  ///< the network is inside: it explains that one and refuses changed ones
  bool only_clean = false;     ///< has maps of the run's samples as they are; no other input can be asked for
};

/// One axiom an explainer promises on a network (conventions 9).
struct Claim {
  std::string axiom;
  double tolerance = 0;  ///< relative, on the scale of conventions 8
  std::string reason;
};

/// Why a sample has no map.
struct MapFailure {
  std::string reason;  ///< of conventions 6; "" where there is a map
  std::string detail;  ///< one line for people
};

/// Maps and what the method noted on the way.
struct Explanation {
  at::Tensor maps;  ///< [N,...], the inputs' shape (single_channel: [N,1,H,W]), run's dtype, no graph
  std::map<std::string, std::vector<double>> figures{};  ///< per sample, e.g. "completeness-error"
  at::Tensor logits{};                            ///< [N,K] at the inputs, where the method computes them anyway; else undefined
  std::vector<std::vector<std::string>> notes{};  ///< per sample, notes of conventions 6 (may be empty)
  std::shared_ptr<const Ledger> ledger{};         ///< of relevance walks, where the context asks for it
  std::vector<MapFailure> failures{};             ///< per sample (may be empty); a map that failed is NaN

  /// "" where there are none.
  std::string failure_reason(int64_t row) const { return failures.empty() ? "" : failures[static_cast<size_t>(row)].reason; }
  std::string failure_detail(int64_t row) const { return failures.empty() ? "" : failures[static_cast<size_t>(row)].detail; }
};

/// A random or strided subset of an explainer's path points, for cheaper gradients of the map (attacks 2.4). points = 0: all.
struct PointSubset {
  int64_t points = 0;
  uint64_t seed = 0;
  uint32_t draw = 0;  ///< attack iteration
};

/// loss of every given map [n]: maps [n,...] belong to rows `rows` of the samples.
using MapLoss = std::function<at::Tensor(const at::Tensor& maps, const std::vector<int64_t>& rows)>;

struct ValueAndGradient {
  at::Tensor maps;      ///< [N,...]
  at::Tensor loss;      ///< [N]
  at::Tensor gradient;  ///< [N,...] d loss_i / d x_i
};

/// A method that says what mattered in an input for a network's answer. Holds options and fitted state, never a network.
class Explainer {
 public:
  virtual ~Explainer() = default;
  virtual Traits traits() const = 0;
  virtual std::vector<Claim> claims(const Network& network) const = 0;

  /// Which scalar of the logits the maps explain.
  virtual Output output() const { return Output::logit; }
  /// The reference inputs that maps of these samples compare with, [R,N,...]: maps explain f(x) less the mean of f over them.
  /// Undefined where the method has none.
  virtual at::Tensor references(const Samples& samples, const Context& context) const { return {}; }

  /// Learns from reference data; does nothing for methods that need none.
  virtual void fit(const Network& network, const Dataset& data, const Context& context) {}

  /// Looks at how somebody else's code behaves, on the first samples of the run (at most 4) at their clean inputs, before
  /// anything is explained: traits may say more afterwards. Returns what a reader of the results should know, a line each.
  virtual std::vector<std::string> probe(const Network& network, const Samples& first, const Context& context) { return {}; }

  /// Told of every sample of the run at its clean input, batch by batch, where traits().only_clean.
  virtual void meet(const Samples& clean) {}

  /// SHA-256 of the files that maps depend on besides the model, by path.
  virtual std::map<std::string, std::string> digests() const { return {}; }

  /// Writes what fit() learned to a file that an option of the method reads. Throws usage where the method learns nothing that is
  /// kept in files.
  virtual void save_fit(const std::string& path) const;

  /// samples.targets must be set; inputs in the network's dtype.
  virtual Explanation explain(const Network& network, const Samples& samples, const Context& context) const = 0;

  /// (d/dx) <cotangent, R(x)> per sample: the product of the map's Jacobian, transposed, with cotangent [N, map shape]. Exact
  /// when the subset is empty, unbiased otherwise. Throws std::logic_error where traits().differentiable is false.
  virtual at::Tensor pull_back(const Network& network, const Samples& samples, const at::Tensor& cotangent,
                               const PointSubset& subset, const Context& context) const;

  /// The maps [N,...] that pull_back is the derivative of: those of explain(), without a last rectification where a method has
  /// one (an all-negative map would be a dead end for attacks).
  virtual at::Tensor differentiated_maps(const Network& network, const Samples& samples, const Context& context) const;

  /// J v per sample [N, map shape]: how differentiated_maps() moves per unit of `direction` [N,...]. The default takes central
  /// differences along it, `reach` (a length, the same for every sample) to either side: two maps. Methods that know better are
  /// exact.
  virtual at::Tensor push_forward(const Network& network, const Samples& samples, const at::Tensor& direction, double reach,
                                  const Context& context) const;

  /// Maps, a loss of them and the loss's gradient in the inputs. The default makes the maps, differentiates the loss and pulls
  /// back: exact, and memory does not grow with the number of path points (attacks 2.4). Methods with one point do it in one run.
  virtual ValueAndGradient value_and_gradient(const Network& network, const Samples& samples, const MapLoss& loss,
                                              const PointSubset& subset, const Context& context) const;

  /// Another method to be differentiated in this one's place, on a smooth surrogate, because this one's own derivative tells
  /// nearly nothing of how its map moves (attacks sheet 2.3); null where there is none.
  virtual std::unique_ptr<Explainer> stand_in(const Network& network) const { return nullptr; }

  /// The same method with this many path points or draws, for cheap maps inside an attack; null where that has no meaning.
  virtual std::unique_ptr<Explainer> with_points(int64_t points) const { return nullptr; }
};

/// The loss of every map [N] and its gradient in the maps [N,...].
std::pair<at::Tensor, at::Tensor> loss_and_cotangent(const at::Tensor& maps, const MapLoss& loss);

/// The derivative of f(inputs) along the tangents, by differentiating <u, f'(inputs)> in u (which needs reverse mode alone).
/// inputs and tangents: pairs of equal shapes.
at::Tensor derivative_along(const std::function<at::Tensor(const std::vector<at::Tensor>&)>& f,
                            const std::vector<at::Tensor>& inputs, const std::vector<at::Tensor>& tangents);

/// What every method made of derivatives of f alone promises: dummy, symmetry, implementation invariance, determinism.
std::vector<Claim> claims_of_derivatives();

/// All built-in explainers.
const Registry<Explainer>& explainers();

}  // namespace faultline
