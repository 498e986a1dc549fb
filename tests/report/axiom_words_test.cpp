#include "report/axiom_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/axiom_run.h"
#include "report/words.h"
#include "suites/axioms/axiom_facts.h"

namespace faultline {
namespace {

using testing::AxiomRun;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
namespace names = facts::axioms;

TEST(AxiomWords, SpeakOfRefutedClaimsFirst) {
  AxiomRun w;
  w.explainer("steady");
  w.explainer("lrp");
  w.explainer("random", true);
  for (const char* axiom : {"conservativity", "completeness"}) w.holds("steady", axiom, true);
  w.refuted("lrp", "conservativity", true, 3.1, 2.9);
  w.holds("lrp", "scale", true, 40);
  w.holds("lrp", "determinism", true);
  w.refuted("lrp", "symmetry", false, 0.2, 0.1);
  w.refuted("lrp", "dummy", false, 0.2, 0);
  w.refuted("random", "determinism", false, 0.2, 0.1);
  w.claims("steady", 2);
  w.claims("lrp", 3);
  w.claims("random", 0);
  w.write();
  EXPECT_THAT(
      axiom_sentences(w.run),
      ElementsAre(
          "lrp: the claim of conservativity is refuted: the map adds up to 3.10 where 2.90 is explained (found by guided "
          "search, class 7; it fails on 3 of 53 cases).",
          "steady: 2 of 2 claims hold: no counterexample found among 53 cases each.",
          "lrp: 2 of 3 claims hold: no counterexample found among 40 to 53 cases each; 1 is refuted (conservativity). It does "
          "not claim dummy and symmetry, and a counterexample to each was found, which is no fault.",
          "random (control): claims none of the axioms tried. It does not claim determinism, and a counterexample to it was "
          "found, which is "
          "no fault."));
}

TEST(AxiomWords, NeverSayThatSomethingIsProved) {
  AxiomRun w;
  w.explainer("steady");
  w.holds("steady", "conservativity", true, 1);
  w.stability("steady", 0.1);
  w.write();
  for (const auto& text : {w.html, w.markdown}) EXPECT_THAT(text, HasSubstr("no counterexample found among 1 case."));
  for (const auto& sentence : axiom_sentences(w.run)) EXPECT_THAT(sentence, Not(HasSubstr("prove")));
}

TEST(AxiomWords, CountWhatWasNotTriedAndNotReached) {
  AxiomRun w;
  w.explainer("lrp");
  w.explainer("gradient");
  w.explainer("late");
  w.holds("lrp", "conservativity", true);
  w.not_applicable("lrp", "shift-invariance", true, "the first layer pads");
  w.not_tried("lrp", "sensitivity", true, "output-unchanged");
  w.claims("lrp", 7);
  w.not_tried("gradient", "linearity", false, "no sample");
  w.announce("late", "scale", true);
  w.announce("late", "dummy", false);
  w.write(9);
  EXPECT_FALSE(w.run.incomplete().empty());
  EXPECT_THAT(
      axiom_sentences(w.run),
      ElementsAre("lrp: 1 of 7 claims hold: no counterexample found among 53 cases; 2 could not be tried (sensitivity and "
                  "shift-invariance); 4 were not reached.",
                  "gradient: claims none of the axioms tried.", "late: 0 of 1 claim holds; 1 was not reached."));
}

TEST(AxiomWords, CountUnclaimedAxiomsWhereTheyAreManyToName) {
  AxiomRun w;
  w.explainer("random");
  for (const char* axiom : {"positivity", "dummy", "scale", "linearity"}) w.refuted("random", axiom, false, 0.2, 0.1);
  w.claims("random", 0);
  w.write();
  EXPECT_THAT(axiom_sentences(w.run),
              ElementsAre("random: claims none of the axioms tried. It does not claim 4 other axioms, and a counterexample to "
                          "each was found, which is no fault."));
}

TEST(AxiomWords, SayWhereACounterexampleCameFrom) {
  const std::vector<std::array<std::string, 3>> origins{
      {"data", "digits/3.png", "found on sample digits/3.png of the data, class 7"},
      {"data", "", "found on the data, class 7"},
      {"edge case", "case 2", "found on an edge case (case 2), class 7"},
      {"random case", "", "found on a random case, class 7"},
      {"guided search", "case 17", "found by guided search (case 17), class 7"},
      {"a dream", "", "found on a dream, class 7"}};
  for (const auto& [origin, sample, words] : origins) {
    AxiomRun w;
    w.explainer("lrp");
    w.refuted("lrp", "conservativity", true, 3.1, 2.9, {{names::kOrigin, origin}, {names::kCaseSample, sample}});
    w.write();
    EXPECT_EQ(origin_text(axioms_of(w.run)[0].axioms[0]), words);
  }
}

TEST(AxiomWords, CountTheValuesThatAreLeft) {
  const std::vector<std::pair<const char*, const char*>> counts{{"0", "black itself, no value of which is changed"},
                                                                {"1", "1 of 784 values differs from black"},
                                                                {"2", "2 of 784 values differ from black"}};
  for (const auto& [differing, words] : counts) {
    AxiomRun w;
    w.explainer("lrp");
    w.refuted("lrp", "conservativity", true, 3.1, 2.9, {{names::kDiffering, differing}});
    w.write();
    EXPECT_EQ(shrunk_text(axioms_of(w.run)[0].axioms[0]), words);
  }
}

TEST(AxiomWords, GiveBothSidesTheDigitsThatTellThemApart) {
  EXPECT_THAT(told_apart(3.1, 2.9), ::testing::Pair("3.10", "2.90"));
  EXPECT_THAT(told_apart(2.9, 2.9000004), ::testing::Pair("2.9", "2.9000004"));
  EXPECT_THAT(told_apart(1, 1 + 1e-12), ::testing::Pair("1", "1.000000000001"));
  EXPECT_THAT(told_apart(2, 2), ::testing::Pair("2.00", "2.00"));
  EXPECT_THAT(told_apart(0, 1e-12), ::testing::Pair("0", "10\xe2\x81\xbb\xc2\xb9\xc2\xb2"));
}

TEST(AxiomWords, SaySoWhereASideIsNoNumber) {
  AxiomRun w;
  w.explainer("lrp");
  w.refuted("lrp", "scale", true, 0, 1, {{names::kFound, "nan"}, {names::kGap, "inf"}});
  w.write();
  const AxiomWords words = axioms_of(w.run)[0].axioms[0];
  EXPECT_EQ(sides_text(words), "the map has nan where 1.00 is asked");
  EXPECT_EQ(gap_text(words), "the gap is not finite, 10\xe2\x81\xbb\xe2\x81\xb8 allowed");
}

TEST(AxiomWords, TakeTheVerdictFromTheRecordsWhereNoFactSaysIt) {
  AxiomRun w;
  w.bare_refuted("unknown", "conservativity");
  w.write();
  const auto all = axioms_of(w.run);
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].explainer, "unknown");
  EXPECT_TRUE(all[0].axioms[0].is_refuted_claim());
  EXPECT_THAT(axiom_sentences(w.run), ElementsAre("unknown: the claim of conservativity is refuted.",
                                                  "unknown: 0 of 1 claim holds; 1 is refuted (conservativity)."));
}

TEST(AxiomWords, SumUpStabilityWithoutTheControls) {
  AxiomRun w;
  w.explainer("gradient");
  w.explainer("smooth-grad");
  w.explainer("random", true);
  w.stability("gradient", 0.5);
  w.stability("smooth-grad", 0.01);
  w.stability("random", 40);
  w.write();
  EXPECT_THAT(
      axiom_sentences(w.run),
      ElementsAre("Stability: max-sensitivity, as far as it was found: mean 0.010 (smooth-grad) to 0.50 (gradient). A longer "
                  "search can only find more."));
  EXPECT_THAT(stability_metrics_of(w.run), ElementsAre("max-sensitivity", "relative-input-stability"));
}

TEST(PowerNumber, CountsZerosForPeople) {
  EXPECT_EQ(power_number(0), "0");
  EXPECT_EQ(power_number(0.25), "0.25");
  EXPECT_EQ(power_number(-0.0143), "-0.014");
  EXPECT_EQ(power_number(0.00143), "0.0014");
  EXPECT_EQ(power_number(-9999), "-9999");
  EXPECT_EQ(power_number(1e-9), "10\xe2\x81\xbb\xe2\x81\xb9");
  EXPECT_EQ(power_number(-1e5), "-10\xe2\x81\xb5");
  EXPECT_EQ(power_number(1.04e-9), "1.0 \xc3\x97 10\xe2\x81\xbb\xe2\x81\xb9");
  EXPECT_EQ(power_number(-123456), "-1.2 \xc3\x97 10\xe2\x81\xb5");
  EXPECT_EQ(power_number(9.99e16), "1.0 \xc3\x97 10\xc2\xb9\xe2\x81\xb7");
  EXPECT_EQ(power_number(HUGE_VAL), "not finite");
  EXPECT_EQ(power_number(std::nan("")), "not finite");
}

}  // namespace
}  // namespace faultline
