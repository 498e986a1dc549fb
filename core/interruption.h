#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>

namespace faultline {

/// A wish to stop. It may come from a signal handler.
class StopRequest {
 public:
  /// The first call counts. Safe in a signal handler.
  void ask() noexcept;
  bool is_asked() const noexcept { return asked_at_.load() != 0; }
  /// Time since the first call; zero before it.
  std::chrono::nanoseconds age() const noexcept;

 private:
  std::atomic<int64_t> asked_at_{0};  // nanoseconds of the steady clock
};

/// While it lives, work on this thread can be interrupted: interruption_point() throws Error interrupted once `stop` is older
/// than `grace`. Scopes nest; the innermost counts. stop may be null: nothing interrupts then.
class InterruptionScope {
 public:
  explicit InterruptionScope(const StopRequest* stop, std::chrono::nanoseconds grace = {});
  ~InterruptionScope();
  InterruptionScope(const InterruptionScope&) = delete;
  InterruptionScope& operator=(const InterruptionScope&) = delete;

 private:
  const StopRequest* outer_stop_;
  std::chrono::nanoseconds outer_grace_;
};

/// What this thread's innermost scope listens to, for threads that are started here; may be null.
const StopRequest* current_stop_request();

/// Long work calls this now and then, between steps that leave nothing half done. Throws Error interrupted as above.
void interruption_point();

}  // namespace faultline
