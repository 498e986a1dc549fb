#include "attacks/spsa.h"

#include <cmath>

#include "attacks/projection.h"
#include "models/adam.h"

namespace faultline {
namespace {

double step_of(const Spsa::Options& options, const Budget& budget) { return options.step.value_or(budget.epsilon / 8); }

}  // namespace

const OptionTable<Spsa::Options>& Spsa::options() {
  static const auto table =
      OptionTable<Options>()
          .include(&Options::shared, TiledQueryOptions::options())
          .integer("pairs", &Options::pairs, {1, 1000000}, "pairs of queries an iteration", "Uesato 2018: 64 to 4096")
          .number_or("auto", "smoothing", &Options::smoothing, {1e-12, 1e9},
                     "size of the pairs along each element; auto: epsilon/4 (L2: a length, shared by all elements)",
                     "Uesato 2018: 0.01; attacks sheet 6.2", "pixel units")
          .number_or("auto", "step", &Options::step, {0, 1e9},
                     "Adam's learning rate; auto: epsilon/8 (L2: a length, shared by all elements)",
                     "Uesato 2018: 0.01; attacks sheet 6.2", "pixel units")
          .choice<Gains>("gains", &Options::gains, {{"constant", Gains::constant}, {"spall", Gains::falling}},
                         "spall: steps fall as (k + 1 + A)^-0.602, A a tenth of the iterations, the smoothing as (k + 1)^-0.101",
                         "Spall 1998");
  return table;
}

Spsa::Spsa(Options options) : QueryAttack(kName, options.shared.query, options.shared.norm), options_(std::move(options)) {}

double Spsa::step_gain(int64_t k, int64_t iterations) {
  const double a = static_cast<double>(iterations) / 10;
  return std::pow((1 + a) / (static_cast<double>(k) + 1 + a), 0.602);
}

double Spsa::smoothing_gain(int64_t k) { return std::pow(static_cast<double>(k) + 1, -0.101); }

int64_t Spsa::used() const { return queries_of_iterations(pairs_of_iterations(query().queries, options_.pairs)); }

double Spsa::reach(const Budget& budget) const {
  // Adam's steps are at most about the learning rate along each element; in L2 that is shared by all.
  return step_of(options_, budget) * static_cast<double>(pairs_of_iterations(query().queries, options_.pairs).size());
}

void Spsa::search(QuerySearch& search) const {
  const Budget& budget = search.budget();
  const Tiling tiling(search.clean(), options_.shared.tile);
  const auto iterations = pairs_of_iterations(query().queries, options_.pairs);
  const double smoothing = search.per_element(options_.smoothing.value_or(budget.epsilon / 4));
  Estimate how;
  how.directions = Directions::signs;
  // In double, so that a step in float32 does not round the way Adam remembers.
  const at::Tensor clean = search.clean().to(at::kDouble);
  at::Tensor x = clean.clone();
  AdamOptions adam_options;
  adam_options.learning_rate = search.per_element(step_of(options_, budget));
  Adam adam({x}, adam_options);
  for (size_t k = 0; k < iterations.size(); ++k) {
    const auto number = static_cast<int64_t>(k);
    const bool falls = options_.gains == Gains::falling;
    how.pairs = iterations[k];
    how.smoothing = smoothing * (falls ? smoothing_gain(number) : 1);
    const auto here = x.to(search.clean().scalar_type());
    const auto before = x.clone();
    adam.step({-estimate_gradient(search, tiling, here, how, number + 1)});
    if (falls) x.copy_(before + (x - before) * step_gain(number, static_cast<int64_t>(iterations.size())));
    x.copy_(project(x, clean, budget, search.range()));
    search.judge(project(x.to(here.scalar_type()), search.clean(), budget, search.range()));
  }
}

}  // namespace faultline
