#include "attacks/square_search.h"

#include <algorithm>
#include <cmath>

#include "attacks/projection.h"
#include "attacks/query_search.h"

namespace faultline {
namespace {

/// Signs that change nothing are drawn again so often; after that the query is spent on them.
constexpr uint32_t kDraws = 16;

/// One input as a picture [C,H,W]: vectors and sequences have one row.
at::Tensor as_picture(const at::Tensor& input) {
  if (input.dim() == 3) return input;
  return input.dim() == 2 ? input.unsqueeze(1) : input.reshape({1, 1, -1});
}

struct Window {
  int64_t height, width;
};

/// side x side; where the frame is lower or narrower than that, as many pixels along the other axis.
Window window_of(int64_t side, int64_t height, int64_t width) {
  if (side > height) return {height, std::min(width, (side * side + height - 1) / height)};
  if (side > width) return {std::min(height, (side * side + width - 1) / width), width};
  return {side, side};
}

/// `current` with a window at a random place set to the bound of the ball, per channel up or down, and clipped to the legal
/// range.
at::Tensor with_square(const at::Tensor& current, const at::Tensor& low, const at::Tensor& high, int64_t side,
                       const RandomStream& stream, uint32_t draw) {
  auto out = current.clone();
  auto picture = as_picture(out);
  const auto lowest = as_picture(low), highest = as_picture(high), old = as_picture(current);
  const int64_t channels = picture.size(0), height = picture.size(1), width = picture.size(2);
  const Window window = window_of(side, height, width);
  for (uint32_t attempt = 0; attempt < kDraws; ++attempt) {
    const auto u = stream.uniforms(draw, static_cast<size_t>(2 + channels), attempt);
    const auto top = static_cast<int64_t>(u[0] * static_cast<double>(height - window.height + 1));
    const auto left = static_cast<int64_t>(u[1] * static_cast<double>(width - window.width + 1));
    const auto cut = [&](const at::Tensor& of, int64_t c) {
      return of[c].narrow(0, top, window.height).narrow(1, left, window.width);
    };
    bool changes = false;
    for (int64_t c = 0; c < channels; ++c) {
      const auto bound = cut(u[static_cast<size_t>(2 + c)] < 0.5 ? lowest : highest, c);
      changes = changes || !bound.equal(cut(old, c));
      cut(picture, c).copy_(bound);
    }
    if (changes) break;
  }
  return out;
}

}  // namespace

const OptionTable<SquareSearch::Options>& SquareSearch::options() {
  static const auto table = OptionTable<Options>()
                                .include(&Options::query, QueryOptions::options())
                                .number("share", &Options::share, {1e-6, 1}, "of the pixels, that the first squares cover",
                                        "Andriushchenko 2020 in AutoAttack: 0.8");
  return table;
}

SquareSearch::SquareSearch(Options options) : QueryAttack(kName, options.query, Norm::linf), options_(std::move(options)) {}

int64_t SquareSearch::side_at(int64_t i, int64_t queries, int64_t pixels, double share) {
  constexpr int64_t kHalvedAfter[] = {10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000};
  const int64_t place = i * 10000 / queries;
  double covered = share;
  for (const int64_t after : kHalvedAfter) {
    if (place > after) covered /= 2;
  }
  return std::max<int64_t>(1, std::lround(std::sqrt(covered * static_cast<double>(pixels))));
}

void SquareSearch::search(QuerySearch& search) const {
  const at::Tensor& clean = search.clean();
  const Budget& budget = search.budget();
  // The corners of the ball inside the legal range.
  const auto low = project(clean - budget.epsilon, clean, budget, search.range());
  const auto high = project(clean + budget.epsilon, clean, budget, search.range());
  std::vector<RandomStream> streams;
  std::vector<at::Tensor> stripes;
  const auto frame = as_picture(clean[0]);
  for (int64_t i = 0; i < search.size(); ++i) {
    streams.push_back(search.stream(i));
    const auto signs = streams.back().signs(0, static_cast<size_t>(frame.size(0) * frame.size(2)));
    const auto is_up = at::tensor(signs, at::kDouble).reshape({frame.size(0), 1, frame.size(2)}).gt(0).to(clean.device());
    stripes.push_back(at::where(is_up.expand_as(frame), as_picture(high[i]), as_picture(low[i])).reshape(clean[i].sizes()));
  }
  at::Tensor x = at::stack(stripes);
  auto reached = search.judge(x);
  for (int64_t i = 0; search.left() > 0; ++i) {
    const int64_t side = side_at(i, query().queries, frame.size(1) * frame.size(2), options_.share);
    std::vector<at::Tensor> proposed;
    for (int64_t row = 0; row < search.size(); ++row) {
      proposed.push_back(
          with_square(x[row], low[row], high[row], side, streams[static_cast<size_t>(row)], static_cast<uint32_t>(i + 1)));
    }
    const auto candidates = at::stack(proposed);
    const auto found = search.judge(candidates);
    for (int64_t row = 0; row < search.size(); ++row) {
      const auto place = static_cast<size_t>(row);
      if (!(found[place].objective > reached[place].objective)) continue;
      reached[place] = found[place];
      x[row].copy_(candidates[row]);
    }
  }
}

}  // namespace faultline
