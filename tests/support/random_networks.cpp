#include "support/random_networks.h"

#include <ostream>

#include "core/random.h"
#include "models/graph_builder.h"

namespace faultline::testing {

namespace {

constexpr int64_t kChannels = 2, kSize = 9;

/// Numbers for one array after the other.
class Draws {
 public:
  explicit Draws(uint64_t seed) : stream_(seed, "test/networks", 0) {}
  at::Tensor uniform(const std::vector<int64_t>& shape, double low, double high) {
    int64_t n = 1;
    for (const int64_t size : shape) n *= size;
    const auto values = stream_.uniforms(next_++, static_cast<size_t>(n));
    return (at::tensor(values, at::kDouble) * (high - low) + low).reshape(shape);
  }

 private:
  RandomStream stream_;
  uint32_t next_ = 0;
};

/// What has been built so far: a node and its shape without the batch.
struct Value {
  int node;
  int64_t channels, size;
};

Value with_norm(GraphBuilder& g, Draws& draws, const std::string& name, const Value& x) {
  const int node = g.batch_norm(name, x.node, draws.uniform({x.channels}, 0.3, 1.5), draws.uniform({x.channels}, -0.3, 0.3),
                                draws.uniform({x.channels}, -0.3, 0.3), draws.uniform({x.channels}, 0.2, 2));
  return {node, x.channels, x.size};
}

Value pooled(GraphBuilder& g, const std::string& name, StagePlan::Pool pool, const Value& x) {
  if (pool == StagePlan::Pool::none || x.size < 3) return x;
  const std::vector<int64_t> kernel{3, 3}, stride{2, 2}, padding{1, 1};
  const int64_t size = (x.size - 1) / 2 + 1;
  if (pool == StagePlan::Pool::max) {
    return {g.node(Op::max_pool, name, {x.node},
                   {{"kernel", kernel},
                    {"stride", stride},
                    {"padding", padding},
                    {"dilation", std::vector<int64_t>{1, 1}},
                    {"ceil_mode", false}}),
            x.channels, size};
  }
  return {g.node(Op::avg_pool, name, {x.node},
                 {{"kernel", kernel},
                  {"stride", stride},
                  {"padding", padding},
                  {"ceil_mode", false},
                  {"count_include_pad", true},
                  {"divisor", int64_t{0}}}),
          x.channels, size};
}

Value staged(GraphBuilder& g, Draws& draws, const std::string& name, const StagePlan& plan, const Value& before) {
  const int64_t groups = before.channels % plan.groups == 0 ? plan.groups : 1;
  const bool keeps = plan.join != StagePlan::Join::none;
  const int64_t channels = plan.join == StagePlan::Join::residual ? before.channels : plan.channels * groups;
  // A branch that is joined with its input keeps the frame.
  const int64_t widest = keeps && before.size < 3 ? 1 : before.size;
  const int64_t kernel = std::min(keeps ? plan.kernel | 1 : plan.kernel, widest), padding = keeps ? kernel / 2 : plan.padding;
  const int64_t stride = keeps ? 1 : plan.stride;
  Value x = before;
  if (plan.has_norm && plan.norm_is_before) x = with_norm(g, draws, name + ".norm", x);
  const int64_t fan_in = x.channels / groups * kernel * kernel;
  const double width = std::sqrt(3.0 / static_cast<double>(fan_in));
  const at::Tensor bias = plan.has_bias ? draws.uniform({channels}, -0.2, 0.2) : at::Tensor();
  x.node = g.convolution(name + ".conv", x.node, draws.uniform({channels, x.channels / groups, kernel, kernel}, -width, width),
                         bias, stride, padding, groups);
  x = {x.node, channels, (before.size + 2 * padding - kernel) / stride + 1};
  if (plan.has_norm && !plan.norm_is_before) x = with_norm(g, draws, name + ".norm", x);
  if (plan.join == StagePlan::Join::residual) x.node = g.node(Op::add, name + ".sum", {x.node, before.node});
  x.node = g.node(Op::relu, name + ".relu", {x.node});
  if (plan.join == StagePlan::Join::cat) {
    x = {g.node(Op::cat, name + ".cat", {x.node, before.node}, {{"dim", int64_t{1}}}), x.channels + before.channels, x.size};
  }
  return pooled(g, name + ".pool", plan.pool, x);
}

}  // namespace

rc::Gen<NetworkPlan> arbitrary_network_plan() {
  using rc::gen::element;
  using rc::gen::inRange;
  const auto stage = rc::gen::build<StagePlan>(
      rc::gen::set(&StagePlan::channels, inRange<int64_t>(1, 5)), rc::gen::set(&StagePlan::kernel, inRange<int64_t>(1, 4)),
      rc::gen::set(&StagePlan::stride, inRange<int64_t>(1, 3)), rc::gen::set(&StagePlan::padding, inRange<int64_t>(0, 2)),
      rc::gen::set(&StagePlan::groups, inRange<int64_t>(1, 3)), rc::gen::set(&StagePlan::has_bias),
      rc::gen::set(&StagePlan::has_norm), rc::gen::set(&StagePlan::norm_is_before),
      rc::gen::set(&StagePlan::join, element(StagePlan::Join::none, StagePlan::Join::residual, StagePlan::Join::cat)),
      rc::gen::set(&StagePlan::pool, element(StagePlan::Pool::none, StagePlan::Pool::max, StagePlan::Pool::average)));
  return rc::gen::build<NetworkPlan>(
      rc::gen::set(&NetworkPlan::stages,
                   rc::gen::mapcat(inRange<size_t>(1, 4),
                                   [stage](size_t n) { return rc::gen::container<std::vector<StagePlan>>(n, stage); })),
      rc::gen::set(&NetworkPlan::normalises_input), rc::gen::set(&NetworkPlan::ends_in_mean),
      rc::gen::set(&NetworkPlan::has_hidden_layer), rc::gen::set(&NetworkPlan::seed, rc::gen::arbitrary<uint64_t>()));
}

Network network_of(const NetworkPlan& plan) {
  Draws draws(plan.seed);
  GraphBuilder g({kChannels, kSize, kSize});
  Value x{g.input(), kChannels, kSize};
  if (plan.normalises_input) {
    const int centred = g.node(Op::sub, "centre", {x.node, g.constant("mean", draws.uniform({kChannels, 1, 1}, 0.3, 0.6))});
    x.node = g.node(Op::div, "scale", {centred, g.constant("std", draws.uniform({kChannels, 1, 1}, 0.2, 0.4))});
  }
  for (size_t i = 0; i < plan.stages.size(); ++i) {
    StagePlan stage = plan.stages[i];
    if (i == 0) stage.join = StagePlan::Join::none;  // joined with the pixels, later layers would be first ones without a box
    x = staged(g, draws, "stage" + std::to_string(i), stage, x);
  }
  int64_t features = x.channels * x.size * x.size;
  int flat = -1;
  if (plan.ends_in_mean) {
    features = x.channels;
    flat = g.node(Op::mean, "average", {x.node}, {{"dims", std::vector<int64_t>{2, 3}}, {"keepdim", false}});
  } else {
    flat = g.flatten("flat", x.node, features);
  }
  if (plan.has_hidden_layer) {
    const double width = std::sqrt(3.0 / static_cast<double>(features));
    flat = g.node(Op::relu, "hidden.relu",
                  {g.linear("hidden", flat, draws.uniform({6, features}, -width, width), draws.uniform({6}, -0.2, 0.2))});
    features = 6;
  }
  const double width = std::sqrt(3.0 / static_cast<double>(features));
  return g.finish(g.linear("classes", flat, draws.uniform({3, features}, -width, width), draws.uniform({3}, -0.2, 0.2)));
}

at::Tensor inputs_of(const NetworkPlan& plan, int64_t n) {
  Draws draws(plan.seed + 1);
  const at::Tensor x = draws.uniform({n, kChannels, kSize, kSize}, -0.2, 1);
  return x.clamp_min(0);
}

void showValue(const NetworkPlan& plan, std::ostream& out) {
  out << "seed " << plan.seed << (plan.normalises_input ? ", normalised input" : "") << (plan.ends_in_mean ? ", mean" : ", flat")
      << (plan.has_hidden_layer ? ", hidden layer" : "") << "; stages:";
  for (const StagePlan& stage : plan.stages) {
    out << " [" << stage.channels << " channels, kernel " << stage.kernel << ", stride " << stage.stride << ", padding "
        << stage.padding << ", groups " << stage.groups << (stage.has_bias ? ", bias" : "")
        << (stage.has_norm ? stage.norm_is_before ? ", norm before" : ", norm behind" : "") << ", join "
        << static_cast<int>(stage.join) << ", pool " << static_cast<int>(stage.pool) << "]";
  }
}

}  // namespace faultline::testing
