#include "core/interruption.h"

#include "core/error.h"

namespace faultline {
namespace {

thread_local const StopRequest* current_stop = nullptr;
thread_local std::chrono::nanoseconds current_grace{};

int64_t now() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

void StopRequest::ask() noexcept {
  int64_t never = 0;
  asked_at_.compare_exchange_strong(never, now());
}

std::chrono::nanoseconds StopRequest::age() const noexcept {
  const int64_t since = asked_at_.load();
  return std::chrono::nanoseconds(since == 0 ? 0 : now() - since);
}

const StopRequest* current_stop_request() { return current_stop; }

InterruptionScope::InterruptionScope(const StopRequest* stop, std::chrono::nanoseconds grace)
    : outer_stop_(current_stop), outer_grace_(current_grace) {
  current_stop = stop;
  current_grace = grace;
}

InterruptionScope::~InterruptionScope() {
  current_stop = outer_stop_;
  current_grace = outer_grace_;
}

void interruption_point() {
  if (current_stop && current_stop->is_asked() && current_stop->age() >= current_grace)
    throw Error(ErrorKind::interrupted, "", "stopped by the user");
}

}  // namespace faultline
