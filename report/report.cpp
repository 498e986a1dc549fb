#include "report/report.h"

#include <algorithm>
#include <filesystem>

#include "core/error.h"
#include "core/nearest.h"
#include "core/write_file.h"

namespace faultline {
namespace {

std::string file_name(const std::string& format) { return format == "markdown" ? "report.md" : "report." + format; }

}  // namespace

const std::vector<std::string>& report_formats() {
  static const std::vector<std::string> formats{"html", "json", "csv", "markdown"};
  return formats;
}

std::vector<std::string> write_reports(const std::string& run_folder, const std::string& out_folder,
                                       const std::vector<std::string>& formats) {
  for (const auto& format : formats) {
    const auto& known = report_formats();
    if (std::find(known.begin(), known.end(), format) == known.end()) {
      throw_usage("format '" + format + "'", "is not known", suggestion(format, known));
    }
  }
  const RunSummary run = summarise(RunStore::open_for_reading(run_folder));
  // Everything is made before anything is written, so that a damaged picture leaves no half of a report behind.
  std::vector<std::string> texts;
  for (const auto& format : formats) {
    texts.push_back(format == "html"   ? html_report(run, run_folder)
                    : format == "json" ? json_report(run)
                    : format == "csv"  ? csv_report(run)
                                       : markdown_report(run));
  }
  std::error_code failed;
  std::filesystem::create_directories(out_folder, failed);
  if (failed)
    throw_environment(out_folder, "the folder cannot be made (" + failed.message() + ")", "name a folder you may write to");
  std::vector<std::string> paths;
  for (size_t i = 0; i < formats.size(); ++i) {
    paths.push_back((std::filesystem::path(out_folder) / file_name(formats[i])).string());
    write_file(paths.back(), texts[i]);
  }
  return paths;
}

}  // namespace faultline
