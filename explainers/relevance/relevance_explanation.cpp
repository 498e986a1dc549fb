#include "explainers/relevance/relevance_explanation.h"

#include "core/error.h"
#include "core/nearest.h"

namespace faultline {

int layer_named(const Network& network, const std::string& name) {
  const int found = network.graph().find(name);
  if (found >= 0 && network.graph().nodes[static_cast<size_t>(found)].parameter < 0) return found;
  std::vector<std::string> names;
  for (const Node& node : network.graph().nodes) {
    if (node.parameter < 0) names.push_back(node.name);
  }
  throw_usage("layer '" + name + "'", "is not in this network", suggestion(name, names));
}

namespace {

/// |R| / |f| above which a map says nothing: relevance of both signs grew without bound on its way, as behind residual sums.
constexpr double kExplodes = 1e3;

at::Tensor per_sample(const at::Tensor& values) { return values.detach().to(at::kDouble).flatten(1).sum(1); }

/// The map of a contrast: what the target's walk has beyond the other's, both of one size (Gu 2018).
at::Tensor contrasted(const at::Tensor& map, const at::Tensor& dual) {
  std::vector<int64_t> shape(static_cast<size_t>(map.dim()), 1);
  shape[0] = map.size(0);
  const at::Tensor sum = map.flatten(1).sum(1), other = dual.flatten(1).sum(1);
  const at::Tensor are_positive = (sum.detach() > 0).logical_and(other.detach() > 0);
  const at::Tensor scale = at::where(are_positive, sum / other.masked_fill(are_positive.logical_not(), 1), at::ones_like(sum));
  return at::relu(map - dual * scale.reshape(shape));
}

}  // namespace

void book_sums(Ledger& ledger, const at::Tensor& start, const at::Tensor& maps) {
  ledger.explained = per_sample(start);
  ledger.map_sum = per_sample(maps);
  ledger.map_magnitude = per_sample(maps.abs());
}

BlockExplanation RelevanceExplanation::explain(const BlockRows& rows, bool is_differentiable, bool with_ledger) const {
  const at::AutoGradMode mode(is_differentiable);
  const Walk& walk = *parts_.walk;
  const LayerGraph& graph = walk.network().graph();
  const int from = logits_node(graph);
  const WalkTape tape = walk.run(rows.inputs, is_differentiable);
  const at::Tensor& y = tape.values[static_cast<size_t>(from)];
  at::Tensor start = start_of(parts_.start, y, rows.targets, rows.runners_up);
  if (parts_.starts_non_negative) start = at::clamp_min(start, 0);

  BlockExplanation out;
  out.logits = tape.values[static_cast<size_t>(graph.output)];
  const bool is_contrast = parts_.start == Start::contrast_others || parts_.start == Start::contrast_dual;
  // The ledger of a contrast would be that of two walks; it is kept for single walks only.
  if (with_ledger && parts_.is_relevance && !is_contrast && parts_.meets < 0) {
    out.ledger = std::make_shared<Ledger>(walk.new_ledger(rows.inputs.size(0)));
  }
  if (parts_.meets >= 0) {
    const at::Tensor difference = walk.back(tape, start, from, parts_.meets) - parts_.dual->back(tape, start, from, parts_.meets);
    out.maps = walk.back(tape, difference, parts_.meets, parts_.until);
    if (parts_.keeps_positive) out.maps = at::relu(out.maps);
    return out;
  }
  out.maps = walk.back(tape, start, from, parts_.until, out.ledger.get());
  if (is_contrast) {
    const bool is_dual = parts_.start == Start::contrast_dual;
    const at::Tensor second = is_dual ? start : start_of_others(y, rows.targets);
    out.maps = contrasted(out.maps, (is_dual ? *parts_.dual : walk).back(tape, second, from, parts_.until));
    return out;
  }
  const at::Tensor explained = per_sample(start), magnitude = per_sample(out.maps.abs());
  if (out.ledger) book_sums(*out.ledger, start, out.maps);
  if (is_differentiable) return out;
  // Not `>`: an overflow on the way leaves infinities or NaN.
  const at::Tensor explodes = at::logical_not(magnitude <= kExplodes * explained.abs());
  const bool may_explode = parts_.is_relevance && explodes.any().item<bool>();
  const at::Tensor strays = walk.strays(tape);
  const bool may_stray = strays.defined() && strays.any().item<bool>();
  if (!may_explode && !may_stray && parts_.notes.empty()) return out;
  out.notes.assign(static_cast<size_t>(explodes.size(0)), parts_.notes);
  for (int64_t i = 0; i < explodes.size(0); ++i) {
    std::vector<std::string>& notes = out.notes[static_cast<size_t>(i)];
    if (may_stray && strays[i].item<bool>()) notes.emplace_back("outside-box");
    if (may_explode && explodes[i].item<bool>()) notes.emplace_back("relevance-explodes");
  }
  return out;
}

}  // namespace faultline
