#include "report/report.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "core/error.h"
#include "core/numbers.h"
#include "report/synthetic_run.h"
#include "report/words.h"
#include "suites/facts.h"
#include "support/shared.h"

namespace faultline {
namespace {

using testing::SyntheticPlan;
using testing::TemporaryFolder;
using testing::write_synthetic_run;

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

size_t count(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

/// A synthetic run and its reports.
struct Written {
  explicit Written(const SyntheticPlan& plan = {}) {
    write_synthetic_run(folder.file("run"), plan);
    paths = write_reports(folder.file("run"), folder.file("out"), report_formats());
    run = summarise(RunStore::open_for_reading(folder.file("run")));
  }
  std::string text(size_t i) const { return text_of(paths.at(i)); }
  std::string html() const { return text(0); }
  std::string json() const { return text(1); }
  std::string csv() const { return text(2); }
  std::string markdown() const { return text(3); }
  TemporaryFolder folder;
  std::vector<std::string> paths;
  RunSummary run;
};

/// The plan most tests look at, written once.
const Written& standard() {
  static const Written written;
  return written;
}

TEST(Reports, AreWrittenUnderTheirNames) {
  const Written& w = standard();
  ASSERT_EQ(w.paths.size(), 4u);
  const char* names[] = {"report.html", "report.json", "report.csv", "report.md"};
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(w.paths[i], w.folder.file("out") + "/" + names[i]);
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(w.folder.file("out"))) files += entry.is_regular_file();
  EXPECT_EQ(files, 4u) << "nothing half-written stays behind";
}

TEST(Reports, AreByteIdenticalForTheSameRunWhereverItLies) {
  const Written& one = standard();
  const Written two;
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(one.text(i), two.text(i)) << one.paths[i];
}

TEST(Reports, RefuseAnUnknownFormatAndAFolderWithoutARun) {
  TemporaryFolder folder;
  write_synthetic_run(folder.file("run"));
  try {
    write_reports(folder.file("run"), folder.file("out"), {"html", "jsn"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_NE(std::string(error.what()).find("json"), std::string::npos);
  }
  EXPECT_FALSE(std::filesystem::exists(folder.file("out")));
  EXPECT_THROW(write_reports(folder.file("nowhere"), folder.file("out"), {"html"}), Error);
  std::ofstream(folder.file("plain")) << "a file";
  try {
    write_reports(folder.file("run"), folder.file("plain/out"), {"csv"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::environment);
  }
}

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

TEST(Report, SaysWhereARunIsNotFinished) {
  RunSummary run = standard().run;
  EXPECT_EQ(run.incomplete(), "");
  run.units_done = 3;
  run.units_planned = 7;
  EXPECT_NE(run.incomplete().find("3 of 7"), std::string::npos);
  EXPECT_NE(markdown_report(run).find("not finished"), std::string::npos);
  EXPECT_NE(html_report(run, "").find("not finished"), std::string::npos);
  EXPECT_NE(json_report(run).find("\"incomplete\": true"), std::string::npos);
}

TEST(Summary, ListsSubjectsInTheirOrderAndControlsLast) {
  const Written& w = standard();
  ASSERT_EQ(w.run.explainers.size(), 3u);
  EXPECT_EQ(w.run.explainers[0].name, "gradient");
  EXPECT_EQ(w.run.explainers[1].name, "smooth-grad");
  EXPECT_EQ(w.run.explainers[2].name, "random");
  EXPECT_TRUE(w.run.explainers[2].is_control);
}

TEST(Findings, SayWhatTheAttackLeftAndWhatNoiseLeft) {
  const Written& w = standard();
  const auto finding = finding_of(w.run.explainers[0], w.run);
  const std::regex shape(
      R"(at 8/255 the strongest of 2 attacks \(ghorbani-topk, 100 iterations, 10 samples\) leaves (\d+) % of the top-10 % pixels in place )"
      R"(\(95 % interval \d+ to \d+ %\), where random noise of the same size leaves (\d+) %; the prediction stayed the same in 9 of 10\.)");
  std::smatch found;
  ASSERT_TRUE(std::regex_match(finding.sentence, found, shape)) << finding.sentence;
  const auto* attack = strongest_attack(w.run.explainers[0], w.run);
  EXPECT_EQ(std::stoi(found[1]), std::lround(100 * attack->metrics.at("top-k").mean));
  EXPECT_LT(std::stoi(found[1]), std::stoi(found[2]));
  ASSERT_EQ(finding.warnings.size(), 1u);
  EXPECT_NE(finding.warnings[0].find("Give the attack more iterations"), std::string::npos);
}

TEST(Findings, SayThatAUselessAttackIsAFindingAboutTheAttack) {
  SyntheticPlan plan;
  plan.attack_is_useless = true;
  const Written w(plan);
  const auto finding = finding_of(w.run.explainers[1], w.run);
  const std::string sure = finding.how_sure.at(0);
  EXPECT_NE(sure.find("says more about the attack than about the explainer"), std::string::npos) << sure;
  EXPECT_NE(sure.find("not broken by this effort (ghorbani-"), std::string::npos) << sure;
  EXPECT_NE(sure.find("100 iterations, 11 samples, 201 evaluations a sample"), std::string::npos) << sure;
  EXPECT_NE(w.html().find("says more about the attack"), std::string::npos);
  EXPECT_NE(w.markdown().find("says more about the attack"), std::string::npos);
}

TEST(Findings, SayWhatNoiseDoesWhereNoAttackApplies) {
  TemporaryFolder folder;
  auto store = RunStore::create(folder.path(), {});
  store.set_facts({{facts::kSelectionMetric, "top-k"},
                   {facts::explainer("random", facts::kRole), facts::kControl},
                   {facts::condition("random", "a@8/255", "not-applicable"), "it has no gradient"},
                   {facts::condition("random", "walk@8/255", facts::kRole), facts::kControl},
                   {facts::condition("random", "walk@8/255", facts::kKind), facts::kWalk}});
  store.commit_unit("u", {{"fragility", "random", "a@8/255", "top-k", "x", 0, std::nullopt, "not-applicable", {}},
                          {"fragility", "random", "walk@8/255", "top-k", "x", 0, 0.03, "", {}}});
  const auto run = summarise(store);
  EXPECT_EQ(finding_of(run.explainers.at(0), run).sentence,
            "no attack could be measured (not-applicable: it has no gradient); random noise at 8/255 (walk, 1 sample) leaves 3 % "
            "of the "
            "top-k pixels in place.");
}

TEST(Words, WriteNumbersForPeople) {
  EXPECT_EQ(people_number(0.214), "0.21");
  EXPECT_EQ(people_number(5.249), "5.25");
  EXPECT_EQ(people_number(64.26), "64.3");
  EXPECT_EQ(people_number(640.2), "640");
  EXPECT_EQ(people_number(0.00412), "0.0041");
  EXPECT_EQ(people_number(-0.000092), "-0.000092");
  EXPECT_EQ(people_number(3e-9), "3.0e-09");
  EXPECT_EQ(people_number(0), "0.00");
  EXPECT_EQ(fixed_number(-0.2, 0), "0");
  EXPECT_EQ(count_number(201), "201");
  EXPECT_EQ(percent(0.214), "21 %");
  EXPECT_EQ(percent(0.001), "below 1 %");
  EXPECT_EQ(percent(0.999), "above 99 %");
  EXPECT_EQ(percent(1), "100 %");
}

TEST(Findings, CallAControlAControl) {
  const Written& w = standard();
  EXPECT_NE(finding_of(w.run.explainers[2], w.run).how_sure.at(0).find("This is a control"), std::string::npos);
  EXPECT_EQ(finding_of(w.run.explainers[0], w.run).how_sure.at(0).find("This is a control"), std::string::npos);
}

TEST(Findings, NeverTakeNothingTestedForAPass) {
  TemporaryFolder folder;
  auto store = RunStore::create(folder.path(), {});
  store.set_facts({{facts::kSamplesAsked, "1"}, {facts::kSelectionMetric, "top-k"}});
  store.commit_unit("u", {{"fragility", "gradient", "a@8/255", "top-k", "x", 0, std::nullopt, "zero-map", {}}});
  const auto run = summarise(store);
  const auto finding = finding_of(run.explainers.at(0), run);
  EXPECT_NE(finding.sentence.find("nothing was tested"), std::string::npos);
  EXPECT_NE(finding.how_sure.at(0).find("not a pass"), std::string::npos);
  EXPECT_NE(finding.sentence.find("zero-map 1"), std::string::npos);
  const auto empty = summarise(RunStore::create(folder.file("empty"), {}));
  EXPECT_NE(html_report(empty, folder.file("empty")).find("Nothing was tested"), std::string::npos);
  EXPECT_NE(markdown_report(empty).find("Nothing was tested"), std::string::npos);
  EXPECT_NE(json_report(empty).find("\"records\": []"), std::string::npos);
}

TEST(Reports, NeverPromiseWhatAnAttackCannotShow) {
  for (const bool useless : {false, true}) {
    SyntheticPlan plan;
    plan.attack_is_useless = useless;
    const Written w(plan);
    for (size_t i = 0; i < 4; ++i) {
      const std::string text = w.text(i);
      const std::regex promised("robust|\\bsafe|certif|complian|trustworthy|guarantee", std::regex::icase);
      // The base64 of pictures is no prose.
      const std::string prose = std::regex_replace(text, std::regex("base64,[A-Za-z0-9+/=]+"), "");
      std::smatch found;
      EXPECT_FALSE(std::regex_search(prose, found, promised)) << w.paths[i] << ": " << found.str();
    }
  }
}

TEST(Json, HoldsEveryRecordExactly) {
  const Written& w = standard();
  const auto json = nlohmann::json::parse(w.json());
  ASSERT_EQ(json["records"].size(), w.run.records.size());
  for (size_t i = 0; i < w.run.records.size(); ++i) {
    const auto& r = w.run.records[i];
    const auto& j = json["records"][i];
    EXPECT_EQ(j["sample"], r.sample);
    EXPECT_EQ(j["sample-id"], r.sample_id);
    if (r.value) {
      ASSERT_EQ(j["value"].get<double>(), *r.value);
    } else {
      EXPECT_TRUE(j["value"].is_null());
      EXPECT_EQ(j["reason"], r.reason);
    }
  }
  EXPECT_EQ(json["configuration"]["seed"], "42");
  EXPECT_EQ(json["facts"].size(), w.run.facts.size());
  EXPECT_EQ(json["health"].size(), w.run.health.size());
  EXPECT_EQ(json["summary"].size(), 36u);
  const auto& first = w.run.explainers[0].conditions[0];
  EXPECT_EQ(json["summary"][0]["condition"], first.condition);
  EXPECT_EQ(json["summary"][0]["metrics"]["top-k"]["mean"].get<double>(), first.metrics.at("top-k").mean);
  EXPECT_NE(w.json().find(exact_number(first.metrics.at("top-k").mean)), std::string::npos) << "17 digits";
}

TEST(Csv, HasOneRowARecord) {
  const Written& w = standard();
  const std::string csv = w.csv();
  EXPECT_EQ(count(csv, "\r\n"), w.run.records.size() + 1);
  EXPECT_EQ(csv.rfind("suite,explainer,condition,metric,sample,sample_id,value,reason,warnings\r\n", 0), 0u);
  for (const auto& r : w.run.records) {
    const std::string row = r.suite + "," + r.explainer + "," + r.condition + "," + r.metric + "," + r.sample + "," +
                            std::to_string(r.sample_id) + "," + (r.value ? exact_number(*r.value) : "") + "," + r.reason +
                            ",\r\n";
    ASSERT_NE(csv.find(row), std::string::npos) << row;
  }
}

TEST(Markdown, FitsAPullRequestCommentAndSaysWhatItLeftOut) {
  const Written& w = standard();
  const auto& first = w.run.explainers[0].conditions[0];
  EXPECT_NE(w.markdown().find("| `gradient` | `2/255` | `ghorbani-mass-center` | 10/12 | " +
                              people_number(first.metrics.at("top-k").mean)),
            std::string::npos)
      << w.markdown();
  TemporaryFolder folder;
  auto store = RunStore::create(folder.path(), {});
  std::vector<Record> records;
  for (int e = 0; e < 400; ++e) {
    records.push_back(
        {"fragility", "explainer-with-a-long-name-" + std::to_string(e), "ghorbani-topk@8/255", "top-k", "x", 0, 0.5, "", {}});
  }
  store.commit_unit("u", records);
  const std::string many = markdown_report(summarise(store));
  EXPECT_LT(many.size(), 65536u);
  EXPECT_NE(many.find("more explainers: see the full report"), std::string::npos);
}

TEST(Html, ShowsTheNumbersOfTheRecords) {
  const Written& w = standard();
  const std::string html = w.html();
  for (const auto& explainer : w.run.explainers) {
    for (const auto& condition : explainer.conditions) {
      for (const auto& words : w.run.metrics) {
        const auto& m = condition.metrics.at(words.name);
        EXPECT_NE(html.find("<td class=\"n\">" + people_number(m.mean) + "<small>" + interval_text(m) + "</small></td>"),
                  std::string::npos);
        EXPECT_NE(html.find(condition.label + " at " + condition.epsilon_text + ": " + people_number(m.mean)), std::string::npos);
      }
    }
  }
  EXPECT_NE(html.find("10 of 12"), std::string::npos);
  EXPECT_NE(html.find("zero-map"), std::string::npos);
  EXPECT_NE(html.find("digits/11.png"), std::string::npos) << "a sample that nobody could use is listed";
  EXPECT_NE(html.find("Give the attack more iterations"), std::string::npos);
  EXPECT_NE(html.find("faultline audit --model lenet.pt"), std::string::npos);
  EXPECT_NE(html.find("9f86d081884c7d65"), std::string::npos);
}

TEST(Html, IsOneFileThatAsksForNothing) {
  const Written& w = standard();
  const std::string html = w.html();
  EXPECT_FALSE(std::regex_search(html, std::regex("https?://|<script|<link|@import|url\\(|\\son\\w+=")));
  EXPECT_EQ(count(html, "<img"), count(html, "src=\"data:image/png;base64,"));
  // three explainers with three strips of five pictures, and the colour scale
  EXPECT_EQ(count(html, "<img"), 3u * 3 * 5 + 1);
  EXPECT_EQ(count(html, "<img"), count(html, "alt=\""));
  EXPECT_EQ(count(html, "<svg"), 9u);
  EXPECT_NE(html.find("prefers-color-scheme: dark"), std::string::npos);
  EXPECT_NE(html.find("@media print"), std::string::npos);
}

TEST(Html, SaysWhichPicturesItCannotShow) {
  TemporaryFolder folder;
  write_synthetic_run(folder.file("run"));
  std::filesystem::remove_all(folder.file("run/maps"));
  const std::string html = text_of(write_reports(folder.file("run"), folder.file("out"), {"html"}).at(0));
  EXPECT_NE(html.find("These pictures cannot be shown"), std::string::npos);
  EXPECT_EQ(count(html, "<img"), 1u);
}

TEST(Reports, EscapeNamesFromOutside) {
  SyntheticPlan plan;
  plan.odd_name = std::string("=<script>alert('x')</script>\"|`@team\n\0\xff\xe2\x80\xae.png", 47);
  const Written w(plan);
  const std::string html = w.html(), markdown = w.markdown(), csv = w.csv();
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_NE(html.find("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;|`@team\\x0a\\x00\xef\xbf\xbd\\u202e"),
            std::string::npos);
  EXPECT_EQ(markdown.find("<script"), std::string::npos);
  EXPECT_NE(csv.find(",\"'=<script>alert('x')</script>\"\"|`@team\\x0a\\x00"), std::string::npos);
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(w.text(i).find('\0'), std::string::npos);
  const auto json = nlohmann::json::parse(w.json());
  bool found = false;
  for (const auto& r : json["records"])
    found |= r["sample"].get<std::string>().rfind("=<script>alert('x')</script>\"|`@team\n", 0) == 0;
  EXPECT_TRUE(found);
}

TEST(Reports, ShowColourPicturesAndRunsWithoutPictures) {
  SyntheticPlan colour;
  colour.channels = 3;
  EXPECT_EQ(count(Written(colour).html(), "<img"), 46u);
  SyntheticPlan none;
  none.with_pictures = false;
  EXPECT_NE(Written(none).html().find("No pictures were kept"), std::string::npos);
}

}  // namespace
}  // namespace faultline
