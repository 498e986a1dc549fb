#include "attacks/nes.h"

#include "attacks/motion.h"
#include "attacks/projection.h"

namespace faultline {
namespace {

double step_of(const Nes::Options& options, const Budget& budget) { return options.step.value_or(budget.epsilon / 8); }

}  // namespace

const OptionTable<Nes::Options>& Nes::options() {
  static const auto table =
      OptionTable<Options>()
          .include(&Options::shared, TiledQueryOptions::options())
          .integer("pairs", &Options::pairs, {1, 1000000}, "pairs of queries an iteration", "Ilyas 2018: 25")
          .number_or("auto", "smoothing", &Options::smoothing, {1e-12, 1e9},
                     "standard deviation of the pairs along each element; auto: epsilon/4 (L2: a length, shared by all elements)",
                     "Ilyas 2018: 0.001, for logits; attacks sheet 6.1", "pixel units")
          .number_or("auto", "step", &Options::step, {0, 1e9}, "step length; auto: epsilon/8",
                     "Ilyas 2018: 0.01; attacks sheet 6.1", "pixel units")
          .choice<Shaping>("shaping", &Options::shaping, {{"raw", Shaping::raw}, {"rank", Shaping::rank}},
                           "what is summed: the objective, or utilities of its rank", "Wierstra 2014: rank");
  return table;
}

Nes::Nes(Options options) : QueryAttack(kName, options.shared.query, options.shared.norm), options_(std::move(options)) {}

int64_t Nes::used() const { return queries_of_iterations(pairs_of_iterations(query().queries, options_.pairs)); }

double Nes::reach(const Budget& budget) const {
  return step_of(options_, budget) * static_cast<double>(pairs_of_iterations(query().queries, options_.pairs).size());
}

void Nes::search(QuerySearch& search) const {
  const Budget& budget = search.budget();
  const Tiling tiling(search.clean(), options_.shared.tile);
  Estimate how;
  how.smoothing = search.per_element(options_.smoothing.value_or(budget.epsilon / 4));
  how.shaping = options_.shaping;
  const double step = step_of(options_, budget);
  at::Tensor x = search.clean();
  int64_t iteration = 0;
  for (const int64_t pairs : pairs_of_iterations(query().queries, options_.pairs)) {
    how.pairs = pairs;
    const auto direction = ascent_direction(estimate_gradient(search, tiling, x, how, ++iteration), budget.norm);
    x = project(x + (direction * step).to(x.scalar_type()), search.clean(), budget, search.range());
    search.judge(x);
  }
}

}  // namespace faultline
