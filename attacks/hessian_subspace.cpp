#include "attacks/hessian_subspace.h"

#include <numeric>

#include "attacks/beta_pilot.h"
#include "attacks/curved_surrogate.h"
#include "attacks/evolution_strategy.h"
#include "attacks/gradient_gauge.h"
#include "attacks/health.h"
#include "attacks/judge.h"
#include "attacks/projection.h"
#include "core/random.h"

namespace faultline {
namespace {

constexpr int64_t kPilotSteps = 5;

/// One sample's search: which points of the span it asks about next, and what it learns from the answers.
class SpanSearch {
 public:
  /// span: [m,d] orthonormal rows; reach: the farthest point of the budget.
  SpanSearch(at::Tensor span, double reach, const RandomStream& stream)
      : span_(std::move(span)),
        reach_(reach),
        stream_(stream),
        dimensions_(span_.size(0)),
        strategy_(std::max<int64_t>(1, dimensions_), reach / 2) {}

  /// The next point, [d]; zeros where the span is empty.
  at::Tensor next() {
    std::vector<double> z(static_cast<size_t>(std::max<int64_t>(1, dimensions_)), 0.0);
    if (asked_ < 2 * dimensions_) {
      z[static_cast<size_t>(asked_ / 2)] = asked_ % 2 == 0 ? reach_ : -reach_;
    } else {
      normals_.push_back(stream_.normals(static_cast<uint32_t>(asked_), z.size()));
      z = strategy_.candidate(normals_.back());
      for (size_t i = 0; i < z.size(); ++i) z[i] += centre_[i];
    }
    last_ = z;
    if (dimensions_ == 0) return at::zeros({span_.size(1)}, at::kDouble);
    return at::matmul(at::tensor(z, at::kDouble), span_);
  }

  void learn(const Judge::Verdict& verdict) {
    ++asked_;
    if (asked_ <= 2 * dimensions_) {
      if (verdict.keeps && verdict.score < best_axis_) {
        best_axis_ = verdict.score;
        centre_ = last_;
      }
      if (centre_.empty()) centre_.assign(last_.size(), 0.0);
      return;
    }
    if (centre_.empty()) centre_.assign(last_.size(), 0.0);
    verdicts_.push_back(verdict);
    if (static_cast<int64_t>(verdicts_.size()) < strategy_.candidates()) return;
    std::vector<int64_t> order(verdicts_.size());
    std::iota(order.begin(), order.end(), 0);
    // Those that keep the label come first, by their score; the others by how near they are to keeping it.
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
      const auto& x = verdicts_[static_cast<size_t>(a)];
      const auto& y = verdicts_[static_cast<size_t>(b)];
      if (x.keeps != y.keeps) return x.keeps;
      return x.keeps ? x.score < y.score : x.margin > y.margin;
    });
    strategy_.learn(normals_, order);
    // The mean stays where the budget is: as far from the clean input as its farthest point.
    strategy_.constrain([&](const std::vector<double>& mean) {
      double squares = 0;
      for (size_t i = 0; i < mean.size(); ++i) squares += std::pow(mean[i] + centre_[i], 2);
      const double shrink = std::min(1.0, reach_ / std::max(std::sqrt(squares), 1e-300));
      std::vector<double> out = mean;
      for (size_t i = 0; i < mean.size(); ++i) out[i] = (mean[i] + centre_[i]) * shrink - centre_[i];
      return out;
    });
    normals_.clear();
    verdicts_.clear();
  }

 private:
  at::Tensor span_;
  double reach_;
  RandomStream stream_;
  int64_t dimensions_, asked_ = 0;
  EvolutionStrategy strategy_;  ///< around centre_, the best axis point
  std::vector<double> centre_, last_;
  double best_axis_ = std::numeric_limits<double>::infinity();
  std::vector<std::vector<double>> normals_;
  std::vector<Judge::Verdict> verdicts_;
};

/// `count` orthonormal random vectors for row `row`, in the tangent space: what span=random searches instead.
at::Tensor random_span(const Curvature& curvature, int64_t row, int64_t count) {
  std::vector<at::Tensor> out;
  const int64_t most = curvature.samples().inputs[row].numel();
  for (int64_t draw = 0; static_cast<int64_t>(out.size()) < std::min(count, most) && draw < 2 * count; ++draw) {
    at::Tensor v = curvature.random(row, draw);
    const double before = v.norm().item<double>();
    for (int pass = 0; pass < 2; ++pass) {
      for (const auto& other : out) v = v - (v * other).sum() * other;
    }
    const double length = v.norm().item<double>();
    if (length > 1e-6 * before) out.push_back(v / length);  // else the tangent space has no further dimension
  }
  return out.empty() ? at::zeros({0, most}, at::kDouble) : at::stack(out);
}

}  // namespace

const OptionTable<HessianSubspace::Options>& HessianSubspace::options() {
  static const auto table =
      OptionTable<Options>()
          .include(&Options::candidate, CandidateOptions::options())
          .include(&Options::curvature, CurvatureOptions::options())
          .include(&Options::surrogate, SurrogateOptions::options())
          .choice<Options::Span>("span", &Options::span, {{"hessian", Options::Span::hessian}, {"random", Options::Span::random}},
                                 "directions that are searched; random: as a control, orthonormal ones of the tangent space")
          .integer("dimensions", &Options::dimensions, {1, 1000}, "leading vectors that span the search", "attacks sheet 4.5")
          .integer("queries", &Options::queries, {2, 1000000}, "candidates judged");
  return table;
}

HessianSubspace::HessianSubspace(Options options) : options_(std::move(options)) {
  check(options_.surrogate);
  if (options_.surrogate.changes_with_iteration())
    throw_usage(kName, "looks at one surrogate, and a schedule of beta= or anneal= has many", "give beta=auto or beta=B");
  options_.candidate.search(1).selection_metric();
}

AttackFacts HessianSubspace::facts() const {
  const SearchOptions search = options_.candidate.search(options_.queries);
  AttackFacts facts;
  facts.label = kName + search.label_suffix();
  facts.needs_gradient = true;
  facts.iterations = options_.queries;
  facts.selection = print(search.selection_spec());
  facts.selection_name = search.selection_spec().name;
  facts.norm = options_.candidate.norm;
  facts.epsilon = options_.candidate.epsilon;
  return facts;
}

double HessianSubspace::cost(const Explainer& explainer) const {
  const SearchOptions search = options_.candidate.search(options_.queries);
  CurvatureOptions curvature = options_.curvature;
  if (options_.span == Options::Span::random) curvature.steps = 0;
  return (1 + static_cast<double>(options_.queries)) * search.passes_to_judge(explainer) +
         curvature_cost(curvature, search.points_inside(explainer));
}

double HessianSubspace::preparation_cost(const Explainer& explainer, int64_t samples) const {
  if (options_.surrogate.kind == SurrogateOptions::Kind::none || options_.surrogate.beta != "auto") return 0;
  const auto attacked = static_cast<double>(std::min(samples, options_.surrogate.pilot_samples));
  return pilot_overhead(options_.candidate.search(1), options_.surrogate, explainer, samples) +
         kPilotCandidates * attacked * HessianSubspace(pilot_options()).cost(explainer);
}

HessianSubspace::Options HessianSubspace::pilot_options() const {
  Options out = options_;
  out.curvature.steps = std::min(out.curvature.steps, kPilotSteps);
  out.dimensions = 1;
  out.queries = 2;
  return out;
}

Preparation HessianSubspace::prepare(const AttackProblem& problem) const {
  const SurrogateOptions smoothing = smoothing_for(options_.surrogate, options_.curvature, problem.network, problem.explainer);
  if (!smoothing.is_auto()) return {};
  return choose_beta(problem, options_.candidate.search(1), smoothing, [&](const AttackProblem& pilot, double beta) {
    Options options = pilot_options();
    options.surrogate.beta = exact_number(beta);
    return HessianSubspace(std::move(options)).run(pilot, {});
  });
}

AttackResult HessianSubspace::run(const AttackProblem& problem, const Preparation& preparation) const {
  const at::NoGradGuard no_graph;
  Judge judge(problem, options_.candidate.search(options_.queries));
  const std::vector<int64_t> rows = judge.active();
  const Budget& budget = judge.budget();
  if (rows.empty()) return judge.finish(budget.epsilon);
  PassCount passes;
  Context context = problem.context;
  context.passes = &passes;
  const auto found = preparation.find("beta");
  const CurvedSurrogate view(problem, judge.explainer(), budget,
                             smoothing_for(options_.surrogate, options_.curvature, problem.network, problem.explainer),
                             found == preparation.end() ? std::nullopt : std::optional<double>(found->second), options_.curvature,
                             rows, context);
  judge.account(&passes, rows);
  const Samples& clean = view.clean();
  const int64_t elements = clean.inputs[0].numel();
  const bool is_random = options_.span == Options::Span::random;
  const auto pairs =
      is_random ? std::vector<RitzPairs>(rows.size()) : view.curvature().leading([&](const std::vector<int64_t>& places) {
        std::vector<int64_t> spent;
        for (const int64_t place : places) spent.push_back(rows[static_cast<size_t>(place)]);
        judge.account(&passes, spent);
      });
  const double reach = budget.epsilon * (budget.norm == Norm::linf ? std::sqrt(static_cast<double>(elements)) : 1);
  std::vector<SpanSearch> searches;
  std::vector<double> values;
  for (size_t i = 0; i < pairs.size(); ++i) {
    const auto& vectors = pairs[i].vectors;
    const bool any = vectors.defined() && vectors.size(0) > 0;
    const auto leading = any ? vectors.slice(0, 0, options_.dimensions).clone() : at::zeros({0, elements}, at::kDouble);
    const auto span = is_random ? random_span(view.curvature(), static_cast<int64_t>(i), options_.dimensions) : leading;
    searches.emplace_back(span, reach, RandomStream(context.seed, std::string("attack/") + kName, clean.ids[i]));
    values.push_back(pairs[i].is_finite && !pairs[i].values.empty() ? pairs[i].values[0] : std::nan(""));
  }
  GradientGauge gauge(problem.samples.size(), budget.epsilon);
  if (!is_random) gauge.record(at::tensor(values, at::kDouble).unsqueeze(1) * leading_vectors(pairs, elements), {}, rows);
  for (int64_t query = 1; query <= options_.queries; ++query) {
    std::vector<at::Tensor> moves;
    for (auto& search : searches) moves.push_back(search.next());
    const auto move = at::stack(moves).to(clean.inputs.device(), clean.inputs.scalar_type()).reshape(clean.inputs.sizes());
    judge.judge(project(clean.inputs + move, clean.inputs, budget, problem.context.range), rows, query);
    for (size_t i = 0; i < searches.size(); ++i) searches[i].learn(judge.verdicts()[i]);
  }
  AttackResult result = judge.finish(reach, is_random ? nullptr : &gauge);
  add_randomness_warnings(problem, judge.explainer(), judge.clean_maps(), &result.outcomes);
  return result;
}

}  // namespace faultline
