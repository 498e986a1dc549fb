#include "report/report.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "core/error.h"
#include "core/numbers.h"
#include "report/words.h"
#include "report/written.h"

namespace faultline {
namespace {

using testing::standard;
using testing::SyntheticPlan;
using testing::TemporaryFolder;
using testing::text_of;
using testing::write_synthetic_run;
using testing::Written;

size_t count(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
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

TEST(Reports, ShowTheVerdictTheRoundingFloorAndWhatConcernsTheWholeRun) {
  SyntheticPlan plan;
  plan.is_out_of_range = true;
  plan.warning = "piecewise-constant";
  const Written w(plan);
  const std::string html = w.html(), markdown = w.markdown();
  const std::string alert = "Warning out-of-range-input in 25 % of the samples: Give the range of the data.";
  EXPECT_NE(html.find("role=\"alert\">" + alert), std::string::npos);
  EXPECT_NE(markdown.find("**Warning out-of-range-input"), std::string::npos);
  EXPECT_NE(html.find("<span class=\"verdict\">moved further than noise</span>"), std::string::npos);
  EXPECT_NE(html.find("<span class=\"verdict\">constant in the input, which proves nothing</span>"), std::string::npos);
  EXPECT_NE(markdown.find("*constant in the input, which proves nothing*"), std::string::npos);
  EXPECT_NE(html.find("rounding to float32 alone: 0.98"), std::string::npos) << "the line across the curves";
  EXPECT_NE(html.find("<td class=\"label\">rounding to float32</td>"), std::string::npos);
  EXPECT_NE(markdown.find("| `rounding to float32` | 11/12 | 0.98"), std::string::npos);
  const auto explainers = nlohmann::json::parse(w.json()).at("explainers");
  EXPECT_EQ(explainers[0].at("verdict"), "moved");
  EXPECT_EQ(explainers[1].at("verdict"), "constant");
  EXPECT_NEAR(explainers[1].at("rounding").at("top-k").at("mean").get<double>(), 0.98, 1e-12);
}

TEST(Html, IsOneFileThatAsksForNothing) {
  const Written& w = standard();
  const std::string html = w.html();
  EXPECT_FALSE(std::regex_search(html, std::regex("https?://|<script\\s+src|<link|@import|url\\(|\\s(on\\w+|style)=")));
  EXPECT_EQ(count(html, "<script"), 1u) << "the page's own, which its policy names";
  EXPECT_EQ(html.find("unsafe-inline"), std::string::npos);
  EXPECT_EQ(count(html, "<img"), count(html, "src=\"data:image/webp;base64,"));
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
  plan.odd_name = std::string("=<script>alert('x')</script>\"|`@team\n\0\xff\xe2\x80\xae.png", 46);
  const Written w(plan);
  const std::string html = w.html(), markdown = w.markdown(), csv = w.csv();
  EXPECT_EQ(count(html, "<script"), 1u) << "the page's own";
  EXPECT_EQ(html.find("<script>alert"), std::string::npos);
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
