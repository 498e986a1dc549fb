#pragma once
#include "explainers/explainer.h"
#include "explainers/relevance/relevance_walk.h"
#include "models/blocks.h"

namespace faultline {

/// A layer of a network's relevance form; no name: the input.
struct InnerLayer {
  std::string name;
  BatchNormOption batch_norm = BatchNormOption::fold;
};

/// Gradient times value where values reach the first linear layers, passed on to the input as relevance: what LRP-zero and
/// LRP-epsilon compute on networks of linear layers, ReLU and max pooling (relevance sheet 18.11). On a smooth surrogate its
/// derivative is complete, where theirs has poles: attacks differentiate it in their place (attacks sheet 2.3). layer: what the
/// rules send there, gradient times that layer's value.
std::unique_ptr<Explainer> input_gradient_walk(Output output, InnerLayer layer);

}  // namespace faultline
