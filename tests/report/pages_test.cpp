#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "report/axiom_run.h"
#include "report/comparison.h"
#include "report/summary_facts.h"
#include "report/used_methods.h"
#include "report/written.h"
#include "suites/facts.h"

namespace faultline {
namespace {

using ::testing::AllOf;
using testing::AxiomRun;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::standard;
using testing::SyntheticPlan;
using testing::Written;

/// All that is written about a run.
std::vector<std::string> every_text(const RunSummary& run, const std::string& folder) {
  return {html_report(run, folder), json_report(run),     csv_report(run),          markdown_report(run),
          model_card(run),          html_model_card(run), html_comparison(run, run)};
}

/// A word that no report may say, or "".
std::string promised(const std::string& text) {
  static const std::regex pictures("base64,[A-Za-z0-9+/=]+");  // no prose
  static const std::regex words("\\brobust|\\bsafe|certif|complian|trustworthy|guarantee", std::regex::icase);
  const std::string prose = std::regex_replace(text, pictures, "");
  std::smatch found;
  return std::regex_search(prose, found, words)
             ? found.str() + ": ..." + prose.substr(std::max<long>(0, found.position() - 60), 140)
             : "";
}

TEST(Wording, IsFoundWhereItIsPlanted) {
  for (const char* text : {"it is robust", "Certified", "compliant with", "a safe system"}) EXPECT_NE(promised(text), "") << text;
  EXPECT_EQ(promised("unsafe base64,robust+safe"), "");
}

TEST(Wording, PromisesNothingInAnyFormatOfAnyRun) {
  for (const bool useless : {false, true}) {
    for (const char* warning : {"", "still-improving", "piecewise-constant"}) {
      for (const int samples : {6, 12}) {
        SyntheticPlan plan;
        plan.attack_is_useless = useless;
        plan.warning = warning;
        plan.samples = samples;
        plan.with_ledger = useless;
        plan.is_out_of_range = useless;
        plan.with_pictures = false;
        const Written w(plan);
        for (const auto& text : every_text(w.run, w.folder.file("run"))) EXPECT_EQ(promised(text), "");
      }
    }
  }
  AxiomRun axioms;
  axioms.explainer("lrp");
  axioms.refuted("lrp", "conservativity", true, 3.1, 2.9);
  axioms.not_tried("lrp", "scale", true, "it needs another network");
  axioms.stability("lrp", 0.5);
  axioms.write();
  for (const auto& text : every_text(axioms.run, axioms.folder.file("run"))) EXPECT_EQ(promised(text), "");
}

TEST(Pages, StayBelowTenMegabytesForAHundredSamples) {
  SyntheticPlan plan;
  plan.samples = 100;
  plan.channels = 3;
  plan.with_ledger = true;
  const Written w(plan);
  EXPECT_LT(w.html().size(), 10u * 1024 * 1024);
  EXPECT_GT(w.html().size(), 100u * 1024) << "the page has its evidence";
}

TEST(ModelCard, SaysWhoWhatAndWhatIsNotKnown) {
  const auto& w = standard();
  ReportExtras extras;
  extras.statements = {{"system", "Digits *reader*"}, {"name", "A. Reader"}};
  const std::string card = model_card(w.run, extras);
  EXPECT_THAT(card, AllOf(HasSubstr("* **system**: Digits &#42;reader&#42;"), HasSubstr("* **intended use**: not stated"),
                          HasSubstr("* **gradient**: moved further than noise. At 8/255 the strongest of 2 attacks"),
                          HasSubstr("### What was not tested"), HasSubstr("* **SHA-256 of the records**: `")));
  EXPECT_THAT(card, Not(HasSubstr("* **random**"))) << "a control is no result";
  EXPECT_LT(card.size(), 16000u) << "a card is short";
  EXPECT_THAT(html_model_card(w.run, extras), HasSubstr("<dt>system</dt><dd>Digits *reader*</dd>"));
}

TEST(Panels, NameThePredictedClassWhereTheRunSaysIt) {
  const Facts facts{{facts::kPredictions, "11:5 1:2 21:7"}};
  EXPECT_EQ(predicted_class(facts, 11), "class 5") << "the first";
  EXPECT_EQ(predicted_class(facts, 1), "class 2") << "a part of the first";
  EXPECT_EQ(predicted_class(facts, 21), "class 7");
  EXPECT_EQ(predicted_class(facts, 2), "");
  EXPECT_EQ(predicted_class({}, 11), "");
  EXPECT_THAT(standard().html(), ContainsRegex("sample [^,<]*, predicted class (7|12), top-k"));
}

TEST(Skipped, NamesFourMeasuresAndCountsTheRest) {
  RunSummary run = standard().run;
  run.skipped = {{"0", "gradient", "x", "explainer-failed", "it died", {"a1", "a2", "a3", "a4", "a5", "a6"}},
                 {"1", "gradient", "x", "explainer-failed", "", {"a1", "a2", "a3", "a4", "a5", "b6"}},
                 {"2", "gradient", "x", "zero-map", "", {"a1", "a2", "a3", "a4"}}};
  const std::string html = html_report(run, standard().folder.file("run"));
  EXPECT_THAT(html, HasSubstr("<td>a1, a2, a3, a4 and 2 more</td>"));
  EXPECT_THAT(html, HasSubstr("<td>a1, a2, a3, a4</td>"));
  EXPECT_THAT(html, Not(HasSubstr(">0, 1</td>"))) << "other measures are another row, whatever is named of them";
}

TEST(Methods, OfTheRunStandInTheAppendix) {
  const auto& w = standard();
  const auto used = methods_of(w.run);
  std::string names;
  for (const auto& method : used) {
    EXPECT_EQ(method.formula.empty(), method.name != "smooth-grad") << "of that one alone the run says what it computes";
    names += method.kind[0] + (":" + method.name) + " ";
  }
  EXPECT_EQ(names,
            "e:gradient e:smooth-grad e:random a:ghorbani-mass-center a:ghorbani-topk a:random-sign-walk a:random-sign-one-shot "
            "m:top-k "
            "m:center-shift m:spearman ");
  EXPECT_THAT(w.html(), AllOf(HasSubstr("R = mean over j of g(x + eta_j), eta normal"), HasSubstr("Smilkov et al. 2017"),
                              HasSubstr("not on record")));
}

}  // namespace
}  // namespace faultline
