#include "cli/expectation.h"

#include <cstdio>

#include "cli/progress_bar.h"

namespace faultline {
namespace {

constexpr double kWorthALine = 3;  // seconds

}  // namespace

std::string expectation_text(const Work& planned, const Work& done, double seconds) {
  const std::string time = duration_text(seconds);
  char text[96];
  if (done.evaluations > 0) {
    std::snprintf(text, sizeof text, "about %.3g passes, %.3g of them done; ", planned.evaluations, done.evaluations);
    return text + time + " left";
  }
  std::snprintf(text, sizeof text, "about %.3g passes, ", planned.evaluations);
  return text + time;
}

void tell_expectation(const Workspace& work, double evaluations, const std::function<double()>& seconds) {
  const int64_t side = std::min(work.settings.threads, work.inputs.samples.size());
  const auto threads = static_cast<double>(side);
  // One block, not warm: more than a pass will take later.
  const double most = gradient_seconds(work.network, work.inputs.samples.inputs[0], 0);
  if (evaluations * most / threads < kWorthALine) return;
  const double expected = evaluations * side_by_side(side, seconds) / threads;
  if (expected < kWorthALine) return;
  say(work.settings, expectation_text({evaluations, 0}, {}, expected));
}

}  // namespace faultline
