#include "suites/randomised_networks.h"

#include <algorithm>

#include "core/error.h"
#include "core/random.h"
#include "models/memory.h"
#include "models/transforms.h"

namespace faultline {
namespace {

constexpr int64_t kMostBytes = int64_t{1} << 31;
/// A run forward holds few values at a time: at most this part of all.
constexpr int64_t kHeldPart = 8;

std::string key_of(const std::vector<int64_t>& layers, int64_t repeat) {
  std::string out = std::to_string(repeat);
  for (const int64_t layer : layers) out += "," + std::to_string(layer);
  return out;
}

}  // namespace

Network NetworkCache::get(const std::string& key, const std::function<Network()>& make) {
  std::promise<Network> promise;
  std::shared_future<Network> future;
  bool is_mine = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const auto& entry) { return entry.first == key; });
    if (found != kept_.end()) {
      kept_.splice(kept_.begin(), kept_, found);
      future = found->second;
    } else {
      is_mine = true;
      future = promise.get_future().share();
      kept_.emplace_front(key, future);
      if (kept_.size() > capacity_) kept_.pop_back();
    }
  }
  if (is_mine) {
    try {
      promise.set_value(make());
    } catch (...) {
      promise.set_exception(std::current_exception());
    }
  }
  return future.get();
}

at::Tensor recalibration_inputs(const Audit& audit, int64_t count) {
  const auto frozen = audit.network.graph().frozen_batch;
  const int64_t held = std::max<int64_t>(1, block_value_bytes(audit.network) / audit.network.block_size() / kHeldPart);
  if (frozen == 0) count = std::min(count, std::max<int64_t>(2, kMostBytes / held));
  if (frozen > 0) count = frozen;
  std::vector<std::pair<uint64_t, int64_t>> order;
  for (int64_t i = 0; i < audit.data->size(); ++i) order.emplace_back(mix(audit.data->info(i).id), i);
  std::sort(order.begin(), order.end());
  std::vector<at::Tensor> inputs;
  for (const auto& [place, index] : order) {
    if (static_cast<int64_t>(inputs.size()) == count) break;
    const LoadedSample sample = audit.data->load(index);
    if (!sample.reason.empty() || sample.input.sizes() != at::IntArrayRef(audit.network.graph().input_shape)) continue;
    if (sample.input.isfinite().all().item<bool>()) inputs.push_back(sample.input);
  }
  if (inputs.empty()) throw Error(ErrorKind::nothing_tested, "batch norm", "no sample of the data can be used to estimate it");
  for (size_t i = 0; frozen > 0 && static_cast<int64_t>(inputs.size()) < count; ++i) inputs.push_back(inputs[i]);
  return at::stack(inputs).to(audit.network.device(), audit.network.dtype());
}

RandomisedNetworks::RandomisedNetworks(const Audit& audit, const ParameterRandomization::Options& options)
    : audit_(audit),
      options_(options),
      layers_(parameter_layers(audit.network)),
      // Two stages may be at hand at a time, and those of all draws belong to one unit; draws of all layers serve every stage.
      networks_(2 * static_cast<size_t>(std::max(options.repeats, options.null_networks)) + 2),
      draws_(static_cast<size_t>(std::max(options.repeats, options.null_networks))) {}

Network RandomisedNetworks::get(const std::vector<int64_t>& layers, int64_t repeat) {
  return networks_.get(key_of(layers, repeat), [&] { return make(layers, repeat); });
}

const Prefix& RandomisedNetworks::prefix() {
  std::call_once(prefix_made_, [&] {
    prefix_ = std::make_unique<Prefix>(audit_.network, recalibration_inputs(audit_, options_.recalibration_inputs),
                                       kMostBytes / 2, audit_.context.passes);
  });
  return *prefix_;
}

Network RandomisedNetworks::make(const std::vector<int64_t>& layers, int64_t repeat) {
  const Network draws = draws_.get(key_of({}, repeat), [&] {
    return randomised(audit_.network, layers_, {options_.init, options_.init_std.value_or(0), options_.init_bias},
                      audit_.context.seed, static_cast<uint64_t>(repeat));
  });
  std::vector<at::Tensor> parameters = audit_.network.parameters();
  std::vector<int> changed;
  for (const int64_t place : layers) {
    const ParameterLayer& layer = layers_[static_cast<size_t>(place)];
    changed.insert(changed.end(), layer.nodes.begin(), layer.nodes.end());
    for (const auto& parameter : layer.parameters) {
      const bool is_statistic =
          parameter.role == ParameterRole::running_mean || parameter.role == ParameterRole::running_variance;
      if (is_statistic && options_.bn == ParameterRandomization::Statistics::keep) continue;
      parameters[static_cast<size_t>(parameter.index)] = draws.parameters()[static_cast<size_t>(parameter.index)];
    }
  }
  const Network network = with_parameters(audit_.network, std::move(parameters));
  const bool recalibrates = options_.bn == ParameterRandomization::Statistics::recalibrate && has_batch_norm(network);
  return recalibrates ? recalibrated(network, changed, prefix(), audit_.context.passes) : network;
}

}  // namespace faultline
