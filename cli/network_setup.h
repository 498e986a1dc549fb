#pragma once
#include <string>
#include <utility>
#include <vector>

#include "cli/arguments.h"
#include "cli/run_settings.h"
#include "models/model.h"
#include "models/network.h"

namespace faultline {

/// The file's network for inputs of this shape, as the run wants it: --mean and --std prepended, dtype, device.
/// Throws input as Model::network does, or where --mean does not fit the channels.
Network prepared_network(const RunSettings& settings, const Model& model, const std::vector<int64_t>& shape);

/// The shape to lay a file's network out for where no run says it, and how it came about: --input-shape ("given"), the shape of
/// --data's samples ("of the data"), or "guessed". Throws input where nothing works.
std::pair<std::vector<int64_t>, std::string> shape_for(const Arguments& arguments, const Model& model);

/// Runs one sample [C,H,W] before anything else. Throws input where the network refuses it.
void try_one_sample(const Network& network, const at::Tensor& sample, const std::string& model);

/// Notes about the whole run for people and for the report: what the importer saw, `output-is-probability`,
/// `batch-dependent-model` (conventions 1). inputs: some clean samples [n,...]; 4 are enough.
std::vector<std::string> network_notes(const Network& network, const at::Tensor& inputs);

}  // namespace faultline
