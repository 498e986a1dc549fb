#pragma once
#include "core/range.h"
#include "explainers/relevance/composite.h"
#include "explainers/relevance/walk.h"
#include "models/relevance_form.h"

namespace faultline {

/// How batch norm is treated (relevance sheet 6).
enum class BatchNormOption { fold, fold_after, pass, leak };

enum class StabiliserOption { automatic, add, clip, zero_only };

/// What every relevance walk can be told, apart from the rules of its linear layers.
struct RelevanceOptions : OperationOptions {
  StabiliserOption stabiliser_option = StabiliserOption::automatic;
  double stabiliser_epsilon = 1e-6;
  bool spreads_zero_denominators = false;
  bool renormalises_one_sided = false;
  BatchNormOption batch_norm_option = BatchNormOption::fold;
  static const OptionTable<RelevanceOptions>& options();
  /// automatic: `add`.
  Stabiliser chosen_stabiliser() const;
};

/// The network in the form in which these options want it, kept in its memo.
std::shared_ptr<const Network> form_of(const Network& network, BatchNormOption batch_norm);

/// Linear rules by a composite's lines, everything else by the options. network: as form_of() gives it. negates_last: the rules
/// of the last linear layers see weights and bias negated (the dual unit of contrastive walks). Throws an input error where a
/// node that varies has no rule, naming it.
std::vector<std::shared_ptr<const Rule>> relevance_rules(const Network& network, const Composite& composite,
                                                         const RelevanceOptions& options, const LegalRange& range,
                                                         bool drops_negative_inputs = false, bool negates_last = false);

}  // namespace faultline
