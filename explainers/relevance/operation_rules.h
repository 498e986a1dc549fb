#pragma once
#include "explainers/relevance/linear_rule.h"
#include "explainers/relevance/rule.h"

namespace faultline {

/// How relevance passes the operations that are no linear layers (relevance sheet 5.2, 6, 7).
enum class ResidualMode { proportional, absolute, half };
/// Their words in options.
const std::vector<std::pair<std::string, ResidualMode>>& residual_words();
enum class AffineMode { pass, leak, gradient };
enum class GateMode { signal, half };
enum class ActivationMode { pass, gradient };
enum class MaxPoolMode { argmax, proportional, ties_split };
enum class AttentionMode { detach, attn_lrp, gradient_x_input };
enum class NormMode { detach, pass, gradient };
enum class BatchNormMode { pass, leak, gradient };

struct OperationOptions {
  ResidualMode residual = ResidualMode::proportional;
  AffineMode affine = AffineMode::pass;
  GateMode gate = GateMode::signal;
  ActivationMode activation = ActivationMode::pass;
  MaxPoolMode max_pool = MaxPoolMode::argmax;
  AttentionMode attention = AttentionMode::detach;
  NormMode norm = NormMode::detach;
  BatchNormMode batch_norm = BatchNormMode::pass;
  BiasMode bias = BiasMode::leak;
  Stabiliser stabiliser;
};

/// The rule of one node that is no linear layer. Throws an input error naming operation and layer where it has none.
std::shared_ptr<const Rule> operation_rule(const Network& network, int node, const OperationOptions& options);

// By family, each null where the operation is not of it.
std::shared_ptr<const Rule> pooling_rule(const Network& network, int node, const OperationOptions& options);
std::shared_ptr<const Rule> combination_rule(const Network& network, int node, const OperationOptions& options);
std::shared_ptr<const Rule> normalisation_rule(const Network& network, int node, const OperationOptions& options);
std::shared_ptr<const Rule> attention_rule(const Network& network, int node, const OperationOptions& options);

/// Relevance goes on unchanged to the one input that varies.
std::shared_ptr<const Rule> pass_rule();
/// The inverse rearrangement, and the routing of maxima: what autograd does.
std::shared_ptr<const Rule> adjoint_rule();
/// Chain rule on relevance; what it loses is booked as non-conservative.
std::shared_ptr<const Rule> gradient_rule();
/// The z-rule of an operation that is linear in its one varying input: R_i = a_i (J^T R / out)_i.
std::shared_ptr<const Rule> share_rule(const Stabiliser& stabiliser);

/// The first input that varies.
size_t varying_input(const Visit& visit);

}  // namespace faultline
