#pragma once
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <string>

#include "suites/audit.h"
#include "suites/run_store.h"

namespace faultline {

/// Maps of the audit's own network that many units compare with: each batch is made once and kept in the run's folder, so that
/// memory does not grow with the number of samples. remove() takes the files away.
class OriginalMaps {
 public:
  OriginalMaps(const RunStore& store, std::string name) : store_(store), name_(std::move(name)) {}

  /// The maps of the samples from `begin` on; `make` runs for the first that asks.
  at::Tensor get(const std::string& subject, int64_t begin, const std::function<at::Tensor()>& make);
  /// Files of this and of earlier processes that worked under `name`.
  static void remove(const RunStore& store, const std::string& name);

 private:
  const RunStore& store_;
  std::string name_;
  std::mutex mutex_;
  std::map<std::string, std::shared_future<void>> made_;
};

}  // namespace faultline
