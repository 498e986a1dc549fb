#pragma once
#include <map>
#include <memory>

#include "explainers/relevance/operation_rules.h"

namespace faultline {

/// The pattern of every linear layer, by node.
using LayerPatterns = std::map<int, at::Tensor>;

// Both for a network in its relevance form; the layers' weights give way to patterns a (Kindermans 2018; relevance sheet 12).

/// A walk of multipliers with a in place of w: at the input it has become a signal. A factor in front of the first layer, such
/// as a normalisation's, has the pattern 1 / factor.
std::vector<std::shared_ptr<const Rule>> pattern_net_rules(const Network& form, const LayerPatterns& patterns);

/// A walk of relevance with w a in place of w: w.a = 1, so that active units share out everything. What closed rectifiers stop,
/// padding would get and dead units cannot send is booked.
std::vector<std::shared_ptr<const Rule>> pattern_attribution_rules(const Network& form, const LayerPatterns& patterns,
                                                                   ResidualMode residual = ResidualMode::absolute);

/// The same for the identity estimator: the z-rule without biases, each layer's root being zero.
std::vector<std::shared_ptr<const Rule>> identity_attribution_rules(const Network& form, ResidualMode residual);

}  // namespace faultline
