#include "suites/speed.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <future>

#include "core/interruption.h"
#include "models/blocks.h"
#include "suites/fragility.h"

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

std::string key_of(const Subject& subject, bool follows_a_gradient) {
  return subject.label + (follows_a_gradient ? " gradient" : "");
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
  // A path of points is walked sample by sample, so one sample says it; single points of several samples share a block.
  const bool is_path = problem.explainer.traits().points > 1;
  const int64_t count = std::min<int64_t>(is_path ? 1 : 4, problem.samples.size());
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
        brief->run({problem.network, problem.explainer, few, problem.epsilon, context}, {{"beta", 20}});
        ++runs;
      },
      0.2);
  const auto evaluations = static_cast<double>(passes.forward + passes.double_backward) / static_cast<double>(runs);
  return evaluations > 0 ? seconds / evaluations : 0;
}

Speed::Speed(const Audit& audit, int64_t threads) {
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < std::min<int64_t>(4, static_cast<int64_t>(audit.samples.size())); ++row) rows.push_back(row);
  for (const auto& subject : audit.subjects) {
    const Samples samples = load_samples(audit, subject, rows);
    for (const auto& assault : audit.assaults) {
      const std::string key = key_of(subject, assault.attack->facts().needs_gradient);
      const auto facts = assault.attack->facts();
      if (seconds_.count(key) || !is_applicable(*assault.attack, *subject.explainer)) continue;
      const double epsilon = facts.epsilon.value_or(audit.epsilons.back());
      const auto measure = [&] {
        return evaluation_seconds({audit.network, *subject.explainer, samples, epsilon, audit.context}, assault.spec);
      };
      seconds_[key] = side_by_side(threads, measure);
    }
  }
}

double Speed::of(const Subject& subject, const Attack& attack) const {
  const auto found = seconds_.find(key_of(subject, attack.facts().needs_gradient));
  return found == seconds_.end() ? 1 : found->second;
}

double Speed::of_maps(const Subject& subject) const {
  for (const bool follows_a_gradient : {false, true}) {
    const auto found = seconds_.find(key_of(subject, follows_a_gradient));
    if (found != seconds_.end()) return found->second;
  }
  return 1;
}

}  // namespace faultline
