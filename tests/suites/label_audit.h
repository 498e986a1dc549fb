#pragma once
#include "suites/label_training.h"
#include "suites/small_audit.h"

namespace faultline::testing {

/// small_audit() on a longer data set: the 18 audited digits and `others` more to train on.
inline Audit label_audit(int64_t others = 60, at::ScalarType dtype = at::kFloat) {
  Audit audit = small_audit(dtype, 64);
  audit.data = open_dataset("glyphs:count=" + std::to_string(18 + others) + ",seed=2", {});
  audit.context.seed = 3;
  return audit;
}

/// A short training on 60 digits that ends after about twenty epochs.
inline LabelTrainingOptions brief_training() {
  LabelTrainingOptions options;
  options.batch = 16;
  options.learning_rate = 3e-3;
  options.accuracy = 0.8;
  return options;
}

}  // namespace faultline::testing
