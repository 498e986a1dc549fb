#include "attacks/motion.h"

#include <algorithm>

#include "attacks/projection.h"
#include "models/rows.h"

namespace faultline {
namespace {

/// Auto-PGD's constants (Croce, Hein 2020, section 3).
constexpr double kNewShare = 0.75;    // of the step in the next iterate, the rest repeats the last move
constexpr double kLeastRises = 0.75;  // of a window's steps

}  // namespace

const OptionTable<MotionOptions>& MotionOptions::options() {
  static const auto table =
      OptionTable<MotionOptions>()
          .number("momentum", &MotionOptions::momentum, {0, 10}, "steps follow v <- momentum v + g/mean|g|", "Dong 2018: 1")
          .choice<Schedule>("step-schedule", &MotionOptions::schedule,
                            {{"constant", Schedule::constant}, {"linear", Schedule::linear}},
                            "step length over the iterations; linear: step (1 - t/T)", "attacks sheet 13")
          .flag("adaptive-step", &MotionOptions::adaptive_step,
                "Auto-PGD: steps begin at 2 epsilon, are halved where the objective stops rising, and go on from the best point",
                "Croce 2020, Algorithm 1");
  return table;
}

void check(const MotionOptions& options) {
  if (!options.adaptive_step) return;
  if (options.momentum > 0 || options.schedule != MotionOptions::Schedule::constant)
    throw_usage("adaptive-step", "has its own momentum and steps", "leave momentum= and step-schedule= out");
}

at::Tensor ascent_direction(const at::Tensor& gradient, Norm norm) {
  if (norm == Norm::linf) return gradient.sign();
  const auto length = gradient.to(at::kDouble).flatten(1).norm(2, 1).clamp_min(1e-300);
  return (gradient.to(at::kDouble) / per_row(length, gradient)).to(gradient.scalar_type());
}

std::vector<int64_t> auto_pgd_checkpoints(int64_t iterations) {
  const auto share = [&](double of) {
    return std::max<int64_t>(1, static_cast<int64_t>(of * static_cast<double>(iterations) + 1e-9));
  };
  std::vector<int64_t> out;
  int64_t window = share(0.22);
  for (int64_t t = window; t < iterations; t += window) {
    out.push_back(t);
    window = std::max(window - share(0.03), share(0.06));
  }
  return out;
}

Motion::Motion(const MotionOptions& options, const Budget& budget, const LegalRange& range, const at::Tensor& clean, double step,
               int64_t iterations)
    : options_(options), budget_(budget), range_(range), clean_(clean), step_(step), iterations_(iterations) {
  if (options.momentum > 0) velocity_ = at::zeros_like(clean);
  if (!options.adaptive_step) return;
  checkpoints_ = auto_pgd_checkpoints(iterations);
  memories_.resize(clean.size(0));
  for (auto& memory : memories_) memory.step = step;
}

double Motion::step_at(int64_t t) const {
  if (options_.schedule == MotionOptions::Schedule::constant) return step_;
  return step_ * (1 - static_cast<double>(t - 1) / static_cast<double>(iterations_));
}

double Motion::reach() const {
  if (options_.adaptive_step) return step_ * static_cast<double>(iterations_);
  double out = 0;
  for (int64_t t = 1; t <= iterations_; ++t) out += step_at(t);
  return out;
}

at::Tensor Motion::next(const at::Tensor& x, const at::Tensor& gradient, const at::Tensor& objective,
                        const std::vector<int64_t>& rows, int64_t t) {
  return options_.adaptive_step ? adaptive(x, gradient, objective, rows, t) : plain(x, gradient, rows, t);
}

at::Tensor Motion::plain(const at::Tensor& x, const at::Tensor& gradient, const std::vector<int64_t>& rows, int64_t t) {
  const auto index = index_of(rows, x);
  at::Tensor along = gradient;
  if (velocity_.defined()) {
    const auto size = gradient.to(at::kDouble).abs().flatten(1).mean(1).clamp_min(1e-300).to(gradient.scalar_type());
    // Below the smallest float the whole gradient is zero, and so is its quotient.
    const auto unit = gradient / per_row(at::where(size > 0, size, at::ones_like(size)), gradient);
    along = options_.momentum * velocity_.index_select(0, index) + unit;
    velocity_.index_copy_(0, index, along);
  }
  return project(x + step_at(t) * ascent_direction(along, budget_.norm), clean_.index_select(0, index), budget_, range_);
}

void Motion::review(Memory& memory, int64_t t, at::Tensor* x, at::Tensor* gradient) const {
  const auto found = std::find(checkpoints_.begin(), checkpoints_.end(), t - 1);
  if (found == checkpoints_.end()) return;
  const bool is_first = found == checkpoints_.begin();
  const auto window = static_cast<double>(is_first ? *found : *found - *(found - 1));
  const bool rises_little = static_cast<double>(memory.rises) <= kLeastRises * window;
  const bool stands_still = !is_first && !memory.halved && !(memory.best > memory.best_at_checkpoint);
  memory.halved = rises_little || stands_still;
  memory.best_at_checkpoint = memory.best;
  memory.rises = 0;
  if (!memory.halved) return;
  memory.step /= 2;
  *x = memory.best_point;
  *gradient = memory.best_gradient;
  memory.last = memory.best;
}

at::Tensor Motion::adaptive(const at::Tensor& x, const at::Tensor& gradient, const at::Tensor& objective,
                            const std::vector<int64_t>& rows, int64_t t) {
  std::vector<at::Tensor> points, gradients, moves;
  std::vector<double> steps;
  for (size_t i = 0; i < rows.size(); ++i) {
    Memory& memory = memories_[rows[i]];
    at::Tensor point = x[static_cast<int64_t>(i)], slope = gradient[static_cast<int64_t>(i)];
    const double value = objective[static_cast<int64_t>(i)].item<double>();
    if (t > 1 && value > memory.last) ++memory.rises;
    memory.last = value;
    if (t == 1 || value > memory.best) {
      memory.best = value;
      memory.best_point = point.clone();
      memory.best_gradient = slope.clone();
    }
    if (t == 1) memory.best_at_checkpoint = value;
    review(memory, t, &point, &slope);
    moves.push_back(t == 1 ? at::zeros_like(point) : point - memory.previous);
    memory.previous = point.clone();
    points.push_back(point);
    gradients.push_back(slope);
    steps.push_back(memory.step);
  }
  const auto from = at::stack(points);
  const auto clean = clean_.index_select(0, index_of(rows, x));
  const auto step = per_row(at::tensor(steps, at::kDouble).to(x.device(), x.scalar_type()), x);
  const auto target = project(from + step * ascent_direction(at::stack(gradients), budget_.norm), clean, budget_, range_);
  if (t == 1) return target;
  return project(from + kNewShare * (target - from) + (1 - kNewShare) * at::stack(moves), clean, budget_, range_);
}

}  // namespace faultline
