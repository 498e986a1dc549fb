#include "explainers/root_search.h"

#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <limits>

#include "explainers/legal_bounds.h"
#include "explainers/output_options.h"
#include "explainers/point_list.h"

namespace faultline {

namespace {

constexpr int64_t kMostSteps = 50;
/// How finely the way to a far end is looked through for a change of sign nearer to x.
constexpr double kStride = 1.0 / 8;

at::Tensor rows_of(const at::Tensor& values, const std::vector<int64_t>& rows) {
  return values.index_select(0, at::tensor(rows, at::kLong).to(values.device()));
}

std::vector<double> numbers(const at::Tensor& values) {
  const at::Tensor cpu = values.to(at::kCPU, at::kDouble).contiguous();
  return {cpu.data_ptr<double>(), cpu.data_ptr<double>() + cpu.numel()};
}

/// One sample's part of the way from x (share 0) to q (share 1): f > 0 at low and, once a sign has changed, not so at high.
struct Bracket {
  double low = 0, high = 1, at_low = 0, at_high = 0;
  bool has_crossed = false;

  /// Where to look next. Secants are aimed at a value `aim` > 0, so that they end on x's side; halving bounds what they may miss.
  double middle(double aim, bool by_secant) const {
    if (!has_crossed) return low + kStride;
    if (!by_secant || !std::isfinite(at_low - at_high)) return (low + high) / 2;
    return low + (high - low) * (at_low - aim) / (at_low - at_high);
  }
  void narrow(double share, double value) {
    if (!(value > 0)) {  // overflow on the way ends it too
      has_crossed = true;
      high = share;
      at_high = value;
      return;
    }
    low = share;
    at_low = value;
    if (has_crossed || low + kStride < 1) return;
    // Nothing is left to look through; a far end that is a root from above ends the way itself.
    has_crossed = true;
    if (at_high > 0) {
      low = 1;
      at_low = at_high;
    }
  }
};

/// One call of RootSearch::find.
class Search {
 public:
  Search(const RootSearchOptions& options, const Network& network, const Samples& samples, bool keep_trail,
         const Context& context)
      : options_(options), network_(network), samples_(samples), keep_trail_(keep_trail), context_(context) {
    const auto n = static_cast<size_t>(samples.size());
    roots_.states.assign(n, Roots::State::none);
    roots_.points = samples.inputs.clone();
    roots_.far_ends = samples.inputs.clone();
    roots_.shares.assign(n, 0);
    roots_.at_points.assign(n, std::nan(""));
    roots_.logits = at::zeros({samples.size(), network.classes()}, samples.inputs.options());
    roots_.steps.assign(n, 0);
    at_far_.assign(n, std::nan(""));
  }

  Roots run(const Baseline& baseline) {
    follow_gradients();
    try_baseline(baseline);
    cut();
    return std::move(roots_);
  }

 private:
  double tolerance(int64_t row) const { return 1e-6 * std::max(1.0, std::abs(roots_.at_inputs[static_cast<size_t>(row)])); }

  /// q of a row. From then on it has a root.
  void set_far_end(int64_t row, const at::Tensor& point, double value, int64_t steps) {
    const auto place = static_cast<size_t>(row);
    roots_.states[place] = Roots::State::found;
    roots_.far_ends[row].copy_(point);
    roots_.steps[place] = steps;
    at_far_[place] = value;
  }

  void follow_gradients() {
    const LegalBounds bounds = legal_bounds(context_.range, samples_.inputs);
    std::vector<double> nearest(static_cast<size_t>(samples_.size()), std::numeric_limits<double>::infinity());
    std::vector<int64_t> rows;
    for (int64_t row = 0; row < samples_.size(); ++row) rows.push_back(row);
    at::Tensor here = samples_.inputs;
    for (int64_t step = 0; !rows.empty(); ++step) {
      at::Tensor values = at::zeros({here.size(0)}, here.options().dtype(at::kDouble));
      const BlockMap newton = [&](const BlockRows& block) {
        const BlockSlope slope = slope_of(network_, block, options_.function, false);
        block.scatter(values, slope.value);
        if (step == 0) block.scatter(roots_.logits, slope.logits);
        return root_step(block, slope, bounds);
      };
      const at::Tensor next = block_maps(network_, points_of(samples_.select(rows).with_inputs(here)), newton, context_.passes);
      if (keep_trail_) roots_.trail.push_back({rows, here});
      const std::vector<double> f = numbers(values);
      if (step == 0) begin(f);
      const at::Tensor way = here - rows_of(samples_.inputs, rows);
      const std::vector<double> distances = numbers(row_products(way, way));
      const std::vector<double> has_moved = numbers(next.ne(here).flatten(1).any(1));
      std::vector<int64_t> left, places;
      for (size_t i = 0; i < rows.size(); ++i) {
        const int64_t row = rows[i], place = static_cast<int64_t>(i);
        if (roots_.states[static_cast<size_t>(row)] == Roots::State::nothing_to_explain) continue;
        const bool is_root = std::abs(f[i]) <= tolerance(row) || (options_.kind == RootSearchKind::bisection && f[i] <= 0);
        if (is_root || (f[i] <= 0 && distances[i] < nearest[static_cast<size_t>(row)])) {
          nearest[static_cast<size_t>(row)] = distances[i];
          set_far_end(row, here[place], f[i], step);
        }
        if (is_root || has_moved[i] == 0 || step == kMostSteps || options_.kind == RootSearchKind::baseline) continue;
        left.push_back(row);
        places.push_back(place);
      }
      here = rows_of(next, places);
      rows = std::move(left);
    }
  }

  void begin(const std::vector<double>& at_inputs) {
    roots_.at_inputs = at_inputs;
    for (size_t row = 0; row < at_inputs.size(); ++row) {
      if (at_inputs[row] <= 0) roots_.states[row] = Roots::State::nothing_to_explain;
    }
  }

  void try_baseline(const Baseline& baseline) {
    std::vector<int64_t> rows;
    for (int64_t row = 0; row < samples_.size(); ++row) {
      if (roots_.states[static_cast<size_t>(row)] == Roots::State::none) rows.push_back(row);
    }
    if (rows.empty()) return;
    const Samples samples = samples_.select(rows);
    const at::Tensor ends = legal_bounds(context_.range, samples.inputs).clip(baseline.of(samples.inputs, samples.ids, context_));
    const std::vector<double> f = values_at(rows, ends);
    for (size_t i = 0; i < rows.size(); ++i) {
      if (f[i] <= 0) set_far_end(rows[i], ends[static_cast<int64_t>(i)], f[i], Roots::kBaseline);
    }
  }

  void cut() {
    std::vector<int64_t> rows;
    std::vector<Bracket> brackets(static_cast<size_t>(samples_.size()));
    for (int64_t row = 0; row < samples_.size(); ++row) {
      const auto place = static_cast<size_t>(row);
      if (roots_.states[place] != Roots::State::found) continue;
      rows.push_back(row);
      brackets[place].at_low = roots_.at_inputs[place];
      brackets[place].at_high = at_far_[place];
    }
    const std::vector<int64_t> found = rows;
    const double finest = samples_.inputs.scalar_type() == at::kFloat ? std::numeric_limits<float>::epsilon()
                                                                      : std::numeric_limits<double>::epsilon();
    const double aim = std::max(1e-5, 4e6 * finest);  // as low as rounding allows
    for (int64_t round = 0;; ++round) {
      std::vector<int64_t> left;
      std::vector<double> shares;
      for (const int64_t row : rows) {
        const Bracket& bracket = brackets[static_cast<size_t>(row)];
        if (bracket.at_low <= tolerance(row) || bracket.high - bracket.low <= finest) continue;
        left.push_back(row);
        shares.push_back(bracket.middle(aim * tolerance(row), round % 2 == 0));
      }
      rows = std::move(left);
      if (rows.empty()) break;
      const std::vector<double> f = values_at(rows, between(rows, shares));
      for (size_t i = 0; i < rows.size(); ++i) brackets[static_cast<size_t>(rows[i])].narrow(shares[i], f[i]);
    }
    if (found.empty()) return;
    std::vector<double> shares;
    for (const int64_t row : found) {
      const auto place = static_cast<size_t>(row);
      shares.push_back(roots_.shares[place] = brackets[place].low);
      roots_.at_points[place] = brackets[place].at_low;
    }
    roots_.points.index_copy_(0, at::tensor(found, at::kLong).to(roots_.points.device()), between(found, shares));
  }

  /// x + share (q - x) of these rows, exact at both ends.
  at::Tensor between(const std::vector<int64_t>& rows, const std::vector<double>& shares) const {
    const at::Tensor x = rows_of(samples_.inputs, rows).to(at::kDouble), q = rows_of(roots_.far_ends, rows).to(at::kDouble);
    const at::Tensor share = column_of(shares, x);
    return ((1 - share) * x + share * q).to(samples_.inputs.scalar_type());
  }

  std::vector<double> values_at(const std::vector<int64_t>& rows, const at::Tensor& points) const {
    const Samples samples = samples_.select(rows);
    const at::Tensor logits = block_logits(network_, points_of(samples.with_inputs(points)), context_.passes);
    return numbers(root_function(logits, samples.targets.to(logits.device()), options_.function));
  }

  const RootSearchOptions& options_;
  const Network& network_;
  const Samples& samples_;
  bool keep_trail_;
  const Context& context_;
  Roots roots_;
  std::vector<double> at_far_;  ///< f(q)
};

}  // namespace

const OptionTable<RootSearchOptions>& RootSearchOptions::options() {
  static const auto table =
      OptionTable<RootSearchOptions>()
          .choice<RootSearchKind>("root-search", &RootSearchOptions::kind,
                                  {{"gradient", RootSearchKind::gradient},
                                   {"bisection", RootSearchKind::bisection},
                                   {"baseline", RootSearchKind::baseline}},
                                  "steps along the gradient until the output is 0, or until it changes its sign; or the way to "
                                  "the baseline, which is "
                                  "the last resort of the other two as well",
                                  "Bach 2015 has the first")
          .choice<RootFunction>("function", &RootSearchOptions::function,
                                {{"logit", RootFunction::logit},
                                 {"logit-difference", RootFunction::logit_difference},
                                 {"probability-0.5", RootFunction::probability}},
                                "whose root: the target's logit, the same less the largest other, its probability less 1/2");
  return table;
}

at::Tensor row_products(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) * b.to(at::kDouble)).flatten(1).sum(1);
}

Roots RootSearch::find(const Network& network, const Samples& samples, const Baseline& baseline, bool keep_trail,
                       const Context& context) const {
  const at::NoGradGuard no_graph;
  return Search(options_, network, samples, keep_trail, context).run(baseline);
}

at::Tensor RootSearch::pull_back(const Network& network, const Samples& samples, const Baseline& baseline, const Roots& roots,
                                 const at::Tensor& gradients, const at::Tensor& cotangent, const Context& context) const {
  const at::NoGradGuard no_graph;
  const at::Tensor way = roots.far_ends - samples.inputs;
  // A way that f does not fall along (none, or one that only touches 0) keeps its share.
  const at::Tensor fall = row_products(gradients, way);
  const at::Tensor ratio = at::where(fall != 0, row_products(cotangent, way) / fall, 0.0);
  const auto column = [&](const std::vector<double>& values) { return column_of(values, cotangent); };
  const at::Tensor at_root = cotangent.to(at::kDouble) - gradients * column(numbers(ratio));
  const at::Tensor share = column(roots.shares);
  at::Tensor result = (1 - share) * at_root, at_far_end = share * at_root;

  const LegalBounds bounds = legal_bounds(context.range, samples.inputs);
  const BlockMap newton = [&](const BlockRows& block) {
    return root_step(block, slope_of(network, block, options_.function, true), bounds);
  };
  for (size_t step = roots.trail.size(); step-- > 0;) {
    const Roots::Stop& stop = roots.trail[step];
    std::vector<int64_t> rows, places;
    for (size_t i = 0; i < stop.rows.size(); ++i) {
      if (roots.steps[static_cast<size_t>(stop.rows[i])] <= static_cast<int64_t>(step)) continue;
      rows.push_back(stop.rows[i]);
      places.push_back(static_cast<int64_t>(i));
    }
    if (rows.empty()) continue;
    const at::Tensor arrived = rows_of(at_far_end, rows);
    const MakeVector v = [&](const at::Tensor&, const std::vector<int64_t>& of) { return rows_of(arrived, of); };
    const Samples here = samples.select(rows).with_inputs(rows_of(stop.points, places));
    const at::Tensor pulled = map_and_product(network, points_of(here), newton, v, context.passes).product;
    at_far_end.index_copy_(0, at::tensor(rows, at::kLong).to(at_far_end.device()), pulled.to(at::kDouble));
  }

  std::vector<double> is_stepped;
  for (const int64_t steps : roots.steps) is_stepped.push_back(steps == Roots::kBaseline ? 0 : 1);
  const at::Tensor stepped = column(is_stepped);
  result += stepped * at_far_end;
  if (!baseline.depends_on_input()) return result.to(cotangent.scalar_type());
  const at::AutoGradMode with_graph(true);
  const at::Tensor x = samples.inputs.detach().requires_grad_();
  const at::Tensor ends = bounds.clip(baseline.of(x, samples.ids, context));
  const at::Tensor arrived = ((1 - stepped) * at_far_end).to(x.scalar_type());
  return result.to(x.scalar_type()) + torch::autograd::grad({ends}, {x}, {arrived})[0];
}

}  // namespace faultline
