#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "cli/arguments.h"

namespace faultline {

/// --sandbox: the whole verb runs in a child process with a limit on memory, and, until the model has been loaded, imported and
/// run once (only then no code of the file is left), with a limit on time. This process only watches. What the child does in that
/// phase costs it nothing but the child.

/// The least that --max-memory may be with --sandbox: a bare start of the program with its libraries takes 90 to 100 MiB of what
/// is counted.
constexpr int64_t kLeastSandboxMemory = int64_t{128} << 20;

/// Whether this process is to hand the verb to a child: --sandbox is given and this is no such child.
/// Throws usage on --sandbox-seconds without --sandbox.
bool wants_sandbox(const Arguments& arguments);

/// Runs `faultline VERB REST...` again in a child and returns its exit code. A child that does not survive its model throws input
/// naming the file; one that dies later throws environment. Throws usage on limits that cannot be meant.
int run_in_sandbox(const Arguments& arguments, const std::vector<std::string>& rest);

/// The child's side; all of them do nothing in a process that is no such child.
/// Called first: what is said is held back, so that a crash cannot speak.
void enter_sandbox();
/// A folder was made that is to go where the model is not survived.
void tell_sandbox_of_folder(const std::string& path);
/// The model is loaded, imported and has run once: the limit on time ends, and what was held back is said.
void tell_sandbox_that_model_is_ready();
/// Memory ran out. Returns whether the model was not ready yet: it is then the model's fault, and the watching process says so.
bool tell_sandbox_that_memory_ran_out();
/// Called last: what is held back is said.
void leave_sandbox();

}  // namespace faultline
