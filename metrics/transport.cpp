#include "metrics/transport.h"

#include <algorithm>
#include <limits>

namespace faultline {
namespace {

/// Spanning tree of the basis. Nodes: supplies, demands, and an artificial root that every node starts at. A node stores the tree
/// arc to its parent.
class NetworkSimplex {
 public:
  NetworkSimplex(const std::vector<int64_t>& supply, const std::vector<int64_t>& demand, const std::vector<double>& cost)
      : supplies_(static_cast<int>(supply.size())),
        demands_(static_cast<int>(demand.size())),
        cost_(cost),
        nodes_(supplies_ + demands_ + 1),
        potential_(nodes_.size(), 0.0) {
    const double largest = *std::max_element(cost.begin(), cost.end());
    tolerance_ = 1e-12 * largest;
    const int root = supplies_ + demands_;
    for (int u = 0; u < root; ++u) {
      const bool is_supply = u < supplies_;
      // Through the root costs 2 * largest, never less than the direct way: no mass stays on artificial arcs.
      nodes_[u].arc = {is_supply, largest, is_supply ? supply[u] : demand[u - supplies_]};
      attach(u, root);
      nodes_[u].depth = 1;
      potential_[u] = is_supply ? -largest : largest;
    }
  }

  double solve() {
    while (find_entering()) pivot();
    double total = 0;
    for (const Node& node : nodes_) {
      if (node.parent >= 0) total += static_cast<double>(node.arc.flow) * node.arc.cost;
    }
    return total;
  }

 private:
  struct Arc {
    bool up = false;  ///< directed from the node to its parent
    double cost = 0;
    int64_t flow = 0;
  };
  struct Node {
    int parent = -1, child = -1, next = -1, previous = -1, depth = 0;
    Arc arc;
  };

  /// The arc of most negative reduced cost among the first row of supplies, from where the last search ended, that has one.
  bool find_entering() {
    const double* demand_potential = potential_.data() + supplies_;
    for (int tried = 0; tried < supplies_; ++tried) {
      const double* row = cost_.data() + static_cast<size_t>(row_) * demands_;
      double least = std::numeric_limits<double>::infinity();
      for (int j = 0; j < demands_; ++j) least = std::min(least, row[j] - demand_potential[j]);
      const int from = row_;
      row_ = row_ + 1 == supplies_ ? 0 : row_ + 1;
      if (least + potential_[from] < -tolerance_) {
        int best = 0;
        while (row[best] - demand_potential[best] != least) ++best;
        from_ = from;
        to_ = supplies_ + best;
        return true;
      }
    }
    return false;
  }

  void pivot() {
    int join = from_;
    for (int other = to_; join != other;) {
      if (nodes_[join].depth < nodes_[other].depth) std::swap(join, other);
      join = nodes_[join].parent;
    }
    // The leaving arc is the last blocking one met when going round the cycle from the join along its direction: keeps the tree
    // strongly feasible.
    int64_t least = std::numeric_limits<int64_t>::max();
    int leaving = -1;
    bool on_from_side = true;
    for (int w = from_; w != join; w = nodes_[w].parent) {
      if (nodes_[w].arc.up && nodes_[w].arc.flow < least) {
        least = nodes_[w].arc.flow;
        leaving = w;
      }
    }
    for (int w = to_; w != join; w = nodes_[w].parent) {
      if (!nodes_[w].arc.up && nodes_[w].arc.flow <= least) {
        least = nodes_[w].arc.flow;
        leaving = w;
        on_from_side = false;
      }
    }
    for (int w = from_; w != join; w = nodes_[w].parent) nodes_[w].arc.flow += nodes_[w].arc.up ? -least : least;
    for (int w = to_; w != join; w = nodes_[w].parent) nodes_[w].arc.flow += nodes_[w].arc.up ? least : -least;
    const double cost = cost_[static_cast<size_t>(from_) * demands_ + (to_ - supplies_)];
    const int top = on_from_side ? from_ : to_;
    hang(top, on_from_side ? to_ : from_, leaving, {on_from_side, cost, least});
    refresh(top);
  }

  /// Turns the path from `node` up to `last` round and hangs it below `parent` with `arc`; the tree arc above `last` is gone.
  void hang(int node, int parent, int last, Arc arc) {
    while (true) {
      const int above = nodes_[node].parent;
      const Arc old = nodes_[node].arc;
      detach(node);
      attach(node, parent);
      nodes_[node].arc = arc;
      if (node == last) return;
      arc = {!old.up, old.cost, old.flow};
      parent = node;
      node = above;
    }
  }

  /// Depths and potentials below `top`, from the tree itself, so that rounding does not pile up over pivots.
  void refresh(int top) {
    stack_.assign(1, top);
    while (!stack_.empty()) {
      const int u = stack_.back();
      stack_.pop_back();
      Node& node = nodes_[u];
      node.depth = nodes_[node.parent].depth + 1;
      potential_[u] = potential_[node.parent] + (node.arc.up ? -node.arc.cost : node.arc.cost);
      for (int w = node.child; w >= 0; w = nodes_[w].next) stack_.push_back(w);
    }
  }

  void attach(int node, int parent) {
    nodes_[node].parent = parent;
    nodes_[node].previous = -1;
    nodes_[node].next = nodes_[parent].child;
    if (nodes_[parent].child >= 0) nodes_[nodes_[parent].child].previous = node;
    nodes_[parent].child = node;
  }

  void detach(int node) {
    const Node& n = nodes_[node];
    if (n.previous >= 0) {
      nodes_[n.previous].next = n.next;
    } else {
      nodes_[n.parent].child = n.next;
    }
    if (n.next >= 0) nodes_[n.next].previous = n.previous;
  }

  int supplies_, demands_;
  const std::vector<double>& cost_;
  std::vector<Node> nodes_;
  std::vector<double> potential_;  ///< cost of the tree path from the root, arcs against their direction counted negative
  std::vector<int> stack_;
  double tolerance_ = 0;
  int row_ = 0, from_ = 0, to_ = 0;
};

}  // namespace

double minimum_transport_cost(const std::vector<int64_t>& supply, const std::vector<int64_t>& demand,
                              const std::vector<double>& cost) {
  if (supply.empty() || demand.empty()) return 0;
  return NetworkSimplex(supply, demand, cost).solve();
}

}  // namespace faultline
