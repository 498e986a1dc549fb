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
  size_t next = 0, done = 0;
  std::exception_ptr failure;

  const auto worker = [&] {
    at::set_num_threads(1);
    const InterruptionScope interruptible(options.stop, options.grace);
    for (;;) {
      const Unit* unit = nullptr;
      {
        const std::lock_guard<std::mutex> lock(mutex);
        if (failure || next >= open.size() || (options.stop && options.stop->is_asked())) return;
        unit = open[next++];
      }
      try {
        const UnitResult result = unit->work();
        const std::lock_guard<std::mutex> lock(mutex);
        store.commit_unit(unit->key, result.records, {}, result.pictures, result.facts);
        progress.done += unit->cost;
        progress.unit = unit->key;
        progress.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        ++done;
        if (options.progress) options.progress(progress);
      } catch (const Error& error) {
        const std::lock_guard<std::mutex> lock(mutex);
        if (!failure && error.kind() != ErrorKind::interrupted) failure = std::current_exception();
        return;
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
  if (done < open.size()) throw Error(ErrorKind::interrupted, store.folder(), "stopped by the user", "go on with --resume");
}

}  // namespace faultline
