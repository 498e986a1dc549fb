#pragma once
#include <string>
#include <vector>

namespace faultline::facts {

/// The names that suites write and reports read: conditions, quantities, and the facts of a run (RunStore::set_fact).
/// A fact's key is parts joined by '|'; a '|' or '\' inside a part is escaped, so that names from outside cannot collide.

inline std::string key(const std::vector<std::string>& parts) {
  std::string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i) out += '|';
    for (const char c : parts[i]) {
      if (c == '|' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out;
}
/// Inverse of key().
inline std::vector<std::string> parts_of(const std::string& key) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < key.size(); ++i) {
    if (key[i] == '|') {
      parts.emplace_back();
    } else {
      if (key[i] == '\\' && i + 1 < key.size()) ++i;
      parts.back() += key[i];
    }
  }
  return parts;
}

// ---- The run -----------------------------------------------------------------------------------------------------------------
inline const char* const kSamplesAsked = "samples";      ///< how many samples were asked for: used + skipped must add up to it
inline const char* const kSampleIds = "sample-ids";      ///< names of the samples asked for, one a line, in order
inline const char* const kClassCounts = "class-counts";  ///< "0:3 1:3 2:2": class and count, free text for people
/// Unit of the samples that could not be loaded or run: one record each, without suite, explainer, condition and metric.
inline const char* const kSamples = "samples";
inline const char* const kFinish = "finish";  ///< last part of the key of a suite's closing unit, which is not counted as planned
inline const char* const kUnitsPlanned = "units-planned";        ///< units of work that the whole run has
inline const char* const kCommand = "command";                   ///< the command line that reproduces the run
inline const char* const kSelectionMetric = "selection-metric";  ///< name of the metric that headlines use, e.g. "top-k"
inline const char* const kVersion = "version";  ///< key({kVersion, "faultline"}), {.., "libtorch"}, ...: one fact a component
inline const char* const kHash = "hash";        ///< key({kHash, "model"}), {.., "data"}: SHA-256 digests
inline const char* const kNote = "note";        ///< key({kNote, ID}): a note about the whole run, one sentence for people
inline const char* const kTiming = "timing";    ///< key({kTiming, NAME}): seconds; never part of a comparison

/// The class that the network gives each usable sample, "ID:CLASS ID:CLASS ...".
inline const char* const kPredictions = "predictions";
/// What a gate compares of a condition (Suite::gated_scores): "higher-is-better METRIC" or "lower-is-better METRIC".
inline const char* const kGate = "gate";
inline std::string gate(const std::string& suite, const std::string& explainer, const std::string& condition) {
  return key({kGate, suite, explainer, condition});
}

/// What a method that the run used computes, and whose idea it is. kind: "explainer", "attack" or "metric"; field: kFormula or
/// kSource.
inline std::string method(const std::string& kind, const std::string& name, const std::string& field) {
  return key({"method", kind, name, field});
}
inline const char* const kFormula = "formula";
inline const char* const kSource = "source";

// ---- Explainers --------------------------------------------------------------------------------------------------------------
inline const char* const kExplainer = "explainer";
/// field: "role" = "subject" | "control", "spec" = canonical spec, "order" = place in the report (0, 1, ...), "chosen-beta", and
/// what else is worth keeping: unknown fields are printed as they are.
inline std::string explainer(const std::string& name, const std::string& field) { return key({kExplainer, name, field}); }

// ---- Conditions --------------------------------------------------------------------------------------------------------------
inline const char* const kCondition = "condition";
/// `label@eps`, for instance "ghorbani-topk@8/255"; epsilon as short_number() writes it.
inline std::string condition_name(const std::string& label, const std::string& epsilon) { return label + "@" + epsilon; }
/// field: "attack" = canonical spec, "label" = short name for headings, "epsilon" = exact_number, "role" = "attack" | "control" |
/// "rounding" | "worst", "iterations", "kind" = "walk" | "one-shot" | "resample" | "" (of a control: which random control it
/// is; a comparison uses the walk), "beta", ... Unknown fields are printed as they are.
inline std::string condition(const std::string& explainer, const std::string& condition, const std::string& field) {
  return key({kCondition, explainer, condition, field});
}

inline const char* const kRole = "role";
inline const char* const kSubject = "subject";
inline const char* const kControl = "control";
inline const char* const kAttack = "attack";  ///< a role, and the field that holds the attack's spec
inline const char* const kSpec = "spec";
inline const char* const kOrder = "order";
inline const char* const kLabel = "label";
inline const char* const kEpsilon = "epsilon";
inline const char* const kIterations = "iterations";
inline const char* const kKind = "kind";
inline const char* const kWalk = "walk";
inline const char* const kOneShot = "one-shot";
/// The condition, and its role, in which a clean map in float32 is compared with the same map in float64: the rounding floor.
inline const char* const kRounding = "rounding";
/// The condition, and its role, in which the clean maps of a relevance walk are made with their ledger: where relevance leaks.
inline const char* const kLedger = "ledger";
inline const char* const kEuclidean = "-l2";  ///< ends the name of a condition whose epsilon is an L2 norm

/// The best selection metric of a sample: "ITERATE:VALUE" for the first judged iterate (1) and every one that made it better,
/// separated by spaces.
inline std::string trace(const std::string& explainer, const std::string& condition, const std::string& sample) {
  return key({"trace", explainer, condition, sample});
}

/// Why a sample has no map, in one line.
inline const char* const kFailure = "failure";
inline std::string failure(const std::string& explainer, const std::string& condition, const std::string& sample) {
  return key({kFailure, explainer, condition, sample});
}

/// What one sample's health warning measured: "VALUE THRESHOLD", exact numbers.
inline const char* const kWarning = "warning";
inline std::string warning(const std::string& explainer, const std::string& condition, const std::string& id,
                           const std::string& sample) {
  return key({kWarning, explainer, condition, id, sample});
}

// ---- Health warnings that a report words by more than their advice (attacks/health.h has them all) ----
namespace health {
inline const char* const kPiecewiseConstant = "piecewise-constant";
inline const char* const kZeroMap = "zero-map";
inline const char* const kNonFiniteMap = "non-finite-map";
inline const char* const kOutOfRange = "out-of-range-input";
inline const char* const kRandomised = "randomised-explainer";
inline const char* const kTies = "ties";
/// Whether a warning doubts the search, so that a better one may move the map further. The others are about the map or the
/// samples.
inline bool doubts_search(const std::string& id) {
  for (const char* other : {kPiecewiseConstant, kZeroMap, kNonFiniteMap, kOutOfRange, kRandomised, kTies}) {
    if (id == other) return false;
  }
  return true;
}
}  // namespace health

// ---- Metrics -----------------------------------------------------------------------------------------------------------------
inline const char* const kMetric = "metric";
/// field: "direction" = "higher-is-better" | "lower-is-better" | "neither", "trivial" = value of two equal maps, "unit", "title",
/// "spec" = canonical spec, "k" = the top-k share or count as people read it ("top 10 %", "top 1000"), "low" and "high" = range,
/// "order".
inline std::string metric(const std::string& name, const std::string& field) { return key({kMetric, name, field}); }

// ---- Suite "fragility": what each attacked sample yields besides its similarity metrics --------------------------------------
inline const char* const kFragility = "fragility";
namespace quantity {
inline const char* const kKept = "kept";                        ///< 1 where the original network predicts as before, else 0
inline const char* const kLinf = "linf";                        ///< max |delta|, pixel units
inline const char* const kL2 = "l2";                            ///< norm of delta, pixel units
inline const char* const kMeanAbsShare = "mean-abs-share";      ///< mean |delta| / epsilon
inline const char* const kEvaluations = "evaluations";          ///< samples' passes through the network, forward and backward
inline const char* const kLabelLostShare = "label-lost-share";  ///< share of iterates that lost the label
inline const char* const kProbabilityChange = "probability-change";  ///< |p'_t - p_t|
inline const char* const kTieShare = "tie-share";                    ///< ties across the top-k boundary / k
inline const char* const kSelectionBefore = "selection-before";      ///< the attack's own selection metric at the clean input
inline const char* const kSelectionAfter = "selection-after";  ///< the same at the selected iterate, by the attack's own maps
/// Of the condition "rounding": largest difference of the float32 map from the float64 map, over the latter's largest entry.
inline const char* const kRoundingError = "rounding-error";
/// Of the condition "ledger". Everything that leaks on the way from the output to the input, over what is explained (a thousandth
/// of the map's magnitude where that is larger); negative where relevance is created.
inline const char* const kRelevanceLeak = "relevance-leak";
/// Sum of the map's magnitudes on the same scale: 1 where the map has one sign and nothing leaks; at most 1000.
inline const char* const kRelevanceMagnitude = "relevance-magnitude";
inline const char* const kLeak = "leak";
/// The mean share of one node and column of the ledger, on the scale of kRelevanceLeak: a record of the whole condition.
inline std::string leak(const std::string& node, const std::string& operation, const std::string& column) {
  return key({kLeak, node, operation, column});
}
}  // namespace quantity

/// Whether a metric name is a quantity of the attack (effort) rather than a similarity.
inline bool is_quantity(const std::string& metric) {
  for (const char* name :
       {quantity::kKept, quantity::kLinf, quantity::kL2, quantity::kMeanAbsShare, quantity::kEvaluations,
        quantity::kLabelLostShare, quantity::kProbabilityChange, quantity::kTieShare, quantity::kSelectionBefore,
        quantity::kSelectionAfter, quantity::kRoundingError, quantity::kRelevanceLeak, quantity::kRelevanceMagnitude}) {
    if (metric == name) return true;
  }
  return metric.rfind(std::string(quantity::kLeak) + "|", 0) == 0;
}

/// A reason, and the field of a condition that says it in words.
inline constexpr const char* kNotApplicable = "not-applicable";

// ---- Pictures: parts of a PictureRecord; each file is one array [C,H,W] ------------------------------------------------------
namespace part {
inline const char* const kImage = "image";
inline const char* const kPerturbed = "perturbed";
inline const char* const kMapBefore = "map-before";
inline const char* const kMapAfter = "map-after";
inline const char* const kShift = "shift";    ///< what was added to the inputs
inline const char* const kTarget = "target";  ///< the picture that a map was to look like
}  // namespace part

}  // namespace faultline::facts
