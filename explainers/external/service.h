#pragma once
#include <ATen/ATen.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "explainers/external/private_folder.h"
#include "explainers/external/protocol.h"

namespace faultline {
class ChildProcess;
}

namespace faultline::external {

/// After so many failures in a row (no answer, an end, words that are no answer) the program is not started again.
constexpr int kMostFailures = 3;
/// Programs that are kept running, one a model file; the one unused for longest ends when there are more.
constexpr size_t kMostPrograms = 4;

/// What is asked of a program, N samples at once.
struct Question {
  std::string model;   ///< path
  at::Tensor inputs;   ///< [N,...]
  at::Tensor targets;  ///< [N] int64
  std::vector<uint64_t> ids;
  std::vector<uint32_t> seeds;
  std::vector<int64_t> shape;  ///< that the maps must have
};

struct Reply {
  at::Tensor maps;      ///< of the shape asked for, on the CPU, in the type of the file; undefined where there are none
  std::string failure;  ///< why there are none, in one line with the program's last words; "" where there are
  std::string said;     ///< its last line on stderr so far
};

/// Programs that explain, one long-lived process for every model file, each asked for one thing at a time. A program that does
/// not answer in time, ends, or answers anything but the question is stopped and started again for the next one. Thread-safe.
class Service {
 public:
  /// timeout: seconds for an answer; start: seconds more for the first answer of a process.
  Service(std::vector<std::string> words, double timeout, double start);
  ~Service();

  /// Never throws for what the program does: that is the reply's failure. Throws usage where the program cannot be started at
  /// all, environment where the request cannot be written, interrupted where the user stops the run.
  Reply ask(const Question& question);

  /// A private folder for the files of this service.
  const std::string& folder() const { return folder_.path(); }

 private:
  struct Program;
  std::shared_ptr<Program> program_for(const std::string& model);
  Reply talk(Program& program, const Question& question, const Request& request);
  at::Tensor read_maps(const std::string& path, const std::vector<int64_t>& shape) const;
  /// Counts, and says in the reply where it was the last one that is forgiven.
  Reply failed(Program& program, const std::string& what);

  const std::vector<std::string> words_;
  const double timeout_, start_;
  const PrivateFolder folder_;
  std::atomic<uint64_t> requests_{0};
  std::mutex mutex_;                                // of what follows
  std::vector<std::shared_ptr<Program>> programs_;  // the last used one first
  int failures_ = 0;                                // in a row
  std::string given_up_;                            // why it is not asked any more
};

}  // namespace faultline::external
