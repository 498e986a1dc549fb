#include "report/suite_pages.h"

#include <algorithm>

#include "report/axiom_words.h"
#include "report/html_axioms.h"
#include "report/html_curvature.h"
#include "report/html_data_randomization.h"
#include "report/html_randomization.h"
#include "report/html_shift.h"
#include "report/shift_words.h"
#include "report/summary_curvature.h"
#include "suites/axioms/axiom_facts.h"
#include "suites/curvature_facts.h"
#include "suites/data_randomization_facts.h"
#include "suites/facts.h"
#include "suites/randomization_facts.h"
#include "suites/shift_facts.h"

namespace faultline {

const std::vector<SuitePage>& suite_pages() {
  static const std::vector<SuitePage> pages = {
      {facts::kAxioms, "Axioms and stability", axiom_sentences, write_axioms_section},
      {facts::kCurvature, kCurvatureTitle, curvature_sentences, write_curvature_section},
      {facts::kShift, "Shifted inputs", shift_sentences, write_shift_section},
      {facts::kParameterRandomization, "Parameter randomisation", parameter_randomization_sentences,
       write_parameter_randomization},
      {facts::kDataRandomization, "True and permuted labels", data_randomization_sentences, write_data_randomization}};
  return pages;
}

bool has_suite(const RunSummary& run, const std::string& suite) {
  return std::any_of(run.records.begin(), run.records.end(), [&](const Record& record) { return record.suite == suite; });
}

bool is_about_fragility(const RunSummary& run) {
  return has_suite(run, facts::kFragility) ||
         std::none_of(suite_pages().begin(), suite_pages().end(), [&](const auto& page) { return has_suite(run, page.suite); });
}

bool has_page(const std::string& suite) {
  return std::any_of(suite_pages().begin(), suite_pages().end(), [&](const auto& page) { return page.suite == suite; });
}

std::vector<const ConditionSummary*> conditions_of(const RunSummary& run, const std::string& suite) {
  std::vector<const ConditionSummary*> out;
  for (const auto& condition : run.others) {
    if (condition.suite == suite) out.push_back(&condition);
  }
  return out;
}

}  // namespace faultline
