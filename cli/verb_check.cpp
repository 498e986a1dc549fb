#include <algorithm>
#include <cstdio>

#include "cli/output_place.h"
#include "cli/verb.h"
#include "core/error.h"
#include "core/nearest.h"
#include "core/numbers.h"
#include "core/write_file.h"
#include "gate/baseline_file.h"
#include "gate/check.h"
#include "gate/gate_formats.h"
#include "suites/run_store.h"

namespace faultline {
namespace {

/// What a job reads on its standard output; the others are files.
bool belongs_on_stdout(const std::string& format) { return format == "table" || format == "github"; }

std::string file_of(const std::string& format) {
  if (format == "junit") return "check.junit.xml";
  if (format == "markdown") return "check.md";
  return "check." + format;
}

std::vector<std::string> wanted_formats(const Arguments& arguments) {
  if (arguments.flag("json")) {
    if (arguments.has("format")) throw_usage("--json", "and --format were both given", "keep one");
    return {"json"};
  }
  const auto& known = gate_formats();
  std::vector<std::string> out;
  for (const auto& word : split(arguments.text("format", "table"), ',')) {
    if (std::find(known.begin(), known.end(), word) == known.end())
      throw_usage("--format '" + word + "'", "is not known", suggestion(word, known));
    if (std::find(out.begin(), out.end(), word) == out.end()) out.push_back(word);
  }
  if (out.empty()) throw_usage("--format", "the list is empty", "write table,junit,sarif");
  const auto files = std::count_if(out.begin(), out.end(), [](const auto& f) { return !belongs_on_stdout(f); });
  if (files > 0 && out.size() > 1 && !arguments.has("out"))
    throw_usage("--format " + arguments.text("format"), "makes files", "add --out DIR, or ask for one format");
  return out;
}

std::string text_of(const std::string& format, const GateReport& report, const std::string& subject) {
  if (format == "table") return gate_table(report);
  if (format == "junit") return gate_junit(report);
  if (format == "sarif") return gate_sarif(report, subject);
  if (format == "github") return gate_github(report);
  if (format == "json") return gate_json(report);
  return gate_markdown(report);
}

Policy policy_of(const Arguments& arguments) {
  Policy policy = arguments.has("policy") ? read_policy(arguments.text("policy")) : Policy();
  for (const auto& text : arguments.list("require")) policy.requirements.push_back(parse_requirement(text));
  for (const auto& key : arguments.list("allow-different")) policy.allow_different.push_back(key);
  return policy;
}

int run(const Arguments& arguments) {
  const std::string& folder = arguments.words()[0];
  if (!arguments.has("baseline") && !arguments.has("policy") && !arguments.has("require"))
    throw_usage("check", "has nothing to check against", "give --baseline FILE.json, --policy FILE or --require EXPR");
  const auto formats = wanted_formats(arguments);
  const Policy policy = policy_of(arguments);
  if (!RunStore::exists(folder)) throw_input(folder, "holds no run.sqlite", "give a run folder that faultline audit wrote");
  std::optional<RunScores> baseline;
  if (arguments.has("baseline")) baseline = read_baseline(arguments.text("baseline"));
  const std::string out = arguments.text("out");
  if (!out.empty()) check_folder_can_be_filled(out);

  const RunStore store = RunStore::open_for_reading(folder);
  const RunScores scores = scores_of(store, policy.gates);
  const GateReport report = check(scores, all_scores(store), baseline ? &*baseline : nullptr, policy);
  const std::string subject = arguments.text("baseline", arguments.text("policy", folder));
  for (const auto& format : formats) {
    const std::string text = text_of(format, report, subject);
    if (belongs_on_stdout(format) || out.empty()) {
      std::fputs(text.c_str(), stdout);
    } else {
      const std::string path = out + "/" + file_of(format);
      write_file(path, text);
      std::printf("%s\n", path.c_str());
    }
  }
  return report.exit_code();
}

}  // namespace

const Verb& verb_check() {
  static const Verb verb{"check",
                         "RUN [--baseline FILE.json] [--policy FILE] [--require EXPR]... [--allow-different KEY]... "
                         "[--format table,junit,sarif,github,json,markdown] [--out DIR]",
                         "says whether a run is worse than a baseline, or breaks a limit (exit 1)",
                         {"baseline", "policy", "require", "allow-different", "format", "out", "config", "json", "quiet"},
                         false,
                         1,
                         1,
                         run};
  return verb;
}

}  // namespace faultline
