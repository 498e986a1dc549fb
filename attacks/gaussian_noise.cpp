#include "attacks/gaussian_noise.h"

#include "attacks/judge.h"
#include "attacks/projection.h"
#include "core/random.h"
#include "models/rows.h"

namespace faultline {

const OptionTable<GaussianNoise::Options>& GaussianNoise::options() {
  static const auto table =
      OptionTable<Options>()
          .include(&Options::candidate, CandidateOptions::options())
          .number_or("auto", "sigma", &Options::sigma, {0, 1e9}, "standard deviation; auto: epsilon/2", "", "pixel units");
  return table;
}

GaussianNoise::GaussianNoise(Options options) : options_(std::move(options)) { search().selection_metric(); }

AttackFacts GaussianNoise::facts() const {
  const SearchOptions common = search();
  AttackFacts facts;
  facts.label = kName + common.label_suffix();
  facts.is_control = true;
  facts.selection = print(common.selection_spec());
  facts.selection_name = common.selection_spec().name;
  facts.norm = options_.candidate.norm;
  facts.epsilon = options_.candidate.epsilon;
  facts.kind = "one-shot";
  return facts;
}

double GaussianNoise::cost(const Explainer& explainer) const { return 2 * search().passes_to_judge(explainer); }

AttackResult GaussianNoise::run(const AttackProblem& problem, const Preparation&) const {
  const at::NoGradGuard no_graph;
  const Samples& samples = problem.samples;
  Judge judge(problem, search());
  const Budget& budget = judge.budget();
  const std::vector<int64_t> rows = judge.active();
  if (rows.empty()) return judge.finish(budget.epsilon);
  const auto clean = samples.inputs.index_select(0, index_of(rows, samples.inputs));
  auto noisy = clean.clone();
  for (size_t i = 0; i < rows.size(); ++i) {
    auto place = noisy[static_cast<int64_t>(i)];
    const auto z = RandomStream(problem.context.seed, "attack/gaussian-noise", samples.ids[rows[i]])
                       .normals(0, static_cast<size_t>(place.numel()));
    auto move = at::tensor(z, at::kDouble).reshape(place.sizes());
    move = budget.norm == Norm::l2 ? move * (budget.epsilon / move.norm().item<double>())
                                   : move * options_.sigma.value_or(budget.epsilon / 2);
    place += move.to(noisy.device(), noisy.scalar_type());
  }
  judge.judge(project(noisy, clean, budget, problem.context.range), rows, 1);
  return judge.finish(budget.epsilon);
}

}  // namespace faultline
