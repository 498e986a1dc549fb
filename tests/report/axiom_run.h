#pragma once
#include <map>
#include <string>
#include <vector>

#include "report/summary.h"
#include "suites/run_store.h"
#include "support/shared.h"

namespace faultline::testing {

/// What suite axioms leaves of four samples, written by hand, and its reports.
class AxiomRun {
 public:
  AxiomRun();
  void explainer(const std::string& name, bool is_control = false);
  /// What a run says of an axiom before it is tried.
  void announce(const std::string& explainer, const std::string& axiom, bool is_claimed);
  /// Tried, and no counterexample found.
  void holds(const std::string& explainer, const std::string& axiom, bool is_claimed, int cases = 53);
  /// Refuted on 3 of 53 cases, the map being on `found` where `wanted` is asked; `more` replaces and adds fields.
  void refuted(const std::string& explainer, const std::string& axiom, bool is_claimed, double found, double wanted,
               const std::map<std::string, std::string>& more = {});
  void not_applicable(const std::string& explainer, const std::string& axiom, bool is_claimed, const std::string& why);
  void not_tried(const std::string& explainer, const std::string& axiom, bool is_claimed, const std::string& reason);
  /// Nothing but records: no fact says anything of the condition.
  void bare_refuted(const std::string& explainer, const std::string& axiom);
  /// The record that says how many claims there are.
  void claims(const std::string& explainer, int claims);
  /// Two metrics: max-sensitivity `size` on average, and relative-input-stability over seven decades; each with a rounding floor.
  void stability(const std::string& explainer, double size, double rounding = 1e-7);
  /// The relevance left after each node, from the output on: (node, left).
  void layer_sums(const std::string& explainer, const std::string& axiom,
                  const std::vector<std::pair<std::string, double>>& sums);
  /// Four parts, and the map that the axiom asks for.
  void pictures(const std::string& explainer, const std::string& axiom, bool with_wanted);

  /// Writes the run with these units planned, and its reports.
  void write(int units_planned = 1);

  TemporaryFolder folder;
  RunSummary run;
  std::string html, json, csv, markdown;
  std::vector<std::string> paths;

 private:
  void fact(const std::string& explainer, const std::string& condition, const std::string& field, const std::string& value);
  /// sample < 0: of the whole condition.
  void put(const std::string& explainer, const std::string& condition, const std::string& metric, int sample, double value,
           const std::string& reason = "");
  void describe(const std::string& explainer, const std::string& axiom, bool is_claimed);

  RunStore store_;
  Facts facts_;
  std::vector<Record> records_;
  std::vector<PictureRecord> pictures_;
  int order_ = 0;
};

}  // namespace faultline::testing
