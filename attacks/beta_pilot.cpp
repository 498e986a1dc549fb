#include "attacks/beta_pilot.h"

#include <limits>

#include "attacks/health.h"
#include "metrics/summary.h"

namespace faultline {
namespace {

constexpr double kLeastAgreement = 0.95;

double share_of(const std::vector<bool>& flags) {
  return static_cast<double>(std::count(flags.begin(), flags.end(), true)) / static_cast<double>(flags.size());
}

const char* const kSoftplus = "softplus";
const char* const kSoftPool = "soft-pool";

bool has_maxima(const Network& network) {
  const auto& nodes = network.graph().nodes;
  return std::any_of(nodes.begin(), nodes.end(), [](const Node& node) {
    return node.op == Op::max_pool || node.op == Op::adaptive_max_pool || node.op == Op::maximum_over;
  });
}

}  // namespace

double pilot_score(const AttackResult& result, const SearchOptions& search) {
  const bool higher_is_better = search.selection_metric()->facts().direction == Direction::higher_is_better;
  double total = 0;
  int64_t used = 0;
  for (const auto& outcome : result.outcomes) {
    if (!outcome.reason.empty()) continue;
    total += higher_is_better ? outcome.after : -outcome.after;
    ++used;
  }
  return used ? total / static_cast<double>(used) : 0;
}

Samples pilot_samples(const AttackProblem& problem, const SurrogateOptions& smoothing) {
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < std::min(problem.samples.size(), smoothing.pilot_samples); ++row) rows.push_back(row);
  return problem.samples.select(rows);
}

std::vector<SurrogateOptions> smoothing_choices(const SurrogateOptions& options, const Network& network,
                                                const Explainer& explainer) {
  using Kind = SurrogateOptions::Kind;
  using Pool = SurrogateOptions::Pool;
  const SurrogateOptions resolved = options.resolved(network, explainer);
  if (options.pool != Pool::automatic) return {resolved};
  if (explainer.traits().holds_network && resolved.kind == Kind::none) {
    SurrogateOptions bare = resolved;
    bare.pool = Pool::hard;
    return {bare};
  }
  std::vector<SurrogateOptions> out;
  const auto add = [&](Kind kind, Pool pool) {
    out.push_back(resolved);
    out.back().kind = kind;
    out.back().pool = pool;
  };
  if (resolved.kind == Kind::none) add(Kind::none, Pool::hard);
  if (resolved.kind == Kind::softplus || options.kind == Kind::automatic) {
    add(Kind::softplus, Pool::soft);
    if (has_maxima(network)) add(Kind::softplus, Pool::hard);
  }
  return out;
}

void note_choice(const SurrogateOptions& choice, Preparation* preparation) {
  (*preparation)[kSoftplus] = choice.kind == SurrogateOptions::Kind::softplus;
  (*preparation)[kSoftPool] = choice.pool != SurrogateOptions::Pool::hard;
}

SurrogateOptions as_chosen(SurrogateOptions resolved, const Preparation& preparation) {
  const auto softplus = preparation.find(kSoftplus), soft = preparation.find(kSoftPool);
  if (softplus == preparation.end() || soft == preparation.end()) return resolved;
  resolved.kind = softplus->second > 0 ? SurrogateOptions::Kind::softplus : SurrogateOptions::Kind::none;
  resolved.pool = soft->second > 0 ? SurrogateOptions::Pool::soft : SurrogateOptions::Pool::hard;
  return resolved;
}

Preparation choose_beta(const AttackProblem& problem, const SearchOptions& search, const SurrogateOptions& smoothing,
                        const ShortAttack& attack) {
  const auto candidates = beta_candidates(problem.network, problem.samples.inputs);
  if (candidates.betas.empty()) return {};
  const Samples few = pilot_samples(problem, smoothing);
  Preparation best{{"scale", candidates.scale}};
  double best_score = std::numeric_limits<double>::infinity();
  PassCount passes;
  Context context = problem.context;
  context.passes = &passes;
  const AttackProblem pilot{problem.network, problem.explainer, few, problem.epsilon, context};
  for (const double beta : candidates.betas) {
    const double agreement = share_of(labels_agree(problem.network, smoothing.surrogate(problem.network, beta), problem.samples));
    passes.forward += 2 * problem.samples.size();
    // Where none is faithful enough the sharpest, nearest to the original, is taken; its mismatch is then a warning.
    const bool last_resort = beta == candidates.betas.back() && !best.count("beta");
    if (agreement < kLeastAgreement && !last_resort) continue;
    const double score = pilot_score(attack(pilot, beta), search);
    if (score < best_score) {
      best_score = score;
      best["beta"] = beta;
      best["label-agreement"] = agreement;
    }
  }
  const Network surrogate = smoothing.surrogate(problem.network, best.at("beta"));
  std::unique_ptr<Explainer> holder;
  const Explainer& explainer = explainer_inside(problem.explainer, search.steps, &holder);
  const std::unique_ptr<Explainer> stand_in = explainer.stand_in(problem.network);
  auto spearman = map_spearman(explainer.explain(problem.network, few, context).maps,
                               (stand_in ? *stand_in : explainer).explain(surrogate, few, context).maps);
  spearman.erase(std::remove_if(spearman.begin(), spearman.end(), [](double v) { return std::isnan(v); }), spearman.end());
  if (!spearman.empty()) best["clean-spearman"] = median(spearman);
  best["evaluations"] = static_cast<double>(passes.forward + passes.double_backward);
  return best;
}

double pilot_overhead(const SearchOptions& search, const SurrogateOptions& smoothing, const Explainer& explainer,
                      int64_t samples) {
  const auto attacked = static_cast<double>(std::min(samples, smoothing.pilot_samples));
  return kPilotCandidates * 2 * static_cast<double>(samples) +
         2 * attacked * static_cast<double>(search.points_inside(explainer));
}

}  // namespace faultline
