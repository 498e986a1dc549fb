#include "report/sign_off.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/error.h"
#include "core/sha256.h"
#include "report/digests.h"
#include "report/verify.h"
#include "report/written.h"
#include "suites/statement_facts.h"

namespace faultline {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::standard;
using testing::SyntheticPlan;
using testing::Written;

std::string all(const std::vector<std::string>& sentences) {
  std::string out;
  for (const auto& sentence : sentences) out += sentence + "\n";
  return out;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

Verification verified(const Written& w, const std::string& page) {
  return verify_page(w.run, w.folder.file("run"), page, "page");
}

TEST(Digests, OfTheConfigurationLeaveOutWhatMayDifferAndEscapeSeparators) {
  EXPECT_EQ(canonical_configuration({{"b", "2\t\\\n"}, {"a", "1"}, {"free.threads", "8"}}), "a\t1\nb\t2\\t\\\\\\n\n");
}

TEST(Digests, OfTheRecordsDoNotDependOnTheirOrder) {
  const Record one{"fragility", "gradient", "c", "top-k", "x", 3, 0.1, "", {"w", "v"}};
  const Record two{"fragility", "gradient", "c", "top-k", "w", 4, std::nullopt, "zero-map", {}};
  EXPECT_EQ(
      canonical_records({one, two}),
      "fragility\tgradient\tc\ttop-k\tw\t4\t\tzero-map\t\nfragility\tgradient\tc\ttop-k\tx\t3\t0.10000000000000001\t\tw,v\n");
  EXPECT_EQ(canonical_records({one, two}), canonical_records({two, one}));
}

TEST(Digests, StandInTheSignOffSection) {
  const auto& w = standard();
  const auto digests = digests_of(w.run);
  EXPECT_EQ(digests[0].second, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
  EXPECT_EQ(digests[1].second, "not recorded");
  EXPECT_EQ(digests[3].second, Sha256().update(canonical_records(w.run.records)).hex());
  for (const auto& [name, digest] : digests) {
    EXPECT_THAT(w.html(), HasSubstr("<code id=\"sha256-" + name + "\">" + digest + "</code>"));
  }
}

TEST(SignOff, SaysNotStatedUnlessTheRunOrTheCallerStatesIt) {
  const auto& w = standard();
  EXPECT_EQ(statement_of(w.run, {}, "name"), "not stated");
  RunSummary run = w.run;
  run.facts[facts::statement("name")] = "A. Reader";
  EXPECT_EQ(statement_of(run, {}, "name"), "A. Reader");
  ReportExtras extras;
  extras.statements["name"] = "B. <Reader>";
  EXPECT_EQ(statement_of(run, extras, "name"), "B. <Reader>");
  EXPECT_THAT(html_report(run, w.folder.file("run"), extras), HasSubstr("Name<strong>B. &lt;Reader&gt;</strong>"));
  EXPECT_THAT(w.html(),
              AllOf(HasSubstr("<dt>Intended use</dt><dd>not stated</dd>"), HasSubstr("<li>No baseline was given.</li>")));
}

TEST(SignOff, NamesWhatWasNotTested) {
  const std::string text = all(untested_sentences(standard().run));
  EXPECT_THAT(text, HasSubstr("Suite curvature was not run: "));
  EXPECT_THAT(text, HasSubstr("Suite axioms was not run: "));
  EXPECT_THAT(text, Not(HasSubstr("Suite fragility was not run")));
  EXPECT_THAT(text, HasSubstr("One network and one data set"));
  EXPECT_THAT(text, HasSubstr("larger than 8/255"));
  EXPECT_THAT(
      text,
      HasSubstr("Searches on gradient that warnings call too short or weak: ghorbani-mass-center@8/255, ghorbani-topk@8/255."));
  EXPECT_THAT(text, HasSubstr("1 sample left out somewhere because of undecodable"));
  EXPECT_THAT(text, HasSubstr("1 sample left out somewhere because of zero-map"));
}

TEST(SignOff, CountsTheEffort) {
  const std::string text = all(effort_sentences(standard().run));
  EXPECT_THAT(text, HasSubstr("12 samples asked for; 2 explainers (gradient and smooth-grad), with random as control."));
  // 3 epsilons, 2 attacks, 201 passes of 10 samples of gradient, and of 11 of smooth-grad and of random.
  EXPECT_THAT(text,
              HasSubstr("2 attacks (ghorbani-mass-center and ghorbani-topk) at epsilon 2/255, 4/255 and 8/255, 38592 passes"));
}

TEST(Verify, AgreesWithAnUntouchedPage) {
  const auto& w = standard();
  const auto found = verified(w, w.html());
  EXPECT_TRUE(found.agrees) << found.line;
  EXPECT_THAT(found.notes, IsEmpty());
}

TEST(Verify, SaysWhichDigestDiffers) {
  SyntheticPlan plan;
  plan.rounding_left = 0.97;  // other records, and the same configuration
  const Written other(plan);
  const auto found = verified(standard(), other.html());
  EXPECT_FALSE(found.agrees);
  EXPECT_THAT(found.line,
              AllOf(HasSubstr("SHA-256 of the records differs"), Not(HasSubstr("configuration")), Not(HasSubstr("model"))));
  RunSummary run = standard().run;
  run.configuration["seed"] = "43";
  run.configuration["free.threads"] = "16";
  const auto configured = verify_page(run, standard().folder.file("run"), standard().html(), "page");
  EXPECT_THAT(configured.line, AllOf(HasSubstr("SHA-256 of the configuration differs"), Not(HasSubstr("records"))));
}

TEST(Verify, NoticesAnEditedPageWhoseDigestsAgree) {
  const auto& w = standard();
  const auto found = verified(w, replaced(w.html(), "moved further than noise", "not moved at all"));
  EXPECT_FALSE(found.agrees);
  EXPECT_THAT(found.line, HasSubstr("it was changed"));
  // In a picture, too.
  EXPECT_FALSE(verified(w, replaced(w.html(), "base64,UklGR", "base64,UklGS")).agrees);
  EXPECT_FALSE(verified(w, w.html() + " ").agrees);
}

TEST(Verify, TakesThePagesOwnStatementsAndNamesThem) {
  const auto& w = standard();
  ReportExtras extras;
  extras.statements["name"] = "C. \"Quoted\" & <odd>\n\xe2\x80\xae";
  extras.since_baseline = {"gradient: 0.2 lower."};
  const std::string page = html_report(w.run, w.folder.file("run"), extras);
  const auto found = verified(w, page);
  EXPECT_TRUE(found.agrees) << found.line;
  ASSERT_EQ(found.notes.size(), 2u);
  EXPECT_THAT(found.notes[0], HasSubstr("stated by the page, not by the run: name = C."));
  EXPECT_THAT(found.notes[1], HasSubstr("gradient: 0.2 lower."));
  const std::map<std::string, std::string> others{{"name", "D."}};
  EXPECT_FALSE(verify_page(w.run, w.folder.file("run"), page, "page", others).agrees);
}

TEST(Verify, ComparesOnlyDigestsOfAPageOfAnotherVersion) {
  const auto& w = standard();
  const std::string page = replaced(w.html(), "content=\"faultline 0.", "content=\"faultline 9.");
  const auto found = verified(w, page);
  EXPECT_TRUE(found.agrees);
  EXPECT_THAT(found.line, AllOf(HasSubstr("another version"), HasSubstr("not compared")));
  EXPECT_FALSE(verified(w, replaced(page, digests_of(w.run)[3].second, std::string(64, '0'))).agrees);
}

TEST(Verify, RefusesWhatIsNoReport) {
  try {
    verified(standard(), "<html></html>");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::input);
  }
}

}  // namespace
}  // namespace faultline
