#include "report/fewer_pictures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "report/summary_facts.h"
#include "report/written.h"
#include "suites/facts.h"
#include "suites/shift_facts.h"

namespace faultline {
namespace {

using ::testing::ElementsAre;
using testing::standard;
using testing::SyntheticPlan;
using testing::Written;

/// Samples with pictures, in ascending order.
std::set<std::string> pictured(const RunSummary& run, const std::string& suite, const std::string& explainer) {
  std::set<std::string> out;
  for (const auto& picture : run.pictures) {
    if (picture.suite == suite && picture.explainer == explainer) out.insert(picture.sample);
  }
  return out;
}

/// The pictured samples of a suite `fragility` by the headline metric, the most moved first.
std::vector<std::string> by_movement(const RunSummary& run, const std::string& explainer) {
  std::map<double, std::string> out;
  const auto samples = pictured(run, facts::kFragility, explainer);
  const auto* at = std::find_if(run.pictures.data(), run.pictures.data() + run.pictures.size(),
                                [&](const auto& picture) { return picture.explainer == explainer; });
  for (const auto& r : run.records) {
    if (r.explainer == explainer && r.condition == at->condition && r.metric == run.headline_metric && samples.count(r.sample))
      out[run.words(r.metric).higher_is_better ? *r.value : -*r.value] = r.sample;
  }
  std::vector<std::string> names;
  for (const auto& [value, name] : out) names.push_back(name);
  return names;
}

TEST(FewerPictures, KeepsWhatMovedMostWithAllItsParts) {
  for (const char* metric : {"top-k", "center-shift"}) {
    RunSummary run = standard().run;
    run.headline_metric = metric;
    for (const char* explainer : {"gradient", "smooth-grad", "random"}) {
      const auto order = by_movement(run, explainer);
      ASSERT_EQ(order.size(), 5u) << metric << " " << explainer;
      const RunSummary two = with_fewer_pictures(run, {2, 0});
      EXPECT_EQ(pictured(two, facts::kFragility, explainer), (std::set<std::string>{order[0], order[1]})) << metric;
      EXPECT_EQ(two.pictures.size(), 3u * 2 * 4) << "four arrays of each sample";
    }
  }
}

TEST(FewerPictures, CountsEachSuiteByItself) {
  RunSummary run = standard().run;
  for (const char* sample : {"c", "a", "b"}) {
    for (const char* part : {"image", "shift"})
      run.pictures.push_back({facts::kShift, "gradient", "optimised", sample, 1, "maps/x.npy", part});
  }
  EXPECT_THAT(pictured(with_fewer_pictures(run, {0, 2}), facts::kShift, "gradient"), ElementsAre("a", "c")) << "the first two";
  EXPECT_EQ(with_fewer_pictures(run, {0, 2}).pictures.size(), 4u);
  EXPECT_EQ(pictured(with_fewer_pictures(run, {1, 0}), facts::kFragility, "gradient").size(), 1u);
  EXPECT_EQ(with_fewer_pictures(run, {9, 9}).pictures.size(), run.pictures.size());
  EXPECT_TRUE(with_fewer_pictures(run, {0, 0}).pictures.empty());
}

/// The most pictures that a page says it shows, as "2 1"; "all" where it says nothing.
std::string said_on(const std::string& page) {
  static const std::regex note("of each explainer at most (\\d) under Pictures and (\\d) in every other part");
  std::smatch found;
  return std::regex_search(page, found, note) ? found[1].str() + " " + found[2].str() : "all";
}

TEST(FewerPictures, AreShownOnlyWhereMoreDoNotFit) {
  const Written& w = standard();
  const auto page = [&](size_t most_bytes) { return html_report(w.run, w.folder.file("run"), {}, most_bytes); };
  const std::string all = page(kMostPageBytes);
  EXPECT_EQ(said_on(all), "all");
  EXPECT_EQ(page(all.size() + 1), all);
  const std::string two = page(all.size());
  EXPECT_EQ(said_on(two), "2 1");
  const std::string one = page(two.size());
  EXPECT_EQ(said_on(one), "1 1");
  const std::string none = page(one.size());
  EXPECT_EQ(said_on(none), "0 0") << "without other suites, leaving out their pictures saves nothing";
  EXPECT_EQ(page(1), none) << "what cannot be made smaller is shown";
  for (const auto& [text, strips] : {std::pair(all, 9), {two, 6}, {one, 3}, {none, 0}}) {
    int count = 0;
    for (size_t at = 0; (at = text.find("class=\"strip", at)) != std::string::npos; ++at) ++count;
    EXPECT_EQ(count, strips);
  }
}

TEST(FewerPictures, KeepAPageOfLargePhotographsBelowTenMegabytes) {
  SyntheticPlan plan;
  plan.channels = 3;
  plan.side = 360;
  const Written w(plan);
  const std::string page = w.html();
  EXPECT_LT(page.size(), 10'000'000u);
  EXPECT_GT(page.size(), 4'000'000u) << "no more is left out than need be";
  EXPECT_EQ(said_on(page), "2 1");
  for (const char* explainer : {"gradient", "smooth-grad", "random"}) {
    const std::string moved = by_movement(w.run, explainer).front();
    // A matcher would print the page.
    EXPECT_NE(page.find("<strong>Most moved</strong>: sample " + moved + ","), std::string::npos) << explainer;
  }
}

}  // namespace
}  // namespace faultline
