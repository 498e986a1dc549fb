#include "cli/batches.h"

#include <ATen/Parallel.h>

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "core/interruption.h"

namespace faultline {

std::vector<RowBatch> batches_of(const RunSettings& settings, int64_t n) {
  const int64_t share = (n + settings.threads - 1) / settings.threads;
  const int64_t size = std::max<int64_t>(1, std::min(settings.batch, share));
  std::vector<RowBatch> out;
  for (int64_t begin = 0; begin < n; begin += size) {
    RowBatch batch;
    batch.number = out.size();
    for (int64_t row = begin; row < std::min(n, begin + size); ++row) batch.rows.push_back(row);
    out.push_back(std::move(batch));
  }
  return out;
}

void for_each_batch(const RunSettings& settings, const std::vector<RowBatch>& batches,
                    const std::function<void(const RowBatch&)>& work) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const StopRequest* const stop = current_stop_request();
  const auto worker = [&] {
    const InterruptionScope interruptible(stop);
    at::set_num_threads(1);
    for (size_t i = next++; i < batches.size(); i = next++) {
      try {
        work(batches[i]);
      } catch (...) {
        const std::lock_guard<std::mutex> lock(mutex);
        if (!failure) failure = std::current_exception();
        next = batches.size();
      }
    }
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < std::min(static_cast<size_t>(settings.threads), batches.size()); ++i) threads.emplace_back(worker);
  worker();
  for (auto& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace faultline
