#include "suites/runner.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <list>
#include <mutex>
#include <set>
#include <thread>

#include "core/error.h"

namespace faultline {

namespace {

void add(Work* work, const Unit& unit) {
  work->evaluations += unit.cost;
  work->seconds += unit.cost * unit.seconds_per_evaluation;
}

std::vector<const Unit*> open_units(const std::vector<Unit>& units, const RunStore& store) {
  std::vector<const Unit*> open;
  for (const auto& unit : units) {
    if (!store.is_done(unit.key)) open.push_back(&unit);
  }
  return open;
}

/// Open units in order, one at a time. Those that need what another thread is making are passed over: a thread that waited for it
/// would do nothing for minutes. Thread-safe.
class Queue {
 public:
  Queue(const std::vector<const Unit*>& open, const StopRequest* stop) : open_(open.begin(), open.end()), stop_(stop) {}

  /// Null where there is nothing left to begin. Whoever takes a unit that must_make calls made() or close().
  const Unit* take(bool* must_make) {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      if (is_closed_ || open_.empty() || (stop_ && stop_->is_asked())) return nullptr;
      const auto ready =
          std::find_if(open_.begin(), open_.end(), [&](const Unit* unit) { return making_.count(unit->needs) == 0; });
      if (ready != open_.end()) {
        const Unit* unit = *ready;
        open_.erase(ready);
        *must_make = unit->make && made_.count(unit->needs) == 0;
        if (*must_make) making_.insert(unit->needs);
        return unit;
      }
      changed_.wait_for(lock, std::chrono::milliseconds(100));  // a stop is asked by a signal, which cannot notify
    }
  }
  void made(const Unit& unit) {
    const std::lock_guard<std::mutex> lock(mutex_);
    making_.erase(unit.needs);
    made_.insert(unit.needs);
    changed_.notify_all();
  }
  /// Nothing more begins.
  void close() {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_closed_ = true;
    changed_.notify_all();
  }

 private:
  std::list<const Unit*> open_;
  const StopRequest* stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> making_, made_;
  bool is_closed_ = false;
};

/// Turns what was expected and what was measured into progress.
class Clock {
 public:
  /// expected: seconds until all that is planned is done.
  Clock(const Work& planned, const Work& before, double expected)
      : planned_(planned.seconds), before_(before.seconds), expected_(expected) {}

  Progress at(const Work& done, const std::string& unit) const {
    Progress out;
    out.unit = unit;
    out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    out.share = planned_ > 0 ? std::min(1.0, done.seconds / planned_) : 1;
    const double to_do = planned_ - before_;
    if (to_do <= 0) return out;
    // The expectation weighs as much as a tenth of the work: the first units, which end together on several threads, say little.
    const double prior = 0.1 * expected_, so_far = expected_ * (done.seconds - before_) / to_do;
    const double pace = unit.empty() ? 1 : (out.seconds + prior) / (so_far + prior);
    out.seconds_left = std::max(0.0, expected_ - so_far) * pace;
    return out;
  }

 private:
  double planned_, before_, expected_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace

Work work_of(const std::vector<Unit>& units) {
  Work out;
  for (const auto& unit : units) add(&out, unit);
  return out;
}

Work work_done(const std::vector<Unit>& units, const RunStore& store) {
  Work out;
  for (const auto& unit : units) {
    if (store.is_done(unit.key)) add(&out, unit);
  }
  return out;
}

double expected_seconds(const std::vector<Unit>& units, const RunStore& store, int64_t threads) {
  std::vector<double> busy_until(static_cast<size_t>(std::max<int64_t>(1, threads)), 0);
  for (const Unit* unit : open_units(units, store))
    *std::min_element(busy_until.begin(), busy_until.end()) += unit->cost * unit->seconds_per_evaluation;
  return *std::max_element(busy_until.begin(), busy_until.end());
}

void run_units(const std::vector<Unit>& units, RunStore& store, const RunnerOptions& options) {
  const std::vector<const Unit*> open = open_units(units, store);
  const auto count = static_cast<size_t>(std::max<int64_t>(1, options.threads));
  Work so_far = work_done(units, store);
  const Clock clock(work_of(units), so_far, expected_seconds(units, store, options.threads));
  const auto tell = [&](const std::string& unit) {
    if (options.progress) options.progress(clock.at(so_far, unit));
  };
  std::mutex mutex;
  size_t done = 0;
  std::exception_ptr failure;
  Queue queue(open, options.stop);

  const auto worker = [&] {
    at::set_num_threads(1);
    const InterruptionScope interruptible(options.stop, options.grace);
    bool must_make = false;
    while (const Unit* unit = queue.take(&must_make)) {
      try {
        if (must_make) {
          unit->make();
          queue.made(*unit);
        }
        const UnitResult result = unit->work();
        const std::lock_guard<std::mutex> lock(mutex);
        store.commit_unit(unit->key, result.records, {}, result.pictures, result.facts);
        add(&so_far, *unit);
        if (++done == open.size()) so_far = work_of(units);  // the same sum in another order
        tell(unit->key);
      } catch (const Error& error) {
        queue.close();
        const std::lock_guard<std::mutex> lock(mutex);
        if (!failure && error.kind() != ErrorKind::interrupted) failure = std::current_exception();
      } catch (...) {
        queue.close();
        const std::lock_guard<std::mutex> lock(mutex);
        if (!failure) failure = std::current_exception();
      }
    }
  };

  tell("");
  std::vector<std::thread> threads;
  for (size_t i = 1; i < std::min(count, open.size()); ++i) threads.emplace_back(worker);
  worker();
  for (auto& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
  if (done < open.size()) throw Error(ErrorKind::interrupted, store.folder(), "stopped by the user", "go on with --resume");
}

}  // namespace faultline
