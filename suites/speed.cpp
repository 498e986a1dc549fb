#include "suites/speed.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <future>

#include "core/interruption.h"
#include "models/blocks.h"
#include "suites/fragility.h"
#include "suites/unit_rows.h"

namespace faultline {
namespace {

/// Seconds of one run of `work`: the mean over `enough` seconds, without the first run where that was shorter.
template <class Work>
double seconds_of(Work work, double enough) {
  const auto timed = [&] {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  const double first = timed();
  if (first > enough) return first;
  double total = 0;
  int runs = 0;
  for (; total < enough && runs < 100; ++runs) total += timed();
  return total / runs;
}

int64_t over(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// With fewer points, where it has many: whole blocks of them say what one takes, and all would take minutes on a large network.
/// Null where its own will do.
std::unique_ptr<Explainer> shortened(const Explainer& explainer, const Network& network) {
  const int64_t block = network.block_size(), few = block * over(5, block);
  return explainer.traits().points > 2 * few ? explainer.with_points(few) : nullptr;
}

}  // namespace

double side_by_side(int64_t threads, const std::function<double()>& measure) {
  const StopRequest* const stop = current_stop_request();
  std::vector<std::future<double>> parts;
  for (int64_t i = 0; i < threads; ++i) {
    parts.push_back(std::async(std::launch::async, [&] {
      const InterruptionScope interruptible(stop);
      at::set_num_threads(1);
      return measure();
    }));
  }
  double total = 0;
  for (auto& part : parts) total += part.get();
  return total / static_cast<double>(threads);
}

double gradient_seconds(const Network& network, const at::Tensor& input, double enough) {
  const int64_t block = network.block_size();
  std::vector<int64_t> shape(input.dim() + 1, -1);
  shape[0] = block;
  Points points;
  points.inputs = input.unsqueeze(0).expand(shape).contiguous().to(network.device(), network.dtype());
  points.targets = at::zeros({block}, at::kLong);
  for (int64_t i = 0; i < block; ++i) points.slots.push_back(i);
  return seconds_of([&] { input_gradient(network, points, Output::logit); }, enough) / static_cast<double>(block);
}

double evaluation_seconds(const AttackProblem& problem, const Spec& attack) {
  const bool is_path = problem.explainer.traits().points > 1;
  const std::unique_ptr<Explainer> shorter = shortened(problem.explainer, problem.network);
  const Explainer& explainer = shorter ? *shorter : problem.explainer;
  // Single points of several samples share a block; of a path, as many samples as fill one.
  const int64_t block = problem.network.block_size();
  const int64_t wanted = is_path ? over(block, explainer.traits().points) : std::max<int64_t>(4, block);
  const int64_t count = std::min(wanted, problem.samples.size());
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < count; ++row) rows.push_back(row);
  const Samples few = problem.samples.select(rows);
  PassCount passes;
  Context context = problem.context;
  context.passes = &passes;
  context.figures = false;
  Spec short_spec = attack;
  if (attack.find("iterations")) short_spec = short_spec.with("iterations", is_path ? "2" : "5");
  if (attack.find("restarts") && attack.find("momentum"))
    short_spec = short_spec.with("restarts", "1");  // no iterations to share
  if (attack.find("queries")) short_spec = short_spec.with("queries", is_path ? "4" : "20");
  const auto brief = attacks().make(short_spec);
  int64_t runs = 0;
  const double seconds = seconds_of(
      [&] {
        // Any sharpness will do: the surrogate then costs what a surrogate costs.
        brief->run({problem.network, explainer, few, problem.epsilon, context}, {{"beta", 20}});
        ++runs;
      },
      0.2);
  const auto evaluations = static_cast<double>(passes.forward + passes.double_backward) / static_cast<double>(runs);
  return evaluations > 0 ? seconds / evaluations : 0;
}

double map_seconds(const Explainer& explainer, const Network& network, const Samples& samples, const Context& context) {
  const std::unique_ptr<Explainer> shorter = shortened(explainer, network);
  PassCount passes;
  Context counting = context;
  counting.passes = &passes;
  counting.figures = false;
  int64_t runs = 0;
  const double seconds = seconds_of(
      [&] {
        (shorter ? *shorter : explainer).explain(network, samples, counting);
        ++runs;
      },
      0.2);
  const auto evaluations = static_cast<double>(passes.forward + passes.double_backward) / static_cast<double>(runs);
  return evaluations > 0 ? seconds / evaluations : 0;
}

double Speed::measured(const std::string& key, const std::function<double()>& measure) const {
  const auto found = seconds_.find(key);
  if (found != seconds_.end()) return found->second;
  return seconds_[key] = side_by_side(threads_, measure);
}

double Speed::of(const Subject& subject, const Attack& attack) const {
  if (!audit_) return 1;
  const bool follows_a_gradient = attack.facts().needs_gradient;
  for (const auto& assault : audit_->assaults) {
    const auto facts = assault.attack->facts();
    if (facts.needs_gradient != follows_a_gradient || !is_applicable(*assault.attack, *subject.explainer)) continue;
    return measured(subject.label + (follows_a_gradient ? " gradient" : " queries"), [&] {
      const Samples samples = load_samples(*audit_, subject, first_rows(*audit_, samples_per_unit(*audit_)));
      const double epsilon = facts.epsilon.value_or(audit_->epsilons.back());
      return evaluation_seconds({audit_->network, *subject.explainer, samples, epsilon, audit_->context}, assault.spec);
    });
  }
  return 1;
}

double Speed::of_maps(const Subject& subject, int64_t together) const {
  if (!audit_) return 1;
  if (together == 0) together = samples_per_unit(*audit_);
  return measured(subject.label + " maps " + std::to_string(together), [&] {
    const Samples samples = load_samples(*audit_, subject, first_rows(*audit_, together));
    return map_seconds(*subject.explainer, audit_->network, samples, audit_->context);
  });
}

}  // namespace faultline
