#include "explainers/output_options.h"

namespace faultline {

const OptionTable<OutputOptions>& OutputOptions::options() {
  static const auto table = OptionTable<OutputOptions>()
                                .choice<Output>("output", &OutputOptions::output,
                                                {{"logit", Output::logit},
                                                 {"probability", Output::probability},
                                                 {"log-probability", Output::log_probability},
                                                 {"logit-difference", Output::logit_difference},
                                                 {"logit-contrast", Output::logit_contrast}},
                                                "the explained scalar of the target class")
                                .text("target", &OutputOptions::target, "the explained class", "", "predicted|label|second|INT");
  return table;
}

Points points_of(const Samples& samples) { return {samples.inputs, samples.targets, samples.slots, samples.runners_up}; }

}  // namespace faultline
