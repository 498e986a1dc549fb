#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <typeindex>
#include <utility>

namespace faultline {

/// What was derived from an immutable value, kept so that it is derived once: folded weights, a network's relevance form, rules
/// with their weights split by sign. Safe to use from several threads; what is made twice at the same time is kept once.
class Memo {
 public:
  /// The T kept under `key`, made by `make` where there is none yet.
  template <class T>
  std::shared_ptr<const T> get(const std::string& key, const std::function<std::shared_ptr<const T>()>& make) {
    const std::pair<std::type_index, std::string> place(typeid(T), key);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (const auto found = kept_.find(place); found != kept_.end()) return std::static_pointer_cast<const T>(found->second);
    }
    std::shared_ptr<const T> made = make();  // outside the lock: it may ask this memo for something else
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::static_pointer_cast<const T>(kept_.emplace(place, std::move(made)).first->second);
  }

 private:
  std::mutex mutex_;
  std::map<std::pair<std::type_index, std::string>, std::shared_ptr<const void>> kept_;
};

}  // namespace faultline
