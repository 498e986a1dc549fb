#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/output_place.h"
#include "cli/verb.h"
#include "core/error.h"
#include "gate/baseline_file.h"
#include "gate/policy.h"
#include "suites/run_store.h"

namespace faultline {
namespace {

int run(const Arguments& arguments) {
  const std::string& folder = arguments.words()[0];
  const std::string out = arguments.required("out");
  const Policy policy = arguments.has("policy") ? read_policy(arguments.text("policy")) : Policy();
  if (!RunStore::exists(folder)) throw_input(folder, "holds no run.sqlite", "give a run folder that faultline audit wrote");
  check_file_can_be_written(out);
  const RunScores scores = scores_of(RunStore::open_for_reading(folder), policy.gates);
  if (scores.gated.empty() && scores.claims.empty())
    throw Error(ErrorKind::nothing_tested, folder, "has nothing that a gate compares", "audit an explainer that is no control");
  write_baseline(scores, out);
  if (arguments.flag("json")) {
    const nlohmann::ordered_json json = {{"baseline", out},
                                         {"gated", scores.gated.size()},
                                         {"listed", scores.others.size()},
                                         {"claims", scores.claims.size()},
                                         {"samples", scores.samples.size()}};
    std::printf("%s\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
    return 0;
  }
  std::printf("%s\n", out.c_str());
  if (!arguments.flag("quiet"))
    std::fprintf(stderr, "%zu gated scores of %zu samples, %zu claims, %zu numbers beside them\n", scores.gated.size(),
                 scores.samples.size(), scores.claims.size(), scores.others.size());
  return 0;
}

}  // namespace

const Verb& verb_baseline() {
  static const Verb verb{"baseline",
                         "RUN --out FILE.json [--policy FILE] [--json]",
                         "freezes a run into a file that later runs are checked against",
                         {"out", "policy", "config", "json", "quiet"},
                         false,
                         1,
                         1,
                         run};
  return verb;
}

}  // namespace faultline
