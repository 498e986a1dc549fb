#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/output_place.h"
#include "cli/verb.h"
#include "core/error.h"
#include "core/nearest.h"
#include "core/numbers.h"
#include "data/input_file.h"
#include "gate/baseline_file.h"
#include "gate/baseline_sentences.h"
#include "report/comparison.h"
#include "report/report.h"
#include "report/verify.h"
#include "suites/run_store.h"

namespace faultline {
namespace {

std::vector<std::string> wanted_formats(const Arguments& arguments) {
  const auto& known = all_report_formats();
  if (!arguments.has("format")) return report_formats();
  std::vector<std::string> formats;
  for (const auto& word : split(arguments.text("format"), ',')) {
    for (const char* later : {"junit", "sarif", "github", "table"}) {
      if (word == later)
        throw_usage("--format " + word, "belongs to faultline check", "report writes html, json, csv, markdown, model-card");
    }
    if (std::find(known.begin(), known.end(), word) == known.end())
      throw_usage("--format '" + word + "'", "is not known", suggestion(word, known));
    if (std::find(formats.begin(), formats.end(), word) == formats.end()) formats.push_back(word);
  }
  if (formats.empty()) throw_usage("--format", "the list is empty", "write html,json,csv,markdown");
  return formats;
}

void check_run(const std::string& folder) {
  if (!RunStore::exists(folder)) throw_input(folder, "holds no run.sqlite", "give a run folder that faultline audit wrote");
}

/// --verify: 0 where the page says what the run says, else 1.
int verify(const Arguments& arguments, const std::string& folder) {
  for (const char* other : {"format", "compare", "out", "baseline"}) {
    if (arguments.has(other)) throw_usage("--verify", std::string("writes nothing, so --") + other + " has no meaning beside it");
  }
  constexpr uint64_t kLargest = uint64_t{1} << 28;
  const std::string name = arguments.text("verify");
  const auto bytes = InputFile(name).read_all(kLargest);
  std::optional<std::map<std::string, std::string>> statements;
  if (arguments.has("config")) statements = arguments.statements();
  const auto found = verify_page(summarise(RunStore::open_for_reading(folder)), folder, std::string(bytes.begin(), bytes.end()),
                                 name, statements);
  if (arguments.flag("json")) {
    const nlohmann::ordered_json json = {
        {"page", name}, {"agrees", found.agrees}, {"finding", found.line}, {"notes", found.notes}};
    std::printf("%s\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
  } else {
    std::printf("%s\n", one_line(name + ": " + found.line).c_str());
    for (const auto& note : found.notes) std::printf("%s\n", one_line(note).c_str());
  }
  return found.agrees ? 0 : 1;
}

std::vector<std::string> since(const std::string& baseline, const std::string& folder) {
  const RunStore store = RunStore::open_for_reading(folder);
  const RunScores before = read_baseline(baseline);
  return baseline_sentences(check(scores_of(store), all_scores(store), &before, Policy()), baseline);
}

int run(const Arguments& arguments) {
  const std::string& folder = arguments.words()[0];
  const auto formats = wanted_formats(arguments);
  const std::string out = arguments.text("out", folder);
  check_run(folder);
  if (arguments.has("verify")) return verify(arguments, folder);
  if (arguments.has("compare")) check_run(arguments.text("compare"));
  check_folder_can_be_filled(out);
  ReportExtras extras;
  extras.statements = arguments.statements();
  if (arguments.has("baseline")) extras.since_baseline = since(arguments.text("baseline"), folder);
  // A comparison alone, unless formats are named as well.
  const bool is_comparison = arguments.has("compare");
  std::vector<std::pair<std::string, std::string>> written;
  if (!is_comparison || arguments.has("format")) {
    const auto paths = write_reports(folder, out, formats, extras);
    for (size_t i = 0; i < paths.size(); ++i) written.emplace_back(formats[i], paths[i]);
  }
  if (is_comparison) written.emplace_back("comparison", write_comparison(folder, arguments.text("compare"), out));
  if (arguments.flag("json")) {
    nlohmann::ordered_json json;
    json["reports"] = nlohmann::ordered_json::array();
    for (const auto& [format, path] : written) json["reports"].push_back({{"format", format}, {"path", path}});
    std::printf("%s\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
  } else {
    for (const auto& [format, path] : written) std::printf("%s\n", path.c_str());
  }
  return 0;
}

}  // namespace

const Verb& verb_report() {
  static const Verb verb{
      "report",
      "RUN [--format html,json,csv,markdown,model-card,model-card-html] [--compare RUN2] [--baseline FILE.json] "
      "[--verify FILE.html] [--config FILE] [--out DIR] [--json]",
      "writes report.html, .json, .csv, .md of a run folder, puts two runs side by side, or checks a page",
      {"format", "compare", "baseline", "verify", "out", "config", "json", "quiet"},
      false,
      1,
      1,
      run};
  return verb;
}

}  // namespace faultline
