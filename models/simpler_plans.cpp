#include <algorithm>
#include <functional>

#include "models/network_plan.h"

namespace faultline {
namespace {

constexpr double kQuarters = 0.25, kHalves = 0.5;

/// Candidates, each different from the plan and from those before it.
class Candidates {
 public:
  explicit Candidates(const NetworkPlan& plan) : plan_(plan) {}

  void add(const std::function<void(NetworkPlan&)>& change) {
    NetworkPlan candidate = plan_;
    change(candidate);
    if (candidate == plan_ || std::find(found_.begin(), found_.end(), candidate) != found_.end()) return;
    found_.push_back(std::move(candidate));
  }
  void add_for_each_stage(const std::function<void(StagePlan&)>& change) {
    for (size_t i = 0; i < plan_.stages.size(); ++i) add([&](NetworkPlan& plan) { change(plan.stages[i]); });
  }
  std::vector<NetworkPlan> found() && { return std::move(found_); }

 private:
  const NetworkPlan& plan_;
  std::vector<NetworkPlan> found_;
};

void halve(int64_t& size) { size = std::max<int64_t>(1, size / 2); }

template <typename T>
void drop(std::vector<T>& parts, size_t i) {
  parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(i));
}

}  // namespace

std::vector<NetworkPlan> simpler(const NetworkPlan& plan) {
  Candidates out(plan);
  // Parts.
  for (size_t i = 0; i < plan.stages.size(); ++i) out.add([&](NetworkPlan& p) { drop(p.stages, i); });
  for (size_t i = 0; i < plan.hidden.size(); ++i) out.add([&](NetworkPlan& p) { drop(p.hidden, i); });
  out.add([](NetworkPlan& p) { p.normalises_input = false; });
  out.add_for_each_stage([](StagePlan& stage) { stage.has_norm = stage.norm_is_before = false; });
  out.add_for_each_stage([](StagePlan& stage) { stage.pool = StagePlan::Pool::none; });
  out.add_for_each_stage([](StagePlan& stage) { stage.join = StagePlan::Join::none; });
  out.add_for_each_stage([](StagePlan& stage) { stage.groups = 1; });
  out.add([](NetworkPlan& p) { p.ends_in_mean = false; });
  // Sizes.
  out.add_for_each_stage([](StagePlan& stage) { halve(stage.channels); });
  for (size_t i = 0; i < plan.hidden.size(); ++i) out.add([&](NetworkPlan& p) { halve(p.hidden[i]); });
  if (plan.input_shape.size() == 3) {
    out.add([](NetworkPlan& p) {
      halve(p.input_shape[1]);
      p.input_shape[2] = p.input_shape[1];
    });
  }
  out.add([](NetworkPlan& p) { halve(p.input_shape[0]); });
  out.add_for_each_stage([](StagePlan& stage) { stage.kernel = 1; });
  out.add_for_each_stage([](StagePlan& stage) { stage.kernel = std::max<int64_t>(1, stage.kernel - 1); });
  out.add_for_each_stage([](StagePlan& stage) { stage.stride = 1; });
  out.add_for_each_stage([](StagePlan& stage) { stage.padding = 0; });
  // Numbers.
  out.add_for_each_stage([](StagePlan& stage) { stage.has_bias = false; });
  out.add([](NetworkPlan& p) { p.has_bias = false; });
  out.add([](NetworkPlan& p) { p.weight_step = p.weight_step == 0 ? kQuarters : std::max(p.weight_step, kHalves); });
  out.add([](NetworkPlan& p) { p.seed = 0; });
  out.add([](NetworkPlan& p) { p.seed /= 2; });
  return std::move(out).found();
}

}  // namespace faultline
