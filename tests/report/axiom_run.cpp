#include "report/axiom_run.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/numbers.h"
#include "data/npy.h"
#include "report/report.h"
#include "suites/axioms/axiom.h"
#include "suites/axioms/axiom_facts.h"

namespace faultline::testing {
namespace {

namespace names = facts::axioms;
constexpr int kSamples = 4;

}  // namespace

AxiomRun::AxiomRun()
    : store_(RunStore::create(folder.file("run"), {{"free.model", "net.pt"}, {"range", "0,1"}, {"dtype", "float64"}})) {}

void AxiomRun::explainer(const std::string& name, bool is_control) {
  facts_[facts::explainer(name, facts::kRole)] = is_control ? facts::kControl : facts::kSubject;
  facts_[facts::explainer(name, facts::kOrder)] = std::to_string(order_++);
}

void AxiomRun::announce(const std::string& explainer, const std::string& axiom, bool is_claimed) {
  fact(explainer, axiom, facts::kRole, names::kRoleAxiom);
  fact(explainer, axiom, names::kClaimed, is_claimed ? names::kYes : names::kNo);
  if (is_claimed) fact(explainer, axiom, names::kClaimReason, "every rule conserves");
  const auto& all = axioms();
  for (size_t i = 0; i < all.size(); ++i) {
    const AxiomFacts facts = all[i]->facts();
    if (facts.name != axiom) continue;
    fact(explainer, axiom, facts::kOrder, std::to_string(i));
    fact(explainer, axiom, names::kStatement, facts.statement);
    fact(explainer, axiom, names::kSource, facts.source);
    fact(explainer, axiom, names::kScale, facts.scale);
    fact(explainer, axiom, names::kWhyTolerance, facts.why_tolerance);
  }
}

void AxiomRun::describe(const std::string& explainer, const std::string& axiom, bool is_claimed) {
  announce(explainer, axiom, is_claimed);
  put(explainer, axiom, names::kIsClaimed, -1, is_claimed);
  for (const auto& candidate : axioms()) {
    if (candidate->facts().name == axiom) put(explainer, axiom, names::kTolerance, -1, candidate->facts().float64);
  }
}

void AxiomRun::holds(const std::string& explainer, const std::string& axiom, bool is_claimed, int cases) {
  describe(explainer, axiom, is_claimed);
  fact(explainer, axiom, names::kVerdict, names::kHolds);
  put(explainer, axiom, names::kIsRefuted, -1, 0);
  put(explainer, axiom, names::kCases, -1, cases);
  put(explainer, axiom, names::kFailures, -1, 0);
  put(explainer, axiom, names::kWorst, -1, 3e-16);
  for (int i = 0; i < kSamples; ++i) put(explainer, axiom, names::kViolation, i, 1e-16 * i);
}

void AxiomRun::bare_refuted(const std::string& explainer, const std::string& axiom) {
  put(explainer, axiom, names::kIsRefuted, -1, 1);
  put(explainer, axiom, names::kIsClaimed, -1, 1);
  for (int i = 0; i < kSamples; ++i) put(explainer, axiom, names::kViolation, i, 0.07);
}

void AxiomRun::refuted(const std::string& explainer, const std::string& axiom, bool is_claimed, double found, double wanted,
                       const std::map<std::string, std::string>& more) {
  describe(explainer, axiom, is_claimed);
  std::map<std::string, std::string> fields{{names::kVerdict, names::kRefuted},
                                            {names::kOrigin, "guided search"},
                                            {names::kCaseTarget, "7"},
                                            {names::kFound, exact_number(found)},
                                            {names::kWanted, exact_number(wanted)},
                                            {names::kGap, exact_number(std::abs(found - wanted) / std::abs(wanted))},
                                            {names::kDiffering, "2"},
                                            {names::kElements, "784"},
                                            {names::kBase, "black"},
                                            {names::kFolder, "counterexamples/3"}};
  for (const auto& [field, value] : more) fields[field] = value;
  for (const auto& [field, value] : fields) fact(explainer, axiom, field, value);
  put(explainer, axiom, names::kIsRefuted, -1, 1);
  put(explainer, axiom, names::kCases, -1, 53);
  put(explainer, axiom, names::kFailures, -1, 3);
  for (int i = 0; i < kSamples; ++i) put(explainer, axiom, names::kViolation, i, 0.02 * i);
}

void AxiomRun::not_applicable(const std::string& explainer, const std::string& axiom, bool is_claimed, const std::string& why) {
  describe(explainer, axiom, is_claimed);
  fact(explainer, axiom, names::kVerdict, facts::kNotApplicable);
  fact(explainer, axiom, facts::kNotApplicable, why);
  for (int i = 0; i < kSamples; ++i) put(explainer, axiom, names::kViolation, i, 0, facts::kNotApplicable);
}

void AxiomRun::not_tried(const std::string& explainer, const std::string& axiom, bool is_claimed, const std::string& reason) {
  describe(explainer, axiom, is_claimed);
  fact(explainer, axiom, names::kVerdict, names::kNotTried);
  fact(explainer, axiom, names::kWords, "not tried: " + reason);
  for (int i = 0; i < kSamples; ++i) put(explainer, axiom, names::kViolation, i, 0, reason);
}

void AxiomRun::claims(const std::string& explainer, int claims) {
  put(explainer, names::kClaims, names::kClaimCount, -1, claims);
}

void AxiomRun::stability(const std::string& explainer, double size, double rounding) {
  facts_[facts::metric("max-sensitivity", facts::kOrder)] = "0";
  facts_[facts::metric("max-sensitivity", "title")] = "largest change of the map near the input";
  facts_[facts::metric("relative-input-stability", facts::kOrder)] = "1";
  for (int i = 0; i < kSamples; ++i) {
    put(explainer, names::kStability, "max-sensitivity", i, size * (0.7 + 0.2 * i));
    put(explainer, names::kStability, names::kRoundingOf + std::string("max-sensitivity"), i, rounding);
    put(explainer, names::kStability, "relative-input-stability", i, size * std::pow(10, 2 * i + 1));
  }
}

void AxiomRun::layer_sums(const std::string& explainer, const std::string& axiom,
                          const std::vector<std::pair<std::string, double>>& sums) {
  for (size_t i = 0; i < sums.size(); ++i) {
    const std::string order = std::string(i < 10 ? "00" : "0") + std::to_string(i);
    put(explainer, axiom, facts::key({names::kLayerSum, order, sums[i].first, "linear"}), -1, sums[i].second);
  }
}

void AxiomRun::pictures(const std::string& explainer, const std::string& axiom, bool with_wanted) {
  at::Tensor image = at::zeros({1, 28, 28}), shrunk = at::zeros({1, 28, 28});
  const auto rows = at::arange(28).reshape({28, 1}), columns = at::arange(28).reshape({1, 28});
  const auto blob = [&](double row, double column, double width) {
    return at::exp(-((rows - row).pow(2) + (columns - column).pow(2)) / (2 * width * width)).reshape({1, 28, 28});
  };
  image = (blob(9, 13, 4) + blob(18, 15, 3)).clamp(0, 1);
  shrunk[0][9][13] = 1;
  shrunk[0][18][15] = 0.5;
  std::vector<std::pair<std::string, at::Tensor>> parts{{facts::part::kImage, image},
                                                        {facts::part::kMapBefore, blob(9, 12, 3) - 0.5 * blob(19, 16, 3)},
                                                        {facts::part::kPerturbed, shrunk},
                                                        {facts::part::kMapAfter, blob(9, 13, 1.5) - 0.4 * blob(18, 15, 1)}};
  if (with_wanted) parts.emplace_back(names::kMapWanted, blob(9, 13, 1.5) - 0.2 * blob(18, 15, 1));
  for (const auto& [part, array] : parts) {
    const std::string file = "maps/" + std::to_string(pictures_.size()) + ".npy";
    write_npy(store_.path(file), array.to(at::kFloat));
    pictures_.push_back({facts::kAxioms, explainer, axiom, "case 17", 17, file, part});
  }
}

void AxiomRun::write(int units_planned) {
  facts_[facts::kSamplesAsked] = std::to_string(kSamples);
  facts_[facts::kUnitsPlanned] = std::to_string(units_planned);
  store_.set_facts(facts_);
  store_.commit_unit("unit", records_, {}, pictures_);
  paths = write_reports(folder.file("run"), folder.file("out"), report_formats());
  run = summarise(RunStore::open_for_reading(folder.file("run")));
  html = text_of(paths.at(0));
  json = text_of(paths.at(1));
  csv = text_of(paths.at(2));
  markdown = text_of(paths.at(3));
}

void AxiomRun::fact(const std::string& explainer, const std::string& condition, const std::string& field,
                    const std::string& value) {
  facts_[facts::condition(explainer, condition, field)] = value;
}

void AxiomRun::put(const std::string& explainer, const std::string& condition, const std::string& metric, int sample,
                   double value, const std::string& reason) {
  Record record{facts::kAxioms, explainer, condition, "", "", 0, std::nullopt, "", {}};
  if (sample >= 0) record.sample = "sample " + std::to_string(sample);
  record.sample_id = static_cast<uint64_t>(std::max(0, sample));
  record.set(metric, value, reason);
  records_.push_back(record);
}

}  // namespace faultline::testing
