#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>

#include "report/axiom_run.h"
#include "suites/axioms/axiom.h"
#include "suites/axioms/axiom_facts.h"
#include "support/schema.h"

namespace faultline {
namespace {

using testing::AxiomRun;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::schema_violations;
namespace names = facts::axioms;

/// Two explainers and a control with everything that a run may hold.
const AxiomRun& full() {
  static const AxiomRun& run = *[] {
    auto* w = new AxiomRun;
    w->explainer("lrp");
    w->explainer("gradient");
    w->explainer("random", true);
    w->refuted("lrp", "conservativity", true, 3.1, 2.9,
               {{names::kPart, "fc2 to output (2 of 9 layers)"}, {names::kLostAt, "fc1: 0.31 of what is explained, bias"}});
    w->layer_sums("lrp", "conservativity",
                  {{"output", 1}, {"fc2", 0.9999}, {"fc1", 0.69}, {"pool1", 0.69}, {"relu1", 0.69}, {"conv1", 0.75}});
    w->pictures("lrp", "conservativity", false);
    w->holds("lrp", "determinism", true);
    w->not_applicable("lrp", "symmetry", false, "its first layer has one channel");
    w->refuted("lrp", "scale", false, 0.2, 0.1);
    w->pictures("lrp", "scale", true);
    w->holds("gradient", "determinism", true);
    w->not_applicable("gradient", "symmetry", false, "its first layer has one channel");
    w->holds("gradient", "scale", false);
    w->refuted("random", "determinism", false, 0.2, 0.1);
    w->claims("lrp", 2);
    w->claims("gradient", 1);
    w->claims("random", 0);
    w->stability("lrp", 0.5);
    w->stability("gradient", 1e-9);
    w->write();
    return w;
  }();
  return run;
}

TEST(AxiomReport, ShowsARefutedClaimWithAllThatIsKnownOfIt) {
  const std::string& html = full().html;
  for (const char* text : {"lrp: conservativity is claimed, and refuted", "The map adds up to 3.10 where 2.90 is explained.",
                           "sum R(x) = f(x) (Bach 2015", "every rule conserves",
                           "relative gap 0.069, 10\xe2\x81\xbb\xe2\x81\xb9 allowed; divided by max(|explained|",
                           "found by guided search, class 7; fails on 3 of 53 cases", "2 of 784 values differ from black",
                           "fc2 to output (2 of 9 layers)", "fc1: 0.31 of what is explained, bias",
                           "shrunk input: lrp, conservativity", "map of the shrunk input: lrp, conservativity"})
    EXPECT_THAT(html, HasSubstr(text));
  EXPECT_THAT(html, HasSubstr("faultline audit --suite axioms:replay=" + full().folder.file("run") + "/counterexamples/3<"));
  EXPECT_THAT(html, Not(HasSubstr("map that the axiom asks for: lrp, conservativity")));
}

TEST(AxiomReport, NamesTheLayerThatLosesMostAndFoldsThoseThatKeepTheSum) {
  const std::string& html = full().html;
  EXPECT_THAT(html, HasSubstr("<td>fc2<small>and 1 before it</small></td>"));
  EXPECT_THAT(html, HasSubstr("<td>31.0 % lost<small>the largest change</small></td>"));
  EXPECT_THAT(html, HasSubstr("<td>relu1<small>and 1 before it</small></td>"));
  EXPECT_THAT(html, HasSubstr("<td>6.00 % created</td>"));
  EXPECT_EQ(html.find("the largest change"), html.rfind("the largest change"));
}

TEST(AxiomReport, TellsAFaultFromWhatNobodyClaimedInWords) {
  const std::string& html = full().html;
  EXPECT_THAT(html,
              HasSubstr("<td class=\"fault\"><a href=\"#axioms-case-1\">claim refuted</a><small>3 of 53 cases</small></td>"));
  EXPECT_THAT(
      html, HasSubstr("<td class=\"faint\"><a href=\"#axioms-case-2\">fails</a><small>not claimed, 3 of 53 cases</small></td>"));
  EXPECT_THAT(html, HasSubstr("<td class=\"\">claim holds<small>53 cases</small></td>"));
  EXPECT_THAT(html, HasSubstr("<td class=\"faint\">holds<small>not claimed, 53 cases</small></td>"));
  EXPECT_THAT(html, HasSubstr("<td class=\"faint\">not reached</td>"));  // conservativity of gradient
}

TEST(AxiomReport, SaysOnceWhyAnAxiomDoesNotApply) {
  const std::string& html = full().html;
  EXPECT_THAT(html,
              HasSubstr("not applicable<sup><a href=\"#axioms-note-1\" title=\"its first layer has one channel\">1</a></sup>"));
  EXPECT_THAT(html, HasSubstr("<li id=\"axioms-note-1\">its first layer has one channel</li>"));
  EXPECT_THAT(html, Not(HasSubstr("axioms-note-2")));
}

TEST(AxiomReport, KeepsUnclaimedCounterexamplesOutOfTheWay) {
  const std::string& html = full().html;
  const size_t details = html.find("Counterexamples to what was not claimed: 2");
  ASSERT_NE(details, std::string::npos);
  EXPECT_GT(html.find("id=\"axioms-case-2\""), details);
  EXPECT_LT(html.find("id=\"axioms-case-1\""), details);
  EXPECT_THAT(html, HasSubstr("lrp: scale</strong>, not claimed: the map has 0.20 where 0.10 is asked; relative gap 1.00"));
  EXPECT_THAT(html, HasSubstr("map that the axiom asks for: lrp, scale"));
  EXPECT_THAT(html, HasSubstr("difference of the two, on its own scale: lrp, scale"));
}

TEST(AxiomReport, EveryLinkInsideThePageLeadsSomewhere) {
  const std::string& html = full().html;
  const std::regex link("href=\"#([^\"]*)\"");
  size_t links = 0;
  for (auto it = std::sregex_iterator(html.begin(), html.end(), link); it != std::sregex_iterator(); ++it, ++links)
    EXPECT_THAT(html, HasSubstr("id=\"" + (*it)[1].str() + "\""));
  EXPECT_GT(links, 8u);
  EXPECT_THAT(html, ::testing::Not(HasSubstr("id=\"numbers\""))) << "its tables are those of fragility, and would be empty";
}

TEST(AxiomReport, PutsRoundingAndSpreadBesideStability) {
  const std::string& html = full().html;
  EXPECT_THAT(html, HasSubstr("max-sensitivity<small>largest change of the map near the input</small>"));
  EXPECT_THAT(html, HasSubstr("<td class=\"n\">0.50<small>"));
  EXPECT_THAT(html, HasSubstr("<small>rounding 10\xe2\x81\xbb\xe2\x81\xb7</small></td>"));
  EXPECT_THAT(html, HasSubstr("<small>no more than rounding</small>"));  // gradient, 1e-9
  EXPECT_THAT(html, HasSubstr("<small>samples 5.00 to 5.0 \xc3\x97 10\xe2\x81\xb6</small>"));
  EXPECT_THAT(html, HasSubstr("What was found is a lower bound"));
}

TEST(AxiomReport, StandsInEveryFormat) {
  const AxiomRun& w = full();
  EXPECT_THAT(w.html, HasSubstr("<a href=\"#axioms\">Axioms and stability</a>"));
  for (const auto& text : {w.html, w.markdown}) {
    EXPECT_THAT(text, HasSubstr("the claim of conservativity is refuted"));
    EXPECT_THAT(text, Not(HasSubstr("Other suites")));
  }
  EXPECT_THAT(w.csv, HasSubstr("violation"));
  const auto summary = nlohmann::json::parse(w.json)["summary"];
  for (const auto& condition : summary) {
    // Records of a whole condition leave no metric without a name behind.
    EXPECT_FALSE(condition["metrics"].contains("")) << condition["condition"];
    if (condition["explainer"] == "lrp" && condition["condition"] == names::kClaims) {
      EXPECT_EQ(condition["whole"]["claims"], 2);
    }
  }
  const auto violations = schema_violations({w.paths[1]});
  if (!violations) GTEST_SKIP() << "needs /usr/bin/python3 with jsonschema";
  EXPECT_EQ(*violations, std::vector<std::string>(1));
}

TEST(AxiomReport, SaysHowLongWasSearchedWhereNothingWasRefuted) {
  AxiomRun w;
  w.explainer("gradient");
  w.holds("gradient", "determinism", true);
  w.holds("gradient", "batch-independence", true, 7);
  w.write();
  EXPECT_THAT(w.html, HasSubstr("No counterexample found to 2 claims, among 60 cases of all of them together."));
  EXPECT_THAT(w.html, Not(HasSubstr("Counterexamples to what was not claimed")));
  EXPECT_THAT(w.html, Not(HasSubstr("Stability: what")));
}

TEST(AxiomReport, NeedsNoClaims) {
  AxiomRun w;
  w.explainer("random");
  w.holds("random", "batch-independence", false);
  w.claims("random", 0);
  w.write();
  EXPECT_THAT(w.html, HasSubstr("No claim was tried."));
  EXPECT_THAT(w.html, HasSubstr("random: claims none of the axioms tried."));
}

TEST(AxiomReport, HoldsStabilityAlone) {
  AxiomRun w;
  w.explainer("gradient");
  w.stability("gradient", 0.5);
  w.write();
  EXPECT_THAT(w.html, HasSubstr("Stability: what small changes"));
  EXPECT_THAT(w.html, Not(HasSubstr("Refuted claims")));
}

TEST(AxiomReport, EscapesNamesFromOutside) {
  const std::string hostile = "<b>&\"odd|na'me\\</b>\n\xff";
  AxiomRun w;
  w.explainer(hostile);
  w.refuted(hostile, "conservativity", true, 3.1, 2.9,
            {{names::kFolder, "counter examples/it's, <i>"},
             {names::kClaimReason, "<script>"},
             {names::kCaseSample, "<u>"},
             {names::kAt, "<img src=x>"},
             {names::kDiffering, "<s>"},
             {names::kGap, "<em>"},
             {names::kFound, "<q>"}});
  w.layer_sums(hostile, "conservativity", {{"<b>|fc1", 0.5}});
  w.refuted(hostile, "<b>axiom|x", false, 1, 2);
  w.not_applicable(hostile, "dummy", true, "<b>why");
  w.pictures(hostile, "conservativity", true);
  w.stability(hostile, 0.5);
  w.write();
  for (const char* tag : {"<b>", "<script>", "<u>", "<img src=x", "<s>", "<em>", "<q>", "<i>"})
    EXPECT_THAT(w.html, Not(HasSubstr(tag)));
  EXPECT_THAT(w.html, HasSubstr("&lt;b&gt;|fc1"));
  // A shell reads the path as one word, and the spec's parser as one value.
  EXPECT_THAT(w.html, HasSubstr("--suite &#39;axioms:replay="));
  EXPECT_THAT(w.html, HasSubstr("counter examples/it&#39;\\&#39;&#39;s, &lt;i&gt;"));
}

TEST(AxiomReport, SurvivesLostPicturesAndMissingFacts) {
  AxiomRun w;
  w.explainer("lrp");
  w.refuted("lrp", "conservativity", true, 3.1, 2.9);
  w.pictures("lrp", "conservativity", true);
  w.bare_refuted("unknown", "scale");
  std::filesystem::remove(w.folder.file("run/maps/2.npy"));
  w.write();
  EXPECT_THAT(w.html, HasSubstr("These pictures cannot be shown"));
  EXPECT_THAT(w.html, HasSubstr("unknown: scale is claimed, and refuted"));
  EXPECT_THAT(w.html, HasSubstr("The run does not say by what."));
}

TEST(AxiomReport, ShowsAFewOfManyUnclaimedPictures) {
  AxiomRun w;
  for (int i = 0; i < 26; ++i) {
    const std::string name = "explainer-" + std::to_string(i);
    w.explainer(name);
    w.refuted(name, "scale", false, 0.2, 0.1);
    w.pictures(name, "scale", false);
  }
  w.write();
  EXPECT_THAT(w.html, HasSubstr("shrunk input: explainer-23, scale"));
  EXPECT_THAT(w.html, Not(HasSubstr("shrunk input: explainer-24, scale")));
  EXPECT_THAT(w.html, HasSubstr("<strong>explainer-25: scale</strong>"));
  EXPECT_THAT(w.html, HasSubstr("Pictures are shown of the first 24"));
}

TEST(AxiomReport, FoldsLongTablesOfLayersAway) {
  AxiomRun w;
  w.explainer("lrp");
  w.refuted("lrp", "conservativity", true, 3.1, 2.9);
  std::vector<std::pair<std::string, double>> sums;
  for (int i = 0; i < 17; ++i) sums.emplace_back("conv" + std::to_string(i), 1 - 0.05 * (i + 1));
  w.layer_sums("lrp", "conservativity", sums);
  w.write();
  EXPECT_THAT(w.html, HasSubstr("<summary>What is left of the relevance, layer by layer</summary>"));
  EXPECT_LT(w.html.find("<td>conv2</td>"), w.html.find("<td>conv10</td>"));
}

}  // namespace
}  // namespace faultline
