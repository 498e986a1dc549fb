#pragma once
#include <memory>
#include <string>
#include <vector>

#include "cli/inputs.h"
#include "cli/run_settings.h"
#include "core/context.h"
#include "core/spec.h"
#include "explainers/explainer.h"
#include "models/network.h"

namespace faultline {

/// What `explain` and `attack` share: the network, the samples with their targets, and a fitted explainer.
struct Workspace {
  RunSettings settings;
  Network network;
  Inputs inputs;                       ///< samples with targets and runners-up, in the network's dtype and on its device
  std::unique_ptr<Dataset> reference;  ///< --data, may be null
  std::unique_ptr<PassCount> passes = std::make_unique<PassCount>();
  Context context;
  std::unique_ptr<Explainer> explainer;
  std::string explainer_spec;      ///< canonical
  std::vector<std::string> notes;  ///< about the whole run
};

/// Reads the options, makes the explainer (so that wrong words fail first), checks that `out` can be written, loads the model,
/// tries one sample, reads and checks the inputs, settles the targets, fits the explainer. Says on stderr what is worth knowing.
Workspace prepare_workspace(const Arguments& arguments, const std::string& explainer, const std::string& out);

}  // namespace faultline
