#include "suites/original_maps.h"

#include <filesystem>
#include <vector>

#include "core/random.h"
#include "data/npy.h"

namespace faultline {

at::Tensor OriginalMaps::get(const std::string& subject, int64_t begin, const std::function<at::Tensor()>& make) {
  const std::string file =
      store_.path("maps/" + name_ + "-" + std::to_string(fnv1a64(subject)) + "-" + std::to_string(begin) + ".npy");
  std::promise<void> promise;
  std::shared_future<void> future;
  bool is_mine = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto [found, is_new] = made_.try_emplace(file);
    is_mine = is_new;
    if (is_new) found->second = promise.get_future().share();
    future = found->second;
  }
  if (is_mine) {
    try {
      const at::Tensor maps = make();
      write_npy(file, maps.to(at::kCPU));
      promise.set_value();
      return maps;
    } catch (...) {
      promise.set_exception(std::current_exception());
    }
  }
  future.get();
  return read_npy(file).values;
}

void OriginalMaps::remove(const RunStore& store, const std::string& name) {
  std::error_code ignored;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(store.path("maps"), ignored)) {
    if (entry.path().filename().string().rfind(name + "-", 0) == 0) files.push_back(entry.path());
  }
  for (const auto& file : files) std::filesystem::remove(file, ignored);
}

}  // namespace faultline
