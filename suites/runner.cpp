#include "suites/runner.h"

#include <ATen/Parallel.h>

#include <chrono>
#include <exception>
#include <mutex>
#include <thread>

#include "core/error.h"

namespace faultline {

void run_units(const std::vector<Unit>& units, RunStore& store, const RunnerOptions& options) {
  std::vector<const Unit*> open;
  Progress progress;
  for (const auto& unit : units) {
    progress.planned += unit.cost;
    if (store.is_done(unit.key)) {
      progress.done += unit.cost;
    } else {
      open.push_back(&unit);
    }
  }
  progress.done_before = progress.done;
  const auto begin = std::chrono::steady_clock::now();
  std::mutex mutex;
  size_t next = 0;
  std::exception_ptr failure;
  bool stopped = false;

  const auto worker = [&] {
    at::set_num_threads(1);
    for (;;) {
      const Unit* unit = nullptr;
      {
        const std::lock_guard<std::mutex> lock(mutex);
        stopped = stopped || (options.stop && options.stop->load());
        if (failure || stopped || next >= open.size()) return;
        unit = open[next++];
      }
      try {
        const UnitResult result = unit->work();
        const std::lock_guard<std::mutex> lock(mutex);
        store.commit_unit(unit->key, result.records, {}, result.pictures, result.facts);
        progress.done += unit->cost;
        progress.unit = unit->key;
        progress.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        if (options.progress) options.progress(progress);
      } catch (...) {
        const std::lock_guard<std::mutex> lock(mutex);
        if (!failure) failure = std::current_exception();
        return;
      }
    }
  };

  const auto count = static_cast<size_t>(std::max<int64_t>(1, options.threads));
  std::vector<std::thread> threads;
  for (size_t i = 1; i < std::min(count, open.size()); ++i) threads.emplace_back(worker);
  worker();
  for (auto& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
  if (stopped && next < open.size()) {
    throw Error(ErrorKind::interrupted, store.folder(), "stopped by the user", "go on with --resume");
  }
}

}  // namespace faultline
