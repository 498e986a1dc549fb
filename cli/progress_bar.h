#pragma once
#include <string>

#include "suites/runner.h"

namespace faultline {

/// A progress line on stderr: a bar that is redrawn on a terminal, a line every tenth elsewhere, nothing where it is switched
/// off.
class ProgressBar {
 public:
  explicit ProgressBar(bool enabled);
  ~ProgressBar();
  void show(const Progress& progress);

 private:
  bool enabled_, terminal_;
  int last_tenth_ = -1;
  bool drawn_ = false;
};

/// "45 s", "3 min 20 s", "2 h 05 min".
std::string duration_text(double seconds);

}  // namespace faultline
