#include "suites/axioms/search.h"

#include <algorithm>

#include "attacks/surrogate.h"
#include "core/error.h"
#include "core/random.h"
#include "explainers/legal_bounds.h"
#include "explainers/point_list.h"
#include "suites/axioms/case_inputs.h"

namespace faultline {
namespace {

constexpr int64_t kTogether = 6;                  // random cases tried in one call
constexpr uint64_t kEdgeIds = uint64_t{1} << 40;  // apart from those of data and of random cases
constexpr double kFirstStep = 0.1;                // of the range's width
constexpr double kLastStep = 1e-6;
constexpr size_t kSharpness = 2;  // of the surrogate: the third of the candidates that attacks choose from

/// Inputs that were tried and hold, those first that came nearest to a refutation.
class Nearest {
 public:
  void add(const Samples& samples, const std::vector<Trial>& trials) {
    for (size_t row = 0; row < trials.size(); ++row) {
      if (!trials[row].reason.empty()) continue;
      found_.push_back({"", samples.select({static_cast<int64_t>(row)}), 0, trials[row]});
    }
  }
  std::vector<AxiomCase> take(int64_t count) {
    std::stable_sort(found_.begin(), found_.end(),
                     [](const auto& a, const auto& b) { return a.trial.height() > b.trial.height(); });
    found_.resize(std::min(found_.size(), static_cast<size_t>(count)));
    return found_;
  }

 private:
  std::vector<AxiomCase> found_;
};

class Search {
 public:
  Search(const Axiom& axiom, const AxiomProblem& problem, const AxiomSearch& budget)
      : axiom_(axiom), problem_(problem), budget_(budget) {}

  AxiomFindings run() {
    out_.verdict = judge(axiom_, problem_);
    out_.on_data = out_.verdict.trials;
    if (!out_.verdict.does_not_apply.empty()) return out_;
    keep(kFromData, problem_.samples, out_.on_data);
    if (axiom_.facts().share < 1) return out_;
    if (budget_.edge_cases && !is_over()) try_cases(kFromEdges, edge_cases(problem_.network, problem_.context.range, kEdgeIds));
    for (int64_t done = 0; done < budget_.cases && !is_over(); done += kTogether) {
      const auto number = static_cast<uint32_t>(done / kTogether);
      try_cases(kFromRandom, random_cases(problem_.network, problem_.samples, problem_.context,
                                          std::min(kTogether, budget_.cases - done), number));
    }
    if (!is_over() && budget_.steps > 0) climb();
    return out_;
  }

 private:
  bool is_over() const { return out_.verdict.is_refuted(); }

  void try_cases(const char* origin, const Samples& samples) {
    AxiomVerdict verdict = judge(axiom_, {problem_.explainer, problem_.network, samples, problem_.context});
    // What a method refuses on one kind of input it may take on others.
    if (!verdict.does_not_apply.empty()) return;
    keep(origin, samples, verdict.trials);
    out_.verdict.add(verdict);
  }

  void keep(const char* origin, const Samples& samples, const std::vector<Trial>& trials) {
    nearest_.add(samples, trials);
    for (size_t row = 0; row < trials.size(); ++row) {
      const Trial& trial = trials[row];
      if (!trial.reason.empty() || trial.violation() <= out_.verdict.tolerance) continue;
      if (out_.refuting && !(trial.violation() > out_.refuting->trial.violation())) continue;
      out_.refuting = AxiomCase{origin, samples, static_cast<int64_t>(row), trial};
    }
  }

  /// Each row moves as long as the violation grows, by shorter and shorter steps.
  void climb() {
    const auto starts = nearest_.take(budget_.climbs);
    if (starts.empty()) return;
    std::vector<Samples> parts;
    std::vector<double> best;
    for (const auto& start : starts) {
      parts.push_back(start.samples);
      best.push_back(start.trial.height());
    }
    Samples at = joined(parts);
    const LegalBounds bounds = legal_bounds(problem_.context.range, at.inputs);
    const double width = problem_.context.range.width();
    std::vector<double> steps(starts.size(), kFirstStep * width);
    for (int64_t t = 0; t < budget_.steps && !is_over(); ++t) {
      const at::Tensor moved = bounds.clip(at.inputs + column_of(steps, at.inputs) * direction(at, t));
      const Samples candidates = at.with_inputs(moved);
      const AxiomVerdict verdict = judge(axiom_, {problem_.explainer, problem_.network, candidates, problem_.context});
      if (!verdict.does_not_apply.empty()) return;
      keep(kFromClimb, candidates, verdict.trials);
      out_.verdict.add(verdict);
      const at::Tensor next = at.inputs.clone();
      for (size_t row = 0; row < steps.size(); ++row) {
        const Trial& trial = verdict.trials[row];
        const auto i = static_cast<int64_t>(row);
        if (trial.reason.empty() && trial.height() > best[row]) {
          best[row] = trial.height();
          next[i].copy_(moved[i]);
        } else {
          steps[row] = std::max(steps[row] / 2, kLastStep * width);
        }
      }
      at = at.with_inputs(next);
    }
  }

  /// Signs of the derivative; random numbers in [-1,1] for the rows that have none.
  at::Tensor direction(const Samples& at, int64_t step) {
    at::Tensor derivative;
    try {
      derivative = axiom_.uphill({problem_.explainer, smooth_network(at), at, problem_.context});
    } catch (const Error&) {
      // The method does not read the surrogate; the search goes on without it.
    }
    if (derivative.defined()) derivative = derivative.sign().nan_to_num(0);
    at::Tensor out = at::empty_like(at.inputs);
    for (int64_t row = 0; row < at.size(); ++row) {
      if (derivative.defined() && derivative[row].any().item<bool>()) {
        out[row].copy_(derivative[row]);
        continue;
      }
      const RandomStream stream(problem_.context.seed, "axioms/climb", at.ids[static_cast<size_t>(row)]);
      const auto u = stream.uniforms(static_cast<uint32_t>(step), static_cast<size_t>(out[row].numel()));
      out[row].copy_((at::tensor(u, at::kDouble) * 2 - 1).reshape(out[row].sizes()));
    }
    return out;
  }

  const Network& smooth_network(const Samples& at) {
    if (!smooth_) {
      SurrogateOptions smoothing;
      smoothing.pool = SurrogateOptions::Pool::soft;
      const auto betas = beta_candidates(problem_.network, at.inputs).betas;
      smooth_ =
          betas.empty() ? problem_.network : smoothing.surrogate(problem_.network, betas[std::min(kSharpness, betas.size() - 1)]);
    }
    return *smooth_;
  }

  const Axiom& axiom_;
  const AxiomProblem& problem_;
  const AxiomSearch& budget_;
  AxiomFindings out_;
  Nearest nearest_;
  std::optional<Network> smooth_;
};

}  // namespace

const OptionTable<AxiomSearch>& AxiomSearch::options() {
  static const auto table =
      OptionTable<AxiomSearch>()
          .integer("data", &AxiomSearch::data, {1, 1024}, "samples of the data on which each axiom is tried")
          .flag("edge-cases", &AxiomSearch::edge_cases, "whether it is tried next on inputs at the edges of what is legal")
          .integer("cases", &AxiomSearch::cases, {0, 1000000}, "random inputs on which it is tried then")
          .integer("climbs", &AxiomSearch::climbs, {1, 1000}, "inputs from which the guided search starts")
          .integer("steps", &AxiomSearch::steps, {0, 100000}, "steps of the guided search; 0: none")
          .integer("shrink", &AxiomSearch::shrink, {0, 1000000},
                   "inputs tried to make a counterexample smaller; 0: the network is not cut to its smallest part either",
                   "Zeller, Hildebrandt 2002");
  return table;
}

AxiomFindings search(const Axiom& axiom, const AxiomProblem& problem, const AxiomSearch& budget) {
  return Search(axiom, problem, budget).run();
}

double search_cost(const Axiom& axiom, const Explainer& explainer, int64_t samples, const AxiomSearch& budget) {
  constexpr double kEdges = 7, kOutputs = 2;
  constexpr double kShrinking = 0.3;  // of that budget: most axioms hold, and many cases shrink to nothing at once
  const bool is_searched = axiom.facts().share >= 1;
  const double inputs =
      static_cast<double>(samples) +
      (is_searched ? (budget.edge_cases ? kEdges : 0) + static_cast<double>(budget.cases + budget.climbs * budget.steps) +
                         kShrinking * static_cast<double>(budget.shrink)
                   : 0);
  const auto points = static_cast<double>(std::max<int64_t>(1, explainer.traits().points));
  return inputs * (axiom.facts().maps * points + kOutputs);
}

}  // namespace faultline
