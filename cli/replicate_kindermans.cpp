#include "cli/replication.h"
#include "suites/shift_facts.h"

namespace faultline {
namespace {

const char* const kFile = "kindermans2017_constant_shift.csv";
const char* const kPart = "shift";

/// A published row and where it is measured: explainer, and condition behind the shift's name.
struct Place {
  const char* published;
  const char* condition;  ///< the paper's, as it begins
  const char* explainer;
  const char* shift;      ///< "shift=-1" or "shift=chequers"
  const char* reference;  ///< ends the condition
};
const Place kPlaces[] = {{"gradient", "constant shift m2", "gradient", "shift=-1", "compensate=first-linear"},
                         {"guided-backprop", "constant shift m2", "guided-backprop", "shift=-1", "compensate=first-linear"},
                         {"pattern-net", "constant shift m2", "pattern-net:estimator=s-a", "shift=-1", "compensate=first-linear"},
                         {"gradient-x-input", "constant shift m2", "gradient-x-input", "shift=-1", "compensate=first-linear"},
                         {"integrated-gradients:baseline=black image of each network", "constant shift m2",
                          "integrated-gradients:steps=50", "shift=-1", "baseline=black"},
                         // The method's own baseline is zero.
                         {"integrated-gradients:baseline=zero", "constant shift m2", "integrated-gradients:steps=50", "shift=-1",
                          "compensate=first-linear"},
                         {"integrated-gradients:baseline=black image;baseline=zero", "constant shift by a chequered",
                          "integrated-gradients:steps=50", "shift=chequers", "baseline=black"},
                         {"deep-taylor:root=zero (LRP)", "constant shift m2", "lrp", "shift=-1", "compensate=first-linear"},
                         {"deep-taylor:root=pattern-attribution", "constant shift m2", "pattern-attribution:estimator=s-a",
                          "shift=-1", "compensate=first-linear"}};

std::vector<ReplicationPart> parts(const std::string&) {
  ReplicationPart part{kPart, {{"samples", "16"}, {"dtype", "float64"}, {"suite", "shift"}}};
  for (const char* explainer : {"gradient", "guided-backprop", "gradient-x-input", "integrated-gradients:steps=50", "lrp",
                                "pattern-net:estimator=s-a", "pattern-attribution:estimator=s-a"})
    part.options.emplace_back("explainer", explainer);
  return {part};
}

/// The condition of the suite, which says whether maps are invariant for the whole of it.
const ConditionSummary* condition_at(const RunSummary& run, const Place& place) {
  for (const auto& condition : run.others) {
    const std::string& name = condition.condition;
    const std::string end = place.reference;
    if (condition.explainer == place.explainer && name.rfind(place.shift, 0) == 0 && name.size() >= end.size() &&
        name.compare(name.size() - end.size(), end.size(), end) == 0 && condition.whole.count(facts::quantity::kIsInvariant))
      return &condition;
  }
  return nullptr;
}

ReplicationResult compare(const PartRuns& runs) {
  ReplicationResult out;
  out.remarks = {
      "1: the same map for both networks, 0: another one. The paper judges by eye and prints no distance; here a map "
      "counts as the same where it changes by at most 1e-8 of its norm in float64.",
      "Pattern methods are fitted on the shifted data for the second network. The paper does not name its estimator; here "
      "it is S_a, since S_a+- subtracts a mean over other samples and is not invariant."};
  const auto run = runs.find(kPart);
  if (run == runs.end()) return out;
  for (const auto& row : published_figures(kFile)) {
    if (!row.value || row.metric != "input-invariance") continue;
    for (const auto& place : kPlaces) {
      if (row.explainer != place.published || row.condition.rfind(place.condition, 0) != 0) continue;
      const ConditionSummary* condition = condition_at(run->second, place);
      ComparedFigure figure{place.explainer,
                            std::string(place.shift) + ", " + place.reference,
                            row.value,
                            std::nullopt,
                            std::nullopt,
                            std::nullopt,
                            0,
                            ""};
      CheckedOrdering claim{
          std::string(row.explainer) + ", " + place.shift + ": " + (*row.value > 0.5 ? "the same map" : "another map"),
          std::nullopt, ""};
      if (condition) {
        figure.measured = condition->whole.at(facts::quantity::kIsInvariant);
        if (const MetricSummary* change = condition->metric(facts::quantity::kRelativeChange); change && change->used > 0) {
          figure.used = change->used;
          char text[96];
          std::snprintf(text, sizeof text, "relative change %.2g on average, %.2g at most", change->mean, change->maximum);
          figure.note = claim.figures = text;
        }
        claim.holds = *figure.measured == *row.value;
      }
      out.figures.push_back(std::move(figure));
      out.orderings.push_back(std::move(claim));
    }
  }
  return out;
}

}  // namespace

Replication kindermans_2017() {
  return {"kindermans-2017", "Kindermans et al. 2017: The (un)reliability of saliency methods", "an MLP for MNIST and the digits",
          parts, compare};
}

}  // namespace faultline
