#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/words.h"
#include "report/written.h"

namespace faultline {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::standard;
using testing::SyntheticPlan;
using testing::Written;

const Written& leaking() {
  static const Written written([] {
    SyntheticPlan plan;
    plan.with_ledger = true;
    return plan;
  }());
  return written;
}

TEST(LedgerReport, SumsUpTheSamplesAndSortsThePlaces) {
  const auto& explainers = leaking().run.explainers;
  ASSERT_TRUE(explainers[0].ledger);
  EXPECT_FALSE(explainers[1].ledger);
  const LedgerSummary& ledger = *explainers[0].ledger;
  EXPECT_EQ(ledger.used, 10);
  EXPECT_EQ(ledger.skipped, 1);
  EXPECT_NEAR(ledger.leak, 0.25, 1e-12);
  EXPECT_NEAR(ledger.magnitude, 2.5, 1e-12);
  ASSERT_EQ(ledger.leaks.size(), 7u);
  EXPECT_EQ(ledger.leaks[0].node, "fc1");
  EXPECT_EQ(ledger.leaks[1].node, "conv|1 <b>");
  EXPECT_EQ(ledger.leaks[1].operation, "convolution");
  EXPECT_EQ(ledger.leaks[1].column, "padding");
  double sum = 0;
  for (const auto& leak : ledger.leaks) sum += leak.share;
  EXPECT_NEAR(sum, ledger.leak, 1e-12);
}

TEST(LedgerReport, IsNoConditionAndNoMetricOfTheAttacks) {
  const RunSummary &with = leaking().run, &without = standard().run;
  EXPECT_EQ(with.metrics.size(), without.metrics.size());
  EXPECT_EQ(with.headline_metric, without.headline_metric);
  EXPECT_EQ(with.others.size(), without.others.size());
  EXPECT_EQ(with.explainers[0].conditions.size(), without.explainers[0].conditions.size());
  EXPECT_EQ(finding_of(with.explainers[0], with).sentence, finding_of(without.explainers[0], without).sentence);
}

TEST(LedgerReport, StandsInEveryFormat) {
  const Written& w = leaking();
  const std::string html = w.html(), markdown = w.markdown();
  EXPECT_THAT(html, HasSubstr("<a href=\"#ledger\">Where relevance goes</a>"));
  EXPECT_THAT(html, HasSubstr("(mean of 10 samples, 1 without a map), 25.0 % of what is explained leaks"));
  EXPECT_THAT(html, HasSubstr("the largest leak at one place is 20.0 %, at fc1 (bias)"));
  EXPECT_THAT(html, HasSubstr("add up to 2.50 times what is explained"));
  EXPECT_THAT(html,
              HasSubstr("<td>conv|1 &lt;b&gt;</td><td class=\"n\">-5.00 %</td><td>convolution</td><td>came from padding</td>"));
  EXPECT_THAT(html, HasSubstr("<td>2 more places</td><td class=\"n\">4.00 %</td>"));
  EXPECT_THAT(markdown, HasSubstr("### Where relevance goes"));
  EXPECT_THAT(markdown, HasSubstr("  * `fc1` (linear): 20.0 % went to biases\n"));
  const auto ledger = nlohmann::json::parse(w.json())["explainers"][0]["ledger"];
  EXPECT_EQ(ledger["used"], 10);
  EXPECT_NEAR(ledger["leak"].get<double>(), 0.25, 1e-12);
  EXPECT_EQ(ledger["leaks"][0]["node"], "fc1");
  EXPECT_EQ(ledger["leaks"].size(), 7u);
  EXPECT_THAT(w.csv(), HasSubstr("relevance-leak"));
}

TEST(LedgerReport, IsLeftOutOfRunsThatHaveNone) {
  EXPECT_THAT(standard().html(), Not(HasSubstr("Where relevance goes")));
  EXPECT_THAT(standard().markdown(), Not(HasSubstr("Where relevance goes")));
  for (const auto& explainer : nlohmann::json::parse(standard().json())["explainers"]) EXPECT_TRUE(explainer["ledger"].is_null());
}

TEST(LedgerReport, SaysInWordsWhatThereIs) {
  LedgerSummary ledger;
  EXPECT_THAT(ledger_sentence(ledger), HasSubstr("no sample"));
  ledger.used = 3;
  ledger.magnitude = 1;
  ledger.leaks = {{"fc1", "linear", "stabiliser", 1e-9}};
  EXPECT_EQ(ledger_sentence(ledger),
            "the map adds up to what is explained, to less than 0.1 %. Its magnitudes add up to 1.00 "
            "times what is explained.");
  ledger.leak = -0.3;
  ledger.magnitude = 1000;
  ledger.leaks = {{"fc1", "linear", "bias", -0.3}};
  EXPECT_THAT(ledger_sentence(ledger), HasSubstr("30.0 % more than what is explained: relevance is created on the way"));
  EXPECT_THAT(ledger_sentence(ledger), HasSubstr("-30.0 %, at fc1 (bias)"));
  EXPECT_THAT(ledger_sentence(ledger), HasSubstr("claims nothing"));
  EXPECT_EQ(share_text(-1e-7), "below 0.01 %");
  EXPECT_EQ(share_text(0), "0.00 %");
}

}  // namespace
}  // namespace faultline
