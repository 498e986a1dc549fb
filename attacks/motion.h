#pragma once
#include <ATen/ATen.h>

#include <optional>
#include <vector>

#include "core/options.h"
#include "core/range.h"

namespace faultline {

/// Keys of how a gradient attack moves: plain steps, momentum, falling steps, or Auto-PGD.
struct MotionOptions {
  double momentum = 0;
  enum class Schedule { constant, linear };
  Schedule schedule = Schedule::constant;
  bool adaptive_step = false;
  static const OptionTable<MotionOptions>& options();
};

/// Throws usage where momentum= or step-schedule= stand beside adaptive-step=1, which has its own.
void check(const MotionOptions& options);

/// sign(g), or g / ||g||_2 per sample; zero where the gradient is zero.
at::Tensor ascent_direction(const at::Tensor& gradient, Norm norm);

/// Where a gradient attack goes from each iterate. Plain steps: x + step_t sign(v) (L2: v / ||v||), with v <- momentum v +
/// g / mean|g| (Dong 2018) and step_t constant or step (1 - t/T). adaptive-step: Auto-PGD (Croce, Hein 2020, Algorithm 1), whose
/// step begins at 2 epsilon and is halved, going back to the best point by D, at checkpoints after which D no longer rose.
/// State is kept per row, so that no row depends on which others are attacked with it.
class Motion {
 public:
  /// clean: [N,...] inputs of all rows; step: of the first iteration; iterations: T.
  Motion(const MotionOptions& options, const Budget& budget, const LegalRange& range, const at::Tensor& clean, double step,
         int64_t iterations);

  /// Proposals for iterate t (from 1), projected: x [n,...] are the iterates t-1 of `rows`, gradient [n,...] is of D there,
  /// finite, objective [n] is D there (undefined: unknown, which adaptive-step does not accept).
  at::Tensor next(const at::Tensor& x, const at::Tensor& gradient, const at::Tensor& objective, const std::vector<int64_t>& rows,
                  int64_t t);

  /// The longest way that all steps together may go.
  double reach() const;

 private:
  /// What Auto-PGD remembers of one row.
  struct Memory {
    double step = 0, last = 0, best = 0, best_at_checkpoint = 0;
    int64_t rises = 0;
    bool halved = false;
    at::Tensor previous, best_point, best_gradient;
  };
  at::Tensor plain(const at::Tensor& x, const at::Tensor& gradient, const std::vector<int64_t>& rows, int64_t t);
  at::Tensor adaptive(const at::Tensor& x, const at::Tensor& gradient, const at::Tensor& objective,
                      const std::vector<int64_t>& rows, int64_t t);
  /// Auto-PGD's verdict on the window that ends before iterate t, where one does.
  void review(Memory& memory, int64_t t, at::Tensor* x, at::Tensor* gradient) const;
  double step_at(int64_t t) const;

  MotionOptions options_;
  Budget budget_;
  LegalRange range_;
  at::Tensor clean_, velocity_;
  double step_;
  int64_t iterations_;
  std::vector<int64_t> checkpoints_;
  std::vector<Memory> memories_;
};

/// Iterations at which Auto-PGD reviews its step: the first window is 0.22 T long, each next one shorter by 0.03 T, none below
/// 0.06 T, all rounded down and at least 1. For T = 100: 22, 41, 57, 70, 80, 87, 93, 99.
std::vector<int64_t> auto_pgd_checkpoints(int64_t iterations);

}  // namespace faultline
