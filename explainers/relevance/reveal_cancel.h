#pragma once
#include "explainers/relevance/graph_facts.h"
#include "explainers/relevance/rule.h"

namespace faultline {

/// DeepLIFT's RevealCancel at an element-wise function (Shrikumar 2017; relevance sheet 11): what the positive and the negative
/// part of a difference do to the function on their own, averaged over the order in which they come. The parts are gathered
/// through sums, concatenations, average pools, factors and views that nothing else reads, from the linear layers before them.
/// Whatever else such a chain reads counts with the sign of its own difference.
///
/// Null where no linear layer lies at the end of a chain: there the rule is Rescale. only_dense: where a convolution does, too.
/// uses: LayerGraph::use_counts().
std::shared_ptr<const Rule> reveal_cancel(const Network& network, int activation, const GraphFacts& facts,
                                          const std::vector<int>& uses, bool only_dense);

}  // namespace faultline
