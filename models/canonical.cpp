#include "models/canonical.h"

#include <cstring>

namespace faultline {

namespace {

bool same_values(const at::Tensor& a, const at::Tensor& b) {
  return a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes() && a.equal(b);
}

/// Constants with equal values become one, the first that the walk meets.
void share_constants(GraphDraft& draft) {
  std::vector<int> kept;
  for (int index : draft.order()) {
    if (draft.node(index).op != Op::constant) continue;
    int same = -1;
    for (int other : kept)
      if (same < 0 && same_values(draft.values(index), draft.values(other))) same = other;
    if (same < 0) {
      kept.push_back(index);
    } else {
      draft.redirect(index, same);
    }
  }
}

}  // namespace

void make_canonical(GraphDraft& draft) {
  constexpr CanonicalRule rules[] = {canonical_activation, canonical_linear_map, canonical_constant, canonical_pooling,
                                     canonical_rearrangement};
  // Every rule brings a node nearer to a form that no rule changes, so this ends; a bound keeps a mistake from running forever.
  constexpr int most_rounds = 100;
  bool has_changed = true;
  for (int round = 0; has_changed && round < most_rounds; ++round) {
    has_changed = false;
    std::vector<int> use_counts = draft.use_counts();
    for (int index : draft.order()) {
      for (CanonicalRule rule : rules) {
        if (use_counts[static_cast<size_t>(index)] == 0 || !rule(draft, index, use_counts)) continue;
        has_changed = true;
        use_counts = draft.use_counts();
      }
    }
  }
  if (has_changed) throw std::logic_error("the canonical form of a graph did not settle");
  share_constants(draft);
}

LayerGraph canonical(const LayerGraph& graph, std::vector<at::Tensor>& parameters) {
  GraphDraft draft(graph, parameters);
  make_canonical(draft);
  return draft.finished(parameters);
}

}  // namespace faultline
