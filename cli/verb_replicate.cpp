#include <cstdio>

#include "cli/audit_run.h"
#include "cli/output_place.h"
#include "cli/replication.h"
#include "cli/verb.h"
#include "core/error.h"
#include "core/nearest.h"
#include "core/write_file.h"
#include "suites/facts.h"
#include "suites/run_store.h"

namespace faultline {
namespace {

const Replication& replication_named(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& one : replications()) {
    if (name == one.name) return one;
    names.emplace_back(one.name);
  }
  throw_usage("'" + name + "'", "is no replication", suggestion(name, names));
}

/// `faultline audit` as the part asks for it; what the user gave besides wins.
Arguments audit_of(const Arguments& given, const ReplicationPart& part, const std::string& folder) {
  std::vector<std::string> words{"--model", given.required("model"), "--data", given.required("data"), "--out", folder};
  for (const auto& option : run_options()) {
    if (!given.has(option)) continue;
    for (const auto& value : given.list(option)) {
      words.push_back("--" + option);
      if (!option_declaration(option).value.empty()) words.push_back(value);
    }
  }
  for (const auto& [option, value] : part.options) {
    if (given.has(option)) continue;
    words.insert(words.end(), {"--" + option, value});
  }
  if (RunStore::exists(folder)) words.emplace_back("--resume");
  return Arguments::parse("audit", words, verb_audit().all_options());
}

int run(const Arguments& arguments) {
  const Replication& replication = replication_named(arguments.words().at(0));
  const std::string out = arguments.text("out", std::string("replication-") + replication.name);
  for (const char* needed : {"model", "data"}) {
    if (!arguments.has(needed))
      throw_usage(std::string("faultline replicate ") + replication.name, std::string("--") + needed + " is missing",
                  std::string("it needs ") + replication.needs);
  }
  const ClaimedFolder claimed(out);
  PartRuns runs;
  std::vector<std::string> commands;
  for (const auto& part : replication.parts(arguments.required("model"))) {
    const std::string folder = out + "/" + part.name;
    const Arguments audit = audit_of(arguments, part, folder);
    if (!arguments.flag("quiet")) std::fprintf(stderr, "%s, part %s\n", replication.name, part.name.c_str());
    run_audit(audit);
    const RunStore store = RunStore::open_for_reading(folder);
    runs.emplace(part.name, summarise(store));
    commands.push_back(store.fact(facts::kCommand, audit.command()));
  }
  const ReplicationResult result = replication.compare(runs);
  const std::string file = out + "/replication.md", text = markdown_of(replication, result, commands);
  write_file(file, text);
  std::printf("%s\n",
              arguments.flag("json") ? json_of(replication, result, commands, file).c_str() : (text + "\n" + file).c_str());
  return 0;
}

}  // namespace

const Verb& verb_replicate() {
  static const Verb verb{"replicate",
                         "ghorbani-2019|kindermans-2017|adebayo-2018 --model FILE --data PATH [--out FOLDER]",
                         "measures again what a paper published, and says which of its orderings hold",
                         {"model", "data", "out"},
                         true,
                         1,
                         1,
                         run};
  return verb;
}

}  // namespace faultline
