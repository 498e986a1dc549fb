#include "explainers/precomputed.h"

#include <algorithm>
#include <filesystem>
#include <limits>

#include "core/error.h"
#include "core/random.h"
#include "core/sha256.h"
#include "data/npy.h"
#include "data/npy_dataset.h"
#include "explainers/external/block_answers.h"
#include "explainers/external/stated_claims.h"

namespace faultline {
namespace {

const char* const kMissing = "explainer-failed";
const char* const kNotFinite = "non-finite-map";

/// Of the values in float32, which the run's two dtypes share.
uint64_t hash_of(const at::Tensor& input) {
  const at::Tensor values = input.to(at::kCPU, at::kFloat).contiguous();
  return fnv1a64(values.data_ptr(), static_cast<size_t>(values.nbytes()));
}

/// The digests of all arrays of a folder as one.
std::string digest_of_folder(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".npy") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  Sha256 all;
  for (const auto& file : files) all.update(std::filesystem::path(file).filename().string() + " " + sha256_of_file(file) + "\n");
  return all.hex();
}

}  // namespace

const OptionTable<Precomputed::Options>& Precomputed::options() {
  static const auto table =
      OptionTable<Options>()
          .required_text(
              "maps", &Options::maps,
              "an array [N,...] whose row i belongs to the sample with id i, or a folder with NAME.npy or ID.npy for every "
              "sample",
              "FILE.npy|FOLDER")
          .flag("single-channel", &Options::single_channel, "maps have one value a pixel: [N,1,H,W]")
          .text("claims", &Options::claims, "axioms that the maps' maker promises", "conventions 9", "AXIOM|AXIOM|...")
          .text("target", &Options::target, "the class that the maps explain", "", "predicted|label|second|INT");
  return table;
}

Precomputed::Precomputed(Options options) : options_(std::move(options)) {
  stated_claims(options_.claims);
  if (options_.maps.empty()) return;
  std::error_code ignored;
  is_folder_ = std::filesystem::is_directory(options_.maps, ignored);
  if (!is_folder_) rows_ = open_npy_dataset(options_.maps, {});
  digests_[options_.maps] = is_folder_ ? digest_of_folder(options_.maps) : sha256_of_file(options_.maps);
}

Traits Precomputed::traits() const {
  Traits traits;
  traits.access = Access::query;
  traits.differentiable = false;
  traits.needs_smooth_network = false;
  traits.is_signed = !claims_positivity(options_.claims);
  traits.single_channel = options_.single_channel;
  traits.points = 0;
  traits.is_external = true;
  traits.holds_network = true;
  traits.only_clean = true;
  return traits;
}

std::vector<Claim> Precomputed::claims(const Network&) const { return stated_claims(options_.claims); }

void Precomputed::meet(const Samples& clean) {
  for (int64_t row = 0; row < clean.size(); ++row) {
    const auto i = static_cast<size_t>(row);
    met_[clean.ids[i]] = {hash_of(clean.inputs[row]), i < clean.names.size() ? clean.names[i] : std::to_string(clean.ids[i])};
  }
}

std::vector<std::string> Precomputed::probe(const Network&, const Samples&, const Context&) {
  return {"only-clean: these maps were made elsewhere, of the samples as they are; how they move is not measured"};
}

at::Tensor Precomputed::stored(uint64_t id, const std::string& name) const {
  if (!is_folder_) {
    if (id >= static_cast<uint64_t>(rows_->size()))
      throw_input(options_.maps, "has no row for sample " + std::to_string(id), "row i belongs to the sample with id i");
    return rows_->load(static_cast<int64_t>(id)).input;
  }
  std::string flat = name;
  std::replace(flat.begin(), flat.end(), '/', '_');
  for (const std::string& stem : {flat, std::to_string(id)}) {
    const std::string file = options_.maps + "/" + stem + ".npy";
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) return read_npy(file).values;
  }
  throw_input(options_.maps, "has no map of sample " + name, "write " + flat + ".npy");
}

Explanation Precomputed::explain(const Network& network, const Samples& samples, const Context&) const {
  const std::string who = std::string(kName) + ":maps=" + options_.maps;
  if (!network.origin().is_given)
    throw_usage(who, "belongs to the network of the run, and this is another one", "use it where the network stays as it is");
  std::vector<int64_t> shape = shape_of_maps(samples, options_.single_channel);
  Explanation out;
  out.maps = at::full(shape, std::numeric_limits<double>::quiet_NaN(), samples.inputs.options());
  out.failures.resize(static_cast<size_t>(samples.size()));
  shape.erase(shape.begin());
  for (int64_t row = 0; row < samples.size(); ++row) {
    const auto found = met_.find(samples.ids[static_cast<size_t>(row)]);
    if (found == met_.end() || found->second.input != hash_of(samples.inputs[row]))
      throw_usage(who, "has no map of another input than the samples themselves", "use an explainer that can be asked");
    MapFailure& failure = out.failures[static_cast<size_t>(row)];
    try {
      const at::Tensor map = stored(found->first, found->second.name);
      if (map.sizes() != at::IntArrayRef(shape))
        throw_input(options_.maps, "has a map of another shape than the input for sample " + found->second.name);
      out.maps[row].copy_(map);
      if (!out.maps[row].isfinite().all().item<bool>()) failure = {kNotFinite, "the map holds NaN or infinity"};
    } catch (const Error& error) {
      failure = {kMissing, error.what()};
    }
  }
  return out;
}

}  // namespace faultline
