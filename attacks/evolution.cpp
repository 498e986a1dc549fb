#include "attacks/evolution.h"

#include <algorithm>
#include <numeric>

#include "attacks/evolution_strategy.h"
#include "attacks/projection.h"
#include "attacks/query_search.h"

namespace faultline {
namespace {

using Answer = QuerySearch::Answer;

/// Those that keep the label come first, by D; the others by how near they are to keeping it; ties by number.
std::vector<int64_t> ranking(const std::vector<Answer>& generation) {
  std::vector<int64_t> order(generation.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    const Answer &x = generation[static_cast<size_t>(a)], &y = generation[static_cast<size_t>(b)];
    if (x.keeps != y.keeps) return x.keeps;
    return x.keeps ? x.objective > y.objective : x.margin > y.margin;
  });
  return order;
}

/// The strategies of all samples, generation by generation.
class Generations {
 public:
  Generations(QuerySearch& search, const Tiling& tiling, double sigma) : search_(search), tiling_(tiling) {
    for (int64_t i = 0; i < search.size(); ++i) {
      strategies_.emplace_back(tiling.cells(), sigma);
      streams_.push_back(search.stream(i));
    }
  }

  int64_t candidates() const { return EvolutionStrategy::candidates_of(tiling_.cells()); }

  /// The k-th candidates of generation g, [n,...], inside the budget.
  at::Tensor candidate(int64_t g, int64_t k) const {
    std::vector<at::Tensor> moves;
    for (size_t i = 0; i < strategies_.size(); ++i) moves.push_back(tiling_.spread(strategies_[i].candidate(normals(i, g, k))));
    const at::Tensor& clean = search_.clean();
    return project(clean + at::stack(moves).to(clean.device(), clean.scalar_type()), clean, search_.budget(), search_.range());
  }

  /// answers: [lambda][n].
  void learn(int64_t g, const std::vector<std::vector<Answer>>& answers) {
    const auto clean = search_.clean().to(at::kDouble);
    for (size_t i = 0; i < strategies_.size(); ++i) {
      std::vector<std::vector<double>> all;
      std::vector<Answer> mine;
      for (size_t k = 0; k < answers.size(); ++k) {
        all.push_back(normals(i, g, static_cast<int64_t>(k)));
        mine.push_back(answers[k][i]);
      }
      strategies_[i].learn(all, ranking(mine));
      strategies_[i].constrain([&](const std::vector<double>& mean) {
        const auto from = clean[static_cast<int64_t>(i)].unsqueeze(0);
        const auto moved = from + tiling_.spread(mean).unsqueeze(0).to(from.device());
        return tiling_.gather((project(moved, from, search_.budget(), search_.range()) - from)[0]);
      });
    }
  }

 private:
  std::vector<double> normals(size_t i, int64_t g, int64_t k) const {
    return streams_[i].normals(static_cast<uint32_t>(g), static_cast<size_t>(tiling_.cells()), static_cast<uint32_t>(k));
  }

  QuerySearch& search_;
  const Tiling& tiling_;
  std::vector<EvolutionStrategy> strategies_;
  std::vector<RandomStream> streams_;
};

}  // namespace

const OptionTable<Evolution::Options>& Evolution::options() {
  static const auto table = OptionTable<Options>()
                                .include(&Options::shared, TiledQueryOptions::options())
                                .number_or("auto", "sigma", &Options::sigma, {1e-12, 1e9},
                                           "standard deviation of the first generation along each element; auto: epsilon/2 (L2: "
                                           "a length, shared by all elements)",
                                           "attacks sheet 6.3", "pixel units");
  return table;
}

Evolution::Evolution(Options options)
    : QueryAttack(kName, options.shared.query, options.shared.norm), options_(std::move(options)) {}

void Evolution::search(QuerySearch& search) const {
  const Tiling tiling(search.clean(), options_.shared.tile);
  Generations generations(search, tiling, search.per_element(options_.sigma.value_or(search.budget().epsilon / 2)));
  for (int64_t g = 0; search.left() > 0; ++g) {
    // Numbers that an explainer draws differ between generations, so that none is fitted; those of the judgement must not.
    const bool fresh = search.is_randomised() && search.left() > 1;
    const int64_t count = std::min(generations.candidates(), search.left() - (fresh ? 1 : 0));
    std::vector<std::vector<Answer>> answers;
    if (fresh) {
      answers = search.ask(
          count, [&](int64_t k) { return generations.candidate(g, k); }, g + 1);
      std::vector<at::Tensor> all;
      for (int64_t i = 0; i < search.size(); ++i) {
        std::vector<Answer> mine;
        for (const auto& of_candidate : answers) mine.push_back(of_candidate[static_cast<size_t>(i)]);
        all.push_back(generations.candidate(g, ranking(mine).front())[i]);
      }
      search.judge(at::stack(all));
    } else {
      for (int64_t k = 0; k < count; ++k) answers.push_back(search.judge(generations.candidate(g, k)));
    }
    if (count == generations.candidates()) generations.learn(g, answers);
  }
}

}  // namespace faultline
