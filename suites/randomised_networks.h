#pragma once
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "models/recalibration.h"
#include "suites/parameter_randomization.h"

namespace faultline {

/// Networks that several threads want, each made once by whichever asks first; the last `capacity` asked for are kept.
class NetworkCache {
 public:
  explicit NetworkCache(size_t capacity) : capacity_(capacity) {}
  Network get(const std::string& key, const std::function<Network()>& make);

 private:
  size_t capacity_;
  std::mutex mutex_;
  std::list<std::pair<std::string, std::shared_future<Network>>> kept_;  ///< the last used first
};

/// The audit's network with some layers drawn anew and batch norm's statistics as the options want them.
class RandomisedNetworks {
 public:
  RandomisedNetworks(const Audit& audit, const ParameterRandomization::Options& options);

  const std::vector<ParameterLayer>& layers() const { return layers_; }
  /// layers: places in layers(); repeat: which draw. Safe to call from several threads.
  Network get(const std::vector<int64_t>& layers, int64_t repeat);

 private:
  Network make(const std::vector<int64_t>& layers, int64_t repeat);
  const Prefix& prefix();

  const Audit& audit_;
  ParameterRandomization::Options options_;
  std::vector<ParameterLayer> layers_;
  NetworkCache networks_, draws_;
  std::once_flag prefix_made_;
  std::unique_ptr<Prefix> prefix_;
};

/// At most `count` usable inputs of the data, by ascending mix(sample id), in the network's dtype: fewer where a network's values
/// are so large that they would not fit 2 GiB, and as many as the frozen batch of a network that has one. Throws nothing_tested
/// where there is none.
at::Tensor recalibration_inputs(const Audit& audit, int64_t count);

}  // namespace faultline
