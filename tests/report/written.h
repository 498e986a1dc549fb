#pragma once
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "report/report.h"
#include "report/synthetic_run.h"
#include "support/shared.h"

namespace faultline::testing {

/// A synthetic run and its reports.
struct Written {
  explicit Written(const SyntheticPlan& plan = {}) {
    write_synthetic_run(folder.file("run"), plan);
    paths = write_reports(folder.file("run"), folder.file("out"), report_formats());
    run = summarise(RunStore::open_for_reading(folder.file("run")));
  }
  std::string text(size_t i) const { return text_of(paths.at(i)); }
  std::string html() const { return text(0); }
  std::string json() const { return text(1); }
  std::string csv() const { return text(2); }
  std::string markdown() const { return text(3); }
  TemporaryFolder folder;
  std::vector<std::string> paths;
  RunSummary run;
};

/// The plan most tests look at, written once.
inline const Written& standard() {
  static const Written written;
  return written;
}

}  // namespace faultline::testing
