#include "attacks/hessian_subspace.h"

#include <limits>
#include <numeric>

#include "attacks/evolution_strategy.h"
#include "core/random.h"

namespace faultline {
namespace {

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
          .include(&Options::shared, CurvatureAttackOptions::options())
          .choice<Options::Span>("span", &Options::span, {{"hessian", Options::Span::hessian}, {"random", Options::Span::random}},
                                 "directions that are searched; random: as a control, orthonormal ones of the tangent space")
          .integer("dimensions", &Options::dimensions, {1, 1000}, "leading vectors that span the search", "attacks sheet 4.5")
          .integer("queries", &Options::queries, {2, 1000000}, "candidates judged");
  return table;
}

std::unique_ptr<CurvatureAttack> HessianSubspace::pilot(CurvatureAttackOptions options) const {
  Options copy = options_;
  copy.shared = std::move(options);
  copy.dimensions = 1;
  copy.queries = 2;
  return std::make_unique<HessianSubspace>(std::move(copy));
}

void HessianSubspace::search(const CurvatureFound& found, Judge& judge) const {
  const Samples& clean = found.view.clean();
  const int64_t elements = clean.inputs[0].numel();
  const Budget& budget = judge.budget();
  const double reach = budget.epsilon * (budget.norm == Norm::linf ? std::sqrt(static_cast<double>(elements)) : 1);
  std::vector<SpanSearch> searches;
  for (size_t i = 0; i < found.rows.size(); ++i) {
    at::Tensor span = at::zeros({0, elements}, at::kDouble);
    if (options_.span == Options::Span::random) {
      span = random_span(found.view.curvature(), static_cast<int64_t>(i), options_.dimensions);
    } else if (const at::Tensor& vectors = found.pairs[i].vectors; vectors.defined() && vectors.size(0) > 0) {
      span = vectors.slice(0, 0, options_.dimensions).clone();
    }
    searches.emplace_back(std::move(span), reach,
                          RandomStream(found.problem.context.seed, std::string("attack/") + kName, clean.ids[i]));
  }
  for (int64_t query = 1; query <= options_.queries; ++query) {
    std::vector<at::Tensor> moves;
    for (auto& search : searches) moves.push_back(search.next());
    judge_moves(found, judge, at::stack(moves), query);
    for (size_t i = 0; i < searches.size(); ++i) searches[i].learn(judge.verdicts()[i]);
  }
}

}  // namespace faultline
