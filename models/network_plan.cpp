#include "models/network_plan.h"

#include <ostream>
#include <stdexcept>
#include <tuple>

#include "core/numbers.h"
#include "core/random.h"
#include "models/graph_builder.h"

namespace faultline {
namespace {

constexpr int64_t kClasses = 3;

using Sizes = std::vector<int64_t>;

int64_t product_of(const Sizes& sizes) {
  int64_t n = 1;
  for (const int64_t size : sizes) n *= size;
  return n;
}

/// The arrays of one plan.
class Draws {
 public:
  explicit Draws(const NetworkPlan& plan) : seed_(plan.seed), step_(plan.weight_step) {}

  at::Tensor uniform(const std::string& name, const Sizes& shape, double low, double high) const {
    const RandomStream stream(seed_, "network-plan/" + name, 0);
    const at::Tensor u = at::tensor(stream.uniforms(0, static_cast<size_t>(product_of(shape))), at::kDouble);
    const at::Tensor values = (u * (high - low) + low).reshape(shape);
    return step_ > 0 ? (values / step_).round() * step_ : values;
  }
  /// Of what is divided by: rounded to no less than one step.
  at::Tensor divisor(const std::string& name, const Sizes& shape, double low, double high) const {
    return uniform(name, shape, low, high).clamp_min(step_ > 0 ? step_ : low);
  }
  at::Tensor weight(const std::string& name, const Sizes& shape) const {
    const double width = std::sqrt(3.0 * static_cast<double>(shape[0]) / static_cast<double>(product_of(shape)));
    return uniform(name + ".weight", shape, -width, width);
  }
  at::Tensor bias(const std::string& name, int64_t size, bool has_bias) const {
    return has_bias ? uniform(name + ".bias", {size}, -0.2, 0.2) : at::Tensor();
  }

 private:
  uint64_t seed_;
  double step_;
};

/// What has been built so far: a node and its shape without the batch.
struct Value {
  int node;
  int64_t channels, size;
};

Value with_norm(GraphBuilder& g, const Draws& draws, const std::string& name, const Value& x) {
  const Sizes shape{x.channels};
  const int node =
      g.batch_norm(name, x.node, draws.uniform(name + ".gamma", shape, 0.3, 1.5), draws.uniform(name + ".beta", shape, -0.3, 0.3),
                   draws.uniform(name + ".mean", shape, -0.3, 0.3), draws.divisor(name + ".variance", shape, 0.2, 2));
  return {node, x.channels, x.size};
}

Value pooled(GraphBuilder& g, const std::string& name, StagePlan::Pool pool, const Value& x) {
  if (pool == StagePlan::Pool::none || x.size < 3) return x;
  const Sizes kernel{3, 3}, stride{2, 2}, padding{1, 1};
  const int64_t size = (x.size - 1) / 2 + 1;
  if (pool == StagePlan::Pool::max) {
    return {
        g.node(Op::max_pool, name, {x.node},
               {{"kernel", kernel}, {"stride", stride}, {"padding", padding}, {"dilation", Sizes{1, 1}}, {"ceil_mode", false}}),
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

Value staged(GraphBuilder& g, const Draws& draws, const std::string& name, const StagePlan& plan, const Value& before) {
  const int64_t groups = before.channels % plan.groups == 0 ? plan.groups : 1;
  const bool keeps = plan.join != StagePlan::Join::none;
  const int64_t channels = plan.join == StagePlan::Join::residual ? before.channels : plan.channels * groups;
  // A branch that is joined with its input keeps the frame.
  const int64_t widest = keeps && before.size < 3 ? 1 : before.size;
  const int64_t kernel = std::min(keeps ? plan.kernel | 1 : plan.kernel, widest), padding = keeps ? kernel / 2 : plan.padding;
  const int64_t stride = keeps ? 1 : plan.stride;
  Value x = before;
  if (plan.has_norm && plan.norm_is_before) x = with_norm(g, draws, name + ".norm", x);
  x.node =
      g.convolution(name + ".conv", x.node, draws.weight(name + ".conv", {channels, before.channels / groups, kernel, kernel}),
                    draws.bias(name + ".conv", channels, plan.has_bias), stride, padding, groups);
  x = {x.node, channels, (before.size + 2 * padding - kernel) / stride + 1};
  if (plan.has_norm && !plan.norm_is_before) x = with_norm(g, draws, name + ".norm", x);
  if (plan.join == StagePlan::Join::residual) x.node = g.node(Op::add, name + ".sum", {x.node, before.node});
  x.node = g.node(Op::relu, name + ".relu", {x.node});
  if (plan.join == StagePlan::Join::cat) {
    x = {g.node(Op::cat, name + ".cat", {x.node, before.node}, {{"dim", int64_t{1}}}), x.channels + before.channels, x.size};
  }
  return pooled(g, name + ".pool", plan.pool, x);
}

/// Whether its inputs are pictures; they are vectors else.
bool reads_pictures(const NetworkPlan& plan) {
  const Sizes& shape = plan.input_shape;
  if (shape.size() == 3 && shape[1] == shape[2]) return true;
  if (shape.size() != 1) throw std::logic_error("a plan's input has the shape [C,S,S] or [F]");
  if (!plan.stages.empty() || plan.ends_in_mean) throw std::logic_error("a plan for vectors has neither stages nor a mean");
  return false;
}

const char* name_of(StagePlan::Join join) {
  switch (join) {
    case StagePlan::Join::none: return "";
    case StagePlan::Join::residual: return ", added to its input";
    case StagePlan::Join::cat: return ", beside its input";
  }
  throw std::logic_error("a join without a name");
}

const char* name_of(StagePlan::Pool pool) {
  switch (pool) {
    case StagePlan::Pool::none: return "";
    case StagePlan::Pool::max: return ", max pooling";
    case StagePlan::Pool::average: return ", average pooling";
  }
  throw std::logic_error("a pooling without a name");
}

std::string text_of(const StagePlan& stage) {
  const auto number = [](const char* name, int64_t value) { return std::string(", ") + name + " " + std::to_string(value); };
  return std::to_string(stage.channels) + (stage.channels == 1 ? " channel" : " channels") + number("kernel", stage.kernel) +
         number("stride", stage.stride) + number("padding", stage.padding) + number("groups", stage.groups) +
         (stage.has_bias ? ", bias" : "") +
         (!stage.has_norm        ? ""
          : stage.norm_is_before ? ", norm before"
                                 : ", norm behind") +
         name_of(stage.join) + name_of(stage.pool);
}

std::string text_of(const Sizes& sizes) {
  std::string out = "[";
  for (size_t i = 0; i < sizes.size(); ++i) out += (i ? "," : "") + std::to_string(sizes[i]);
  return out + "]";
}

auto fields_of(const StagePlan& s) {
  return std::tie(s.channels, s.kernel, s.stride, s.padding, s.groups, s.has_bias, s.has_norm, s.norm_is_before, s.join, s.pool);
}
auto fields_of(const NetworkPlan& p) {
  return std::tie(p.input_shape, p.stages, p.normalises_input, p.ends_in_mean, p.hidden, p.has_bias, p.weight_step, p.seed);
}

}  // namespace

bool operator==(const StagePlan& a, const StagePlan& b) { return fields_of(a) == fields_of(b); }
bool operator==(const NetworkPlan& a, const NetworkPlan& b) { return fields_of(a) == fields_of(b); }

Network network_of(const NetworkPlan& plan) {
  const bool has_pictures = reads_pictures(plan);
  const Draws draws(plan);
  GraphBuilder g(plan.input_shape);
  Value x{g.input(), plan.input_shape[0], has_pictures ? plan.input_shape[1] : 1};
  if (plan.normalises_input) {
    const Sizes shape = has_pictures ? Sizes{x.channels, 1, 1} : Sizes{x.channels};
    const int centred = g.node(Op::sub, "centre", {x.node, g.constant("mean", draws.uniform("mean", shape, 0.3, 0.6))});
    x.node = g.node(Op::div, "scale", {centred, g.constant("std", draws.divisor("std", shape, 0.2, 0.4))});
  }
  for (size_t i = 0; i < plan.stages.size(); ++i) {
    StagePlan stage = plan.stages[i];
    if (i == 0) stage.join = StagePlan::Join::none;  // joined with the pixels, later layers would be first ones without a box
    x = staged(g, draws, "stage" + std::to_string(i), stage, x);
  }
  int64_t features = x.channels * x.size * x.size;
  int flat = x.node;
  if (plan.ends_in_mean) {
    features = x.channels;
    flat = g.node(Op::mean, "average", {x.node}, {{"dims", Sizes{2, 3}}, {"keepdim", false}});
  } else if (has_pictures) {
    flat = g.flatten("flat", x.node, features);
  }
  for (size_t i = 0; i < plan.hidden.size(); ++i) {
    const std::string name = "hidden" + std::to_string(i);
    const int64_t units = plan.hidden[i];
    flat = g.node(Op::relu, name + ".relu",
                  {g.linear(name, flat, draws.weight(name, {units, features}), draws.bias(name, units, plan.has_bias))});
    features = units;
  }
  return g.finish(
      g.linear("classes", flat, draws.weight("classes", {kClasses, features}), draws.bias("classes", kClasses, plan.has_bias)));
}

at::Tensor inputs_of(const NetworkPlan& plan, int64_t n) {
  Sizes shape{n};
  shape.insert(shape.end(), plan.input_shape.begin(), plan.input_shape.end());
  const auto u = RandomStream(plan.seed, "network-plan/inputs", 0).uniforms(0, static_cast<size_t>(product_of(shape)));
  return (at::tensor(u, at::kDouble) * 1.2 - 0.2).clamp_min(0).reshape(shape);
}

std::string print(const NetworkPlan& plan) {
  std::string out = "inputs " + text_of(plan.input_shape) + (plan.normalises_input ? ", normalised" : "") + "; stages";
  for (const StagePlan& stage : plan.stages) out += " [" + text_of(stage) + "]";
  if (plan.stages.empty()) out += " none";
  out += std::string(plan.ends_in_mean ? "; mean" : "; flat") + "; hidden " + text_of(plan.hidden) +
         (plan.has_bias ? ", bias" : "") + "; seed " + std::to_string(plan.seed);
  return plan.weight_step > 0 ? out + ", weights rounded to " + short_number(plan.weight_step) : out;
}

void showValue(const NetworkPlan& plan, std::ostream& out) { out << print(plan); }

}  // namespace faultline
