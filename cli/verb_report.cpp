#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/output_place.h"
#include "cli/verb.h"
#include "core/error.h"
#include "core/nearest.h"
#include "core/numbers.h"
#include "report/report.h"
#include "suites/run_store.h"

namespace faultline {
namespace {

std::vector<std::string> wanted_formats(const Arguments& arguments) {
  const auto& known = report_formats();
  if (!arguments.has("format")) return known;
  std::vector<std::string> formats;
  for (const auto& word : split(arguments.text("format"), ',')) {
    for (const char* later : {"junit", "sarif", "github", "table"}) {
      if (word == later) throw_usage("--format " + word, "belongs to faultline check", "report writes html, json, csv, markdown");
    }
    if (std::find(known.begin(), known.end(), word) == known.end())
      throw_usage("--format '" + word + "'", "is not known", suggestion(word, known));
    if (std::find(formats.begin(), formats.end(), word) == formats.end()) formats.push_back(word);
  }
  if (formats.empty()) throw_usage("--format", "the list is empty", "write html,json,csv,markdown");
  return formats;
}

int run(const Arguments& arguments) {
  const std::string& folder = arguments.words()[0];
  const auto formats = wanted_formats(arguments);
  const std::string out = arguments.text("out", folder);
  if (!RunStore::exists(folder)) throw_input(folder, "holds no run.sqlite", "give a run folder that faultline audit wrote");
  check_folder_can_be_filled(out);
  const auto paths = write_reports(folder, out, formats);
  if (arguments.flag("json")) {
    nlohmann::ordered_json json;
    json["reports"] = nlohmann::ordered_json::array();
    for (size_t i = 0; i < paths.size(); ++i) json["reports"].push_back({{"format", formats[i]}, {"path", paths[i]}});
    std::printf("%s\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
  } else {
    for (const auto& path : paths) std::printf("%s\n", path.c_str());
  }
  return 0;
}

}  // namespace

const Verb& verb_report() {
  static const Verb verb{"report",
                         "RUN [--format html,json,csv,markdown] [--out DIR] [--json]",
                         "writes report.html, .json, .csv, .md of a run folder",
                         {"format", "out", "config", "json", "quiet"},
                         false,
                         1,
                         1,
                         run};
  return verb;
}

}  // namespace faultline
