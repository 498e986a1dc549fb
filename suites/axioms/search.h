#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/options.h"
#include "suites/axioms/verdict.h"

namespace faultline {

/// How long a counterexample is searched for.
struct AxiomSearch {
  int64_t data = 16;       ///< samples of the data, all in memory at once
  bool edge_cases = true;  ///< whether inputs at the edges of what is legal are tried
  int64_t cases = 30;      ///< random inputs
  int64_t climbs = 4;      ///< inputs from which the guided search starts
  int64_t steps = 20;      ///< of each
  int64_t shrink = 600;    ///< inputs tried to make a counterexample smaller; 0: the network is not cut either
  static const OptionTable<AxiomSearch>& options();
};

/// An input on which an axiom was tried.
struct AxiomCase {
  std::string origin;  ///< one of kFromData, ...
  Samples samples;     ///< what was explained together
  int64_t row = 0;     ///< the one of them that is meant
  Trial trial;
};

struct AxiomFindings {
  AxiomVerdict verdict;               ///< of all cases together
  std::vector<Trial> on_data;         ///< one a sample of the data that was tried
  std::optional<AxiomCase> refuting;  ///< the case with the largest violation; none where the axiom holds or does not apply
};

/// Where cases come from, as records name it.
inline constexpr const char* kFromData = "data";
inline constexpr const char* kFromEdges = "edge case";
inline constexpr const char* kFromRandom = "random case";
inline constexpr const char* kFromClimb = "guided search";

/// Tries the axiom on the problem's samples, then, until it is refuted, on edge cases, on random cases, and by climbing from the
/// inputs that came nearest: along the axiom's derivative on a smooth surrogate where it has one (Axiom::uphill), by random steps
/// where it has none; every step is judged on the network itself. Axioms about a share of samples are tried on data alone, since
/// other inputs are no sample of anything. Equal for equal seeds, whatever else runs.
AxiomFindings search(const Axiom& axiom, const AxiomProblem& problem, const AxiomSearch& budget);

/// Evaluations of the network, roughly: each of so many inputs costs the axiom some maps.
double search_cost(const Axiom& axiom, const Explainer& explainer, int64_t samples, const AxiomSearch& budget);

}  // namespace faultline
