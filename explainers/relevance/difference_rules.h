#pragma once
#include "core/options.h"
#include "explainers/relevance/rule.h"
#include "models/blocks.h"

namespace faultline {

/// How DeepLIFT shares the difference of a nonlinearity (Shrikumar 2017). genomics: reveal_cancel behind dense layers, rescale
/// behind convolutions.
enum class DifferenceRule { rescale, reveal_cancel, genomics };
/// exact: every overlapping window adds its share; captum: the last window that chose an entry overwrites the others.
enum class DifferenceMaxPool { exact, captum };

struct DifferenceOptions {
  DifferenceRule rule = DifferenceRule::rescale;
  DifferenceMaxPool max_pool = DifferenceMaxPool::exact;
  static const OptionTable<DifferenceOptions>& options();
};

/// Throws usage where multipliers of this output would say little: a probability saturates.
void refuse_saturating(const std::string& method, Output output);

/// Multipliers m with sum_i m_i (x_i - x0_i) = m_out (out - out0) at every node (relevance sheet 11). Throws an input error
/// naming a node that has none.
std::vector<std::shared_ptr<const Rule>> difference_rules(const Network& network, const DifferenceOptions& options);

// By family, each null where the operation is not of it.
std::shared_ptr<const Rule> difference_of_product(const Node& node, const std::vector<char>& varies);
std::shared_ptr<const Rule> difference_of_normalisation(const Node& node);
std::shared_ptr<const Rule> difference_of_maximum(const Node& node, DifferenceMaxPool max_pool);

}  // namespace faultline
