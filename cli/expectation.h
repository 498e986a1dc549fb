#pragma once
#include <functional>
#include <string>

#include "cli/workspace.h"
#include "suites/runner.h"

namespace faultline {

/// "about 12000 passes, 3 min 20 s"; where some are done already also how many. seconds: what is left.
std::string expectation_text(const Work& planned, const Work& done, double seconds);

/// Says on stderr how many passes are to come and how long they take, where that is more than a few seconds. seconds: of one
/// evaluation; asked only then, on all threads at once, since finding out takes a moment.
void tell_expectation(const Workspace& work, double evaluations, const std::function<double()>& seconds);

}  // namespace faultline
