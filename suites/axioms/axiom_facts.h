#pragma once
#include <string>

#include "suites/facts.h"

namespace faultline::facts {

/// The names that the suite "axioms" writes and its page reads. A condition is an axiom ("conservativity"), kClaims or
/// kStability.
inline constexpr const char* kAxioms = "axioms";

namespace axioms {

// ---- Fields of an axiom's condition; facts::kOrder is its place among the axioms (0, 1, ...) ----
inline const char* const kRoleAxiom = "axiom";
inline const char* const kClaimed = "claimed";  ///< kYes or kNo
inline const char* const kYes = "yes";
inline const char* const kNo = "no";
inline const char* const kClaimReason = "claim-reason";  ///< why the method claims it; with kYes
inline const char* const kStatement = "statement";       ///< "sum R(x) = f(x)"
inline const char* const kSource = "source";             ///< "Bach 2015"
inline const char* const kScale = "scale";               ///< what gaps are divided by, in words
inline const char* const kWhyTolerance = "why-tolerance";
inline const char* const kVerdict = "verdict";  ///< one of the next four
inline const char* const kHolds = "holds";
inline const char* const kRefuted = "refuted";
inline const char* const kNotTried = "not tried";
// facts::kNotApplicable is the fourth, and the field that says why.
inline const char* const kWords = "words";  ///< the verdict as a sentence: "holds on 53 cases"
// Where it is refuted: the counterexample, shrunk.
inline const char* const kOrigin = "case-origin";        ///< "data", "edge case", "random case", "guided search"
inline const char* const kCaseSample = "case-sample";    ///< name of the sample, or which case: "case 17"
inline const char* const kCaseTarget = "case-target";    ///< class
inline const char* const kFound = "case-found";          ///< exact number: the side that the map is on
inline const char* const kWanted = "case-wanted";        ///< exact number: what the axiom asks
inline const char* const kGap = "case-gap";              ///< exact number, relative; "inf" where it is not finite
inline const char* const kAt = "case-at";                ///< the element, class or network that came out worst
inline const char* const kDiffering = "case-differing";  ///< elements that differ from the base, after shrinking
inline const char* const kElements = "case-elements";    ///< of an input
inline const char* const kBase = "case-base";            ///< the base in words that follow "differ from": "black"
inline const char* const kFolder = "case-folder";        ///< relative to the run: replayed by axioms:replay=DIR
/// Of the smallest part of the network that still fails, from one node to the output: "fc2 to output (2 of 9 layers)".
inline const char* const kPart = "case-part";
/// The layer that loses most relevance, by the ledger: "fc1: 0.31 of what is explained, bias".
inline const char* const kLostAt = "case-lost-at";

// ---- Records of an axiom's condition ----
inline const char* const kViolation = "violation";  ///< of each sample of the data: relative gap
inline const char* const kNotAsked = "not-asked";   ///< its reason where the axiom is tried on fewer samples (data=N)
// Of the whole condition.
inline const char* const kIsClaimed = "is-claimed";  ///< 1 or 0
inline const char* const kIsRefuted = "is-refuted";  ///< 1 or 0; none where nothing was tried
inline const char* const kTolerance = "tolerance";   ///< what the relative gap may be
inline const char* const kCases = "cases";           ///< inputs on which it was tried: data, edge cases and search
inline const char* const kFailures = "failures";     ///< of them
inline const char* const kWorst = "worst-violation";
/// Of a counterexample, by an explainer with a ledger: the relevance that is left after a node, on the way from the output to the
/// input, over what is explained. parts: {kLayerSum, place from 0, node, operation}.
inline const char* const kLayerSum = "layer-sum";

// ---- Condition kClaims: one explainer's promises together; records of the whole condition ----
inline const char* const kClaims = "claims";
inline const char* const kClaimCount = "claims";
inline const char* const kRefutedClaims = "refuted-claims";
inline const char* const kUntriedClaims = "untried-claims";

// ---- Condition kStability: one record a sample and stability metric, named by the metric. facts::metric(NAME, kOrder) is a
// metric's place in the table, facts::metric(NAME, "title") what it measures in words. ----
inline const char* const kStability = "stability";
/// What rounding alone would make of the metric: the same with the map in the other dtype in place of the other input's map.
inline const char* const kRoundingOf = "rounding-";
/// The largest local Lipschitz quotient that the guided search found, where it was asked for.
inline const char* const kGuidedLipschitz = "guided-local-lipschitz";

// ---- Pictures of a counterexample: facts::part::kImage is the input as found, kMapBefore its map, kPerturbed the shrunk input,
// kMapAfter its map, and where both sides of the axiom are maps: ----
inline const char* const kMapWanted = "map-wanted";  ///< what the axiom asks of the shrunk input's map

}  // namespace axioms
}  // namespace faultline::facts
