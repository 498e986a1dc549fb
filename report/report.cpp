#include "report/report.h"

#include <algorithm>
#include <filesystem>

#include "core/error.h"
#include "core/nearest.h"
#include "core/write_file.h"

namespace faultline {
namespace {

/// A format, the file it is written to, and how.
struct Format {
  const char *name, *file;
  std::string (*text)(const RunSummary& run, const std::string& folder, const ReportExtras& extras);
};

using Run = const RunSummary&;
using Folder = const std::string&;
using Extras = const ReportExtras&;

const Format kFormats[] = {
    {"html", "report.html", [](Run run, Folder folder, Extras extras) { return html_report(run, folder, extras); }},
    {"json", "report.json", [](Run run, Folder, Extras) { return json_report(run); }},
    {"csv", "report.csv", [](Run run, Folder, Extras) { return csv_report(run); }},
    {"markdown", "report.md", [](Run run, Folder, Extras) { return markdown_report(run); }},
    {"model-card", "model-card.md", [](Run run, Folder, Extras extras) { return model_card(run, extras); }},
    {"model-card-html", "model-card.html", [](Run run, Folder, Extras extras) { return html_model_card(run, extras); }}};

const Format& format_named(const std::string& name) {
  for (const auto& format : kFormats) {
    if (name == format.name) return format;
  }
  throw_usage("format '" + name + "'", "is not known", suggestion(name, all_report_formats()));
}

}  // namespace

const std::vector<std::string>& report_formats() {
  static const std::vector<std::string> formats{"html", "json", "csv", "markdown"};
  return formats;
}

const std::vector<std::string>& all_report_formats() {
  static const std::vector<std::string> formats = [] {
    std::vector<std::string> out;
    for (const auto& format : kFormats) out.emplace_back(format.name);
    return out;
  }();
  return formats;
}

std::vector<std::string> write_reports(const std::string& run_folder, const std::string& out_folder,
                                       const std::vector<std::string>& formats, const ReportExtras& extras) {
  std::vector<const Format*> asked;
  for (const auto& format : formats) asked.push_back(&format_named(format));
  const RunSummary run = summarise(RunStore::open_for_reading(run_folder));
  // Everything is made before anything is written, so that a damaged picture leaves no half of a report behind.
  std::vector<std::string> texts;
  for (const Format* format : asked) texts.push_back(format->text(run, run_folder, extras));
  std::error_code failed;
  std::filesystem::create_directories(out_folder, failed);
  if (failed)
    throw_environment(out_folder, "the folder cannot be made (" + failed.message() + ")", "name a folder you may write to");
  std::vector<std::string> paths;
  for (size_t i = 0; i < asked.size(); ++i) {
    paths.push_back((std::filesystem::path(out_folder) / asked[i]->file).string());
    write_file(paths.back(), texts[i]);
  }
  return paths;
}

}  // namespace faultline
