#include "attacks/antithetic.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "explainers/legal_bounds.h"

namespace faultline {
namespace {

/// What each of the points weighs in the sum over s u_k: points 2i and 2i + 1 are the two of pair i.
std::vector<double> weights_of(const std::vector<double>& values, Shaping shaping) {
  std::vector<double> out(values.size(), 0.0);
  if (shaping == Shaping::rank) {
    std::vector<int64_t> order(values.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](int64_t a, int64_t b) { return values[static_cast<size_t>(a)] > values[static_cast<size_t>(b)]; });
    const auto utilities = rank_utilities(static_cast<int64_t>(values.size()));
    // Equal values share their utilities: an order that means nothing must not point anywhere.
    for (size_t first = 0; first < order.size();) {
      size_t last = first;
      double sum = 0;
      const double value = values[static_cast<size_t>(order[first])];
      for (; last < order.size() && values[static_cast<size_t>(order[last])] == value; ++last) sum += utilities[last];
      for (size_t i = first; i < last; ++i) out[static_cast<size_t>(order[i])] = sum / static_cast<double>(last - first);
      first = last;
    }
    return out;
  }
  for (size_t i = 0; i + 1 < values.size(); i += 2) {
    if (!std::isfinite(values[i]) || !std::isfinite(values[i + 1])) continue;
    out[i] = values[i];
    out[i + 1] = values[i + 1];
  }
  return out;
}

}  // namespace

std::vector<int64_t> pairs_of_iterations(int64_t queries, int64_t pairs) {
  std::vector<int64_t> out;
  for (int64_t left = queries - 1; left >= 3; left -= 2 * out.back() + 1) out.push_back(std::min(pairs, (left - 1) / 2));
  return out;
}

int64_t queries_of_iterations(const std::vector<int64_t>& iterations) {
  int64_t out = 1;
  for (const int64_t pairs : iterations) out += 2 * pairs + 1;
  return out;
}

std::vector<double> rank_utilities(int64_t n) {
  const auto count = static_cast<double>(n);
  std::vector<double> out;
  double sum = 0;
  for (int64_t rank = 1; rank <= n; ++rank) {
    out.push_back(std::max(0.0, std::log(count / 2 + 1) - std::log(static_cast<double>(rank))));
    sum += out.back();
  }
  for (double& utility : out) utility = utility / sum - 1 / count;
  return out;
}

at::Tensor antithetic_sum(const std::vector<double>& values, const std::function<at::Tensor(int64_t)>& direction,
                          double smoothing, Shaping shaping) {
  const auto weights = weights_of(values, shaping);
  const auto pairs = static_cast<int64_t>(values.size() / 2);
  at::Tensor sum;
  for (int64_t pair = 0; pair < pairs; ++pair) {
    const auto u = direction(pair);
    if (!sum.defined()) sum = at::zeros_like(u);
    sum.add_(u, weights[static_cast<size_t>(2 * pair)] - weights[static_cast<size_t>(2 * pair + 1)]);
  }
  return sum / (2 * static_cast<double>(pairs) * smoothing);
}

at::Tensor estimate_gradient(QuerySearch& search, const Tiling& tiling, const at::Tensor& x, const Estimate& how,
                             int64_t iteration) {
  const auto bounds = legal_bounds(search.range(), x);
  std::vector<RandomStream> streams;
  for (int64_t i = 0; i < search.size(); ++i) streams.push_back(search.stream(i));
  // Directions are drawn twice rather than kept: they would be many times as large as the inputs.
  const auto direction = [&](int64_t i, int64_t pair) {
    const auto draw = static_cast<uint32_t>(iteration), sub = static_cast<uint32_t>(pair);
    const auto cells = static_cast<size_t>(tiling.cells());
    const auto& stream = streams[static_cast<size_t>(i)];
    return tiling.spread(how.directions == Directions::normal ? stream.normals(draw, cells, sub)
                                                              : stream.signs(draw, cells, sub));
  };
  at::Tensor moves;  // of the pair that is asked about
  const auto points = [&](int64_t k) {
    if (k % 2 == 0) {
      std::vector<at::Tensor> all;
      for (int64_t i = 0; i < search.size(); ++i) all.push_back(direction(i, k / 2));
      moves = (at::stack(all) * how.smoothing).to(x.device(), x.scalar_type());
    }
    return bounds.clip(k % 2 == 0 ? x + moves : x - moves);
  };
  const auto answers = search.ask(2 * how.pairs, points, iteration);
  std::vector<at::Tensor> out;
  for (int64_t i = 0; i < search.size(); ++i) {
    std::vector<double> values;
    for (const auto& of_point : answers) values.push_back(of_point[static_cast<size_t>(i)].objective);
    out.push_back(antithetic_sum(
        values, [&](int64_t pair) { return direction(i, pair); }, how.smoothing, how.shaping));
  }
  return at::stack(out).to(x.device());
}

}  // namespace faultline
