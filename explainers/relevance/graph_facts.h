#pragma once
#include <map>
#include <vector>

#include "explainers/relevance/linear_layer.h"

namespace faultline {

/// What a walk wants to know of a graph before it sees an input. Entry i is node i's.
struct GraphFacts {
  std::vector<char> varies;        ///< depends on the network's input
  std::vector<char> non_negative;  ///< >= 0 whatever the input
  std::vector<char> linear;        ///< a linear layer (LinearLayer::is_one)
  std::vector<char> first;         ///< a linear layer with a path from the input that meets no other
  std::vector<char> last;          ///< a linear layer with a path to the output that meets no other
  std::vector<char> shallow;       ///< varies, and no linear layer lies before it
};
GraphFacts facts_of(const Network& network);

/// The linear layers that depend on the network's input, by node.
std::map<int, LinearLayer> linear_layers_of(const Network& network);

/// Whether a rectifier decides which units of this node are heard: an activation lies on a path from it that meets no other
/// linear layer before.
bool is_rectified(const LayerGraph& graph, int node);

/// The dimension of every node's value that counts samples, or several entries of each sample one after the other ([N * windows,
/// ...]); 0 where the file froze its batch.
std::vector<int64_t> batch_dims(const Network& network);

/// Whether a value is a share by construction: the output of sigmoid, hardsigmoid, softmax or a clamp to [0,1], seen through
/// views, pools and constants that are added (relevance sheet 5.2: the gate of a product).
bool is_gate(const LayerGraph& graph, int node);
/// The same for a softmax alone, seen through views and masks: the routing matrix of attention.
bool is_softmax(const LayerGraph& graph, int node);

/// Whether some operation shares relevance in proportion to values that may have both signs, as sums of branches before their
/// ReLU do: what it sends then has both signs too, whatever the rules of the linear layers (relevance sheet 5.2).
bool shares_signed_values(const Network& network);

/// Where relevance starts: the node before a softmax or log softmax that ends the network, else the output.
int logits_node(const LayerGraph& graph);

}  // namespace faultline
