#pragma once
#include <memory>
#include <string>
#include <vector>

#include "cli/run_settings.h"
#include "data/dataset.h"
#include "data/samples.h"
#include "models/network.h"

namespace faultline {

/// A sample that was asked for and cannot be used.
struct LeftOut {
  uint64_t id = 0;
  std::string name;
  std::string reason;  ///< conventions 6
  std::string detail;
};

/// The samples that were asked for, as one batch in the network's dtype and on its device.
struct Inputs {
  Samples samples;                 ///< targets not set
  std::vector<int64_t> indices;    ///< [N] place in the data set
  std::vector<int64_t> positions;  ///< [N] place among those asked for
  int64_t asked = 0;
  int64_t available = 0;  ///< samples in the data set
  std::vector<LeftOut> skipped;
};

/// Opens --inputs or --data. with_labels: --labels belongs to this one.
std::unique_ptr<Dataset> open_inputs(const RunSettings& settings, const std::string& path, bool with_labels);

/// A single array is read strictly: one bad sample refuses it. In every other data set a bad sample is left out with its reason.
bool is_single_array(const Dataset& data);

/// The first sample that can be decoded. Throws nothing_tested where there is none.
LoadedSample first_usable_sample(const Dataset& data, const std::string& path);

/// --range, or with auto the smallest and largest value over all of the data.
LegalRange legal_range(const RunSettings& settings, const std::vector<const Dataset*>& data);

/// Which samples are used: --sample-ids, else --samples balanced over the classes, else all. Places in the data set.
std::vector<int64_t> selected_samples(const RunSettings& settings, const Network& network, const Dataset& data);

/// "" where the sample can be used, else the skip reason; detail says more.
std::string refusal(const LoadedSample& sample, const std::vector<int64_t>& shape, const LegalRange& range, std::string& detail);

/// Decodes and checks. Throws input naming the first bad sample of a single array; nothing_tested where no sample is left.
Inputs gather_inputs(const Network& network, const Dataset& data, const std::string& path, const std::vector<int64_t>& selection,
                     const LegalRange& range);

}  // namespace faultline
