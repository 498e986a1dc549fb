

#include <gtest/gtest.h>

#include <cmath>

#include "core/numbers.h"
#include "report/words.h"
#include "report/written.h"
#include "suites/facts.h"
#include "suites/worst_of_attacks_facts.h"

namespace faultline {
namespace {

using testing::standard;
using testing::TemporaryFolder;
using testing::Written;

TEST(Summary, AgreesWithTheRecordsItIsMadeFrom) {
  const Written& w = standard();
  for (const auto& explainer : w.run.explainers) {
    for (const auto& condition : explainer.conditions) {
      for (const auto& [metric, summary] : condition.metrics) {
        double sum = 0, least = INFINITY, most = -INFINITY;
        int64_t used = 0;
        for (const auto& r : w.run.records) {
          if (r.explainer != explainer.name || r.condition != condition.condition || r.metric != metric || !r.value) continue;
          sum += *r.value;
          least = std::min(least, *r.value);
          most = std::max(most, *r.value);
          ++used;
        }
        ASSERT_EQ(summary.used, used);
        EXPECT_NEAR(summary.mean, sum / static_cast<double>(used), 1e-12);
        EXPECT_EQ(summary.minimum, least);
        EXPECT_EQ(summary.maximum, most);
        ASSERT_TRUE(summary.interval_low);
        EXPECT_LE(*summary.interval_low, summary.mean + 1e-12);
        EXPECT_GE(*summary.interval_high, summary.mean - 1e-12);
      }
    }
  }
}

TEST(Summary, CountsOfUsedAndSkippedSamplesAddUp) {
  const Written& w = standard();
  EXPECT_EQ(w.run.asked, 12);
  size_t rows = 0;
  for (const auto& explainer : w.run.explainers) {
    for (const auto& condition : explainer.conditions) {
      for (const auto& [metric, m] : condition.metrics) {
        EXPECT_EQ(m.used + m.skipped + m.missing, w.run.asked);
        // The quantities of an attack do not exist for a sample that lost its map.
        EXPECT_EQ(m.missing, facts::is_quantity(metric) && explainer.name == "gradient" ? 1 : 0);
        int64_t reasons = 0;
        for (const auto& [reason, n] : m.reasons) reasons += n;
        EXPECT_EQ(reasons, m.skipped);
        ++rows;
      }
    }
  }
  EXPECT_GT(rows, 0u);
  const auto& gradient = w.run.explainers[0].conditions[0].metrics.at("top-k");
  EXPECT_EQ(gradient.used, 10);
  EXPECT_EQ(gradient.reasons, (std::map<std::string, int64_t>{{"undecodable", 1}, {"zero-map", 1}}));
}

TEST(Summary, CountsWhatAnInterruptedRunHasNotMeasured) {
  TemporaryFolder folder;
  auto store = RunStore::create(folder.path(), {});
  store.set_fact(facts::kSamplesAsked, "5");
  const Record measured{"fragility", "gradient", "a@8/255", "top-k", "x", 0, 0.5, "", {}};
  Record skipped{"fragility", "gradient", "a@8/255", "", "y", 1, std::nullopt, "non-finite-map", {}};  // concerns every metric
  store.commit_unit("u", {measured, skipped});
  const auto run = summarise(store);
  const auto& m = run.explainers.at(0).conditions.at(0).metrics.at("top-k");
  EXPECT_EQ(m.used, 1);
  EXPECT_EQ(m.skipped, 1);
  EXPECT_EQ(m.missing, 3);
  EXPECT_NE(counts_text(m, run.asked).find("1 of 5 samples (1 skipped: non-finite-map 1; 3 not measured yet)"),
            std::string::npos);
  EXPECT_FALSE(m.interval_low) << "one sample has no interval";
}

TEST(Summary, ComparesAnAttackWithTheStrongerControlOfItsEpsilonSampleBySample) {
  const Written& w = standard();
  for (const auto& condition : w.run.explainers[0].conditions) {
    EXPECT_EQ(condition.against_noise.has_value(), condition.is_attack);
    if (!condition.is_attack) continue;
    EXPECT_EQ(condition.against_noise->metric, "top-k");
    const auto mean_of = [&](const std::string& control) {
      return condition_named(w.run.explainers[0], control + "@" + condition.epsilon_text)->metrics.at("top-k").mean;
    };
    const bool walk_is_stronger = mean_of("random-sign-walk") <= mean_of("random-sign-one-shot");
    EXPECT_EQ(condition.against_noise->control,
              std::string(walk_is_stronger ? "random-sign-walk" : "random-sign-one-shot") + "@" + condition.epsilon_text);
    EXPECT_EQ(condition.against_noise->pairs, 10);
    const double attack = condition.metrics.at("top-k").mean;
    const double noise = condition_named(w.run.explainers[0], condition.against_noise->control)->metrics.at("top-k").mean;
    EXPECT_NEAR(condition.against_noise->mean_gain, noise - attack, 1e-12);
    EXPECT_TRUE(condition.against_noise->is_better_than_noise);
  }
}

TEST(Summary, KeepsTheWorstOfAttacksApartFromTheAttacks) {
  TemporaryFolder folder;
  {
    auto store = RunStore::create(folder.file("run"), {});
    store.set_fact(facts::kSamplesAsked, "1");
    const auto measured = [](const std::string& condition, double value) {
      return Record{"fragility", "gradient", condition, "top-k", "x", 0, value, "", {}};
    };
    store.commit_unit("u", {measured("a@8/255", 0.5), measured("b@8/255", 0.4), measured("worst-of-attacks@8/255", 0.4)});
    const auto set = [&](const char* field, const std::string& value) {
      store.set_fact(facts::condition("gradient", "worst-of-attacks@8/255", field), value);
    };
    set(facts::kRole, facts::kWorst);
    set(facts::kLabel, "worst of 2 attacks");
    set(facts::kEpsilon, exact_number(8.0 / 255));
  }
  const auto paths = write_reports(folder.file("run"), folder.file("out"), report_formats());
  const auto run = summarise(RunStore::open_for_reading(folder.file("run")));
  const auto& explainer = run.explainers.at(0);
  EXPECT_EQ(explainer.conditions.size(), 2u);
  ASSERT_EQ(explainer.worst.size(), 1u);
  EXPECT_EQ(explainer.worst[0].epsilon_text, "8/255");
  EXPECT_FALSE(explainer.worst[0].against_noise);
  EXPECT_EQ(strongest_attack(explainer, run)->condition, "b@8/255");
  EXPECT_NE(testing::text_of(paths.at(3)).find("at 8/255 the worst of 2 attacks for each sample leaves 40 %"), std::string::npos);
  EXPECT_NE(testing::text_of(paths.at(1)).find("\"role\": \"worst\""), std::string::npos);
  const auto page = testing::text_of(paths.at(3));
  EXPECT_NE(page.find("| `worst of 2 attacks` |"), std::string::npos) << page;
  EXPECT_EQ(page.find("(control)"), std::string::npos);
}

TEST(Summary, ListsSubjectsInTheirOrderAndControlsLast) {
  const Written& w = standard();
  ASSERT_EQ(w.run.explainers.size(), 3u);
  EXPECT_EQ(w.run.explainers[0].name, "gradient");
  EXPECT_EQ(w.run.explainers[1].name, "smooth-grad");
  EXPECT_EQ(w.run.explainers[2].name, "random");
  EXPECT_TRUE(w.run.explainers[2].is_control);
}

}  // namespace
}  // namespace faultline
