#pragma once
#include <string>

#include "core/interruption.h"

namespace faultline {

/// From the first call on, SIGINT and SIGTERM ask to stop; the second of them ends the process at once with exit code 130. A
/// signal that the parent has switched off (nohup) stays off. One request a process: it is the process that gets the signal.
const StopRequest& catch_stop_signals();

/// What the first signal says on stderr ("" for nothing), and what the second says before the process ends. Whole lines.
void set_stop_words(const std::string& first, const std::string& second);

}  // namespace faultline
