#pragma once
#include "explainers/explainer.h"
#include "models/blocks.h"

namespace faultline {

/// Gradient times value where values reach the first linear layers, passed on to the input as relevance: what LRP-zero and
/// LRP-epsilon compute on networks of linear layers, ReLU and max pooling (relevance sheet 18.11). On a smooth surrogate its
/// derivative is complete, where theirs has poles: attacks differentiate it in their place (attacks sheet 2.3).
std::unique_ptr<Explainer> input_gradient_walk(Output output);

}  // namespace faultline
