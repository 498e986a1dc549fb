#pragma once
#include <string>

#include "suites/run_store.h"

namespace faultline::testing {

/// What a synthetic run holds; numbers are made from the indices alone, so that every run of one plan is the same.
struct SyntheticPlan {
  int samples = 12;  ///< asked for, of which the last is skipped by all and the one before lost its map under `gradient`
  bool with_pictures = true;
  int channels = 1;                ///< of the pictures: 1 or 3
  int64_t side = 28;               ///< of the pictures; larger ones are filled with noise
  std::string odd_name;            ///< stands in for one sample's name, to try escaping
  bool attack_is_useless = false;  ///< the attack on `smooth-grad` finds what noise finds
  std::string warning;             ///< id of a health warning on the attacks on `smooth-grad` at the largest epsilon
  double rounding_left = 0.98;     ///< top-k that rounding leaves of the maps
  bool with_ledger = false;        ///< `gradient` kept a ledger: 25 % leaks, at seven places
  bool is_out_of_range = false;    ///< a quarter of the samples lie outside the legal range
};

/// Writes a fragility run: explainers gradient, smooth-grad and the control random; epsilons 2/255, 4/255, 8/255; two attacks, a
/// random walk and a one-shot control; metrics top-k, spearman, center-shift; skips, health warnings and pictures.
void write_synthetic_run(const std::string& folder, const SyntheticPlan& plan = {});

}  // namespace faultline::testing
