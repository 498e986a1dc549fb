#pragma once
#include <rapidcheck.h>

#include "models/network_plan.h"

namespace faultline {

/// RapidCheck generators of network plans. Header only: the library does not link RapidCheck, who includes this does. A plan on
/// which a property fails shrinks along simpler(), so that what is printed is a smallest network.

/// `plans`, shrinking along simpler() alone.
inline rc::Gen<NetworkPlan> shrinking_plans(rc::Gen<NetworkPlan> plans) {
  return rc::gen::shrink(rc::gen::noShrink(std::move(plans)),
                         [](const NetworkPlan& plan) { return rc::seq::fromContainer(simpler(plan)); });
}

/// Networks of pictures [2,9,9]: one to three stages, at most one hidden layer.
inline rc::Gen<NetworkPlan> arbitrary_network_plan() {
  using rc::gen::element;
  using rc::gen::inRange;
  const auto stage = rc::gen::build<StagePlan>(
      rc::gen::set(&StagePlan::channels, inRange<int64_t>(1, 5)), rc::gen::set(&StagePlan::kernel, inRange<int64_t>(1, 4)),
      rc::gen::set(&StagePlan::stride, inRange<int64_t>(1, 3)), rc::gen::set(&StagePlan::padding, inRange<int64_t>(0, 2)),
      rc::gen::set(&StagePlan::groups, inRange<int64_t>(1, 3)), rc::gen::set(&StagePlan::has_bias),
      rc::gen::set(&StagePlan::has_norm), rc::gen::set(&StagePlan::norm_is_before),
      rc::gen::set(&StagePlan::join, element(StagePlan::Join::none, StagePlan::Join::residual, StagePlan::Join::cat)),
      rc::gen::set(&StagePlan::pool, element(StagePlan::Pool::none, StagePlan::Pool::max, StagePlan::Pool::average)));
  const auto stages =
      rc::gen::mapcat(inRange<size_t>(1, 4), [stage](size_t n) { return rc::gen::container<std::vector<StagePlan>>(n, stage); });
  return shrinking_plans(rc::gen::build<NetworkPlan>(
      rc::gen::set(&NetworkPlan::stages, stages), rc::gen::set(&NetworkPlan::normalises_input),
      rc::gen::set(&NetworkPlan::ends_in_mean),
      rc::gen::set(&NetworkPlan::hidden, element(std::vector<int64_t>{}, std::vector<int64_t>{6})),
      rc::gen::set(&NetworkPlan::has_bias), rc::gen::set(&NetworkPlan::seed, rc::gen::arbitrary<uint64_t>())));
}

/// Networks of vectors of two to eight features: none to three hidden layers of one to eight units.
inline rc::Gen<NetworkPlan> arbitrary_vector_plan() {
  using rc::gen::inRange;
  const auto hidden = rc::gen::mapcat(
      inRange<size_t>(0, 4), [](size_t n) { return rc::gen::container<std::vector<int64_t>>(n, inRange<int64_t>(1, 9)); });
  const auto shape = rc::gen::map(inRange<int64_t>(2, 9), [](int64_t features) { return std::vector<int64_t>{features}; });
  return shrinking_plans(
      rc::gen::build<NetworkPlan>(rc::gen::set(&NetworkPlan::input_shape, shape), rc::gen::set(&NetworkPlan::hidden, hidden),
                                  rc::gen::set(&NetworkPlan::normalises_input), rc::gen::set(&NetworkPlan::has_bias),
                                  rc::gen::set(&NetworkPlan::seed, rc::gen::arbitrary<uint64_t>())));
}

}  // namespace faultline
