// Derivatives of maps, which attacks follow: of every registered method under every option.
#include <gtest/gtest.h>

#include "subjects.h"
#include "support/gradcheck.h"

namespace faultline {
namespace {

using testing::Subject;

constexpr double kStep = 1e-6;

/// conventions 8 (roots are found to 1e-6 of what they are roots of, which makes it more), and what rounding of a map of this
/// size, a few digits of which cancel, does to a difference.
double allowed(double found, double size) { return 1e-3 * std::abs(found) + 1e-14 * size / kStep + 1e-9; }

/// <u, R(x + t v)> of each row, as a function of t.
at::Tensor along(const Explainer& explainer, const Subject& subject, const at::Tensor& u, const at::Tensor& v, double t) {
  const Samples moved = subject.samples.with_inputs(subject.samples.inputs + t * v);
  return (explainer.differentiated_maps(subject.network, moved, Context{}) * u).flatten(1).sum(1);
}

/// How many rows could be compared: near a pole, or a kink of the method's own, differences of two steps are not the same.
int expect_derivatives(const Explainer& explainer, const Subject& subject) {
  const at::Tensor& x = subject.samples.inputs;
  const at::Tensor maps = explainer.differentiated_maps(subject.network, subject.samples, Context{});
  const at::Tensor u = testing::normal(maps.sizes().vec(), 3), v = testing::normal(x.sizes().vec(), 4);
  const auto difference = [&](double h) {
    return (along(explainer, subject, u, v, h) - along(explainer, subject, u, v, -h)) / (2 * h);
  };
  const at::Tensor numeric = difference(kStep);
  at::Tensor coarser;
  const at::Tensor pulled = explainer.pull_back(subject.network, subject.samples, u, {}, Context{});
  EXPECT_EQ(pulled.sizes(), x.sizes());
  const at::Tensor by_pull = (pulled * v).flatten(1).sum(1);
  const at::Tensor pushed = explainer.push_forward(subject.network, subject.samples, v, 1e-5, Context{});
  EXPECT_EQ(pushed.sizes(), maps.sizes());
  const at::Tensor by_push = (pushed * u).flatten(1).sum(1);
  const MapLoss loss = [&](const at::Tensor& some, const std::vector<int64_t>& rows) {
    return (some * u.index_select(0, at::tensor(rows, at::kLong))).flatten(1).sum(1);
  };
  const ValueAndGradient both = explainer.value_and_gradient(subject.network, subject.samples, loss, {}, Context{});
  EXPECT_FALSE(both.loss.requires_grad() || both.maps.requires_grad() || both.gradient.requires_grad());
  int compared = 0;
  for (int64_t row = 0; row < x.size(0); ++row) {
    const double wanted = numeric[row].item<double>(), size = maps[row].abs().sum().item<double>();
    if (std::abs(by_pull[row].item<double>() - wanted) > allowed(wanted, size)) {
      if (!coarser.defined()) coarser = difference(8 * kStep);
      if (!(std::abs(coarser[row].item<double>() - wanted) <= allowed(wanted, size))) continue;
    }
    ++compared;
    EXPECT_NEAR(by_pull[row].item<double>(), wanted, allowed(wanted, size)) << "pull_back, row " << row;
    EXPECT_NEAR(by_push[row].item<double>(), wanted, allowed(wanted, size)) << "push_forward, row " << row;
    const double gap = (both.gradient[row] - pulled[row]).abs().max().item<double>();
    EXPECT_LE(gap, 1e-9 * pulled[row].abs().max().item<double>()) << "value_and_gradient, row " << row;
  }
  return compared;
}

/// Each on every other subject, in turn, for the time it takes.
TEST(EveryVariant, HasTheDerivativeOfItsMap) {
  int tried = 0, compared = 0, first_turn = 0;
  for (Subject subject : testing::smooth_subjects()) {
    subject.samples = subject.samples.select({0, 1});
    int turn = ++first_turn;
    for (const auto& entry : explainers().entries()) {
      for (const std::string& spec : testing::variants_of(entry, 0, 2)) {
        if (++turn % 2 == 0) continue;
        const auto explainer = testing::ready(spec, subject);
        if (!explainer || !explainer->traits().differentiable) continue;
        if (spec == entry.name && explainer->traits().points >= 50) continue;  // its variants are the same with fewer
        SCOPED_TRACE(spec + " on " + subject.name);
        compared += expect_derivatives(*explainer, subject);
        tried += static_cast<int>(subject.samples.size());
      }
    }
  }
  EXPECT_GE(tried, 1000);
  EXPECT_GT(compared, tried * 9 / 10);
}

}  // namespace
}  // namespace faultline
