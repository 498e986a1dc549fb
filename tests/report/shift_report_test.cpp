#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "data/npy.h"
#include "report/report.h"
#include "report/shift_words.h"
#include "report/side_by_side.h"
#include "suites/shift_facts.h"
#include "support/shared.h"

namespace faultline {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::TemporaryFolder;
using testing::text_of;

constexpr const char* kConstant = "shift=-1,compensate=first-linear";
constexpr const char* kSearched = "optimised,picture=cat,bound=0.3";

/// What suite shift leaves of four samples.
class WrittenRun {
 public:
  WrittenRun() : store_(RunStore::create(folder.file("run"), {{"free.model", "net.pt"}})) {}

  void explainer(const std::string& name, bool is_control = false) {
    facts_[facts::explainer(name, facts::kRole)] = is_control ? facts::kControl : facts::kSubject;
    facts_[facts::explainer(name, facts::kOrder)] = std::to_string(order_++);
  }

  void condition(const std::string& explainer, const std::string& name, double change,
                 const std::map<std::string, std::string>& more) {
    const auto fact = [&](const std::string& field, const std::string& value) {
      facts_[facts::condition(explainer, name, field)] = value;
    };
    fact(facts::kShift, "-1");
    fact("compensate", "first-linear");
    for (const auto& [field, value] : more) fact(field, value);
    for (int i = 0; i < 4; ++i) {
      put(explainer, name, facts::quantity::kRelativeChange, i, change * (1 + 0.1 * i));
      put(explainer, name, facts::quantity::kRelativeChangeFloat32, i, change + 1e-6);
      put(explainer, name, facts::quantity::kPremise, i, 1e-15);
      put(explainer, name, "top-k", i, change > 1e-8 ? 0.25 : 1);
    }
    put(explainer, name, facts::quantity::kIsInvariant, -1, change <= 1e-8);
    put(explainer, name, facts::quantity::kLargestChange, -1, change * 1.3);
    put(explainer, name, facts::quantity::kLargestPremise, -1, 1e-15);
    put(explainer, name, facts::quantity::kWithinFloat32, -1, change <= 1e-8);
    fact(facts::kVerdict, change <= 1e-8 ? facts::kInvariant : facts::kNotInvariant);
  }

  void searched(const std::string& explainer, double after = 0.75) {
    const std::pair<const char*, double> figures[] = {
        {facts::quantity::kPictureBefore, 0.15}, {facts::quantity::kPictureAfter, after}, {facts::quantity::kPictureSsim, 0.5},
        {facts::quantity::kShiftLinf, 0.3},      {facts::quantity::kShiftL2, 5},          {facts::quantity::kLogitChange, 2e-15}};
    for (const auto& [metric, value] : figures) put(explainer, kSearched, metric, 0, value);
    facts_[facts::condition(explainer, kSearched, "how")] = "closed form";
    for (const char* part :
         {facts::part::kImage, facts::part::kShift, facts::part::kMapBefore, facts::part::kMapAfter, facts::part::kTarget}) {
      const std::string file = std::string("maps/") + part + ".npy";
      write_npy(store_.path(file), at::rand({1, 8, 8}));
      pictures_.push_back({facts::kShift, explainer, kSearched, "sample 0", 0, file, part});
    }
  }

  void refused(const std::string& explainer, const std::string& why) {
    for (int i = 0; i < 4; ++i) {
      Record record{facts::kShift,
                    explainer,
                    kConstant,
                    facts::quantity::kRelativeChange,
                    "sample " + std::to_string(i),
                    static_cast<uint64_t>(i),
                    {},
                    facts::kNotApplicable,
                    {}};
      records_.push_back(record);
    }
    facts_[facts::condition(explainer, kConstant, facts::kShift)] = "-1";
    facts_[facts::condition(explainer, kConstant, facts::kNotApplicable)] = why;
    facts_[facts::condition(explainer, kConstant, facts::kVerdict)] = facts::kNotMeasured;
  }

  void write() {
    facts_[facts::kSamplesAsked] = "4";
    store_.set_facts(facts_);
    store_.commit_unit("unit", records_, {}, pictures_);
    paths_ = write_reports(folder.file("run"), folder.file("out"), report_formats());
    run = summarise(RunStore::open_for_reading(folder.file("run")));
    html = text_of(paths_.at(0));
    markdown = text_of(paths_.at(3));
  }

  TemporaryFolder folder;
  RunSummary run;
  std::string html, markdown;

 private:
  void put(const std::string& explainer, const std::string& condition, const std::string& metric, int sample, double value) {
    Record record{facts::kShift,
                  explainer,
                  condition,
                  metric,
                  sample < 0 ? "" : "sample " + std::to_string(sample),
                  static_cast<uint64_t>(std::max(0, sample)),
                  value,
                  "",
                  {}};
    records_.push_back(record);
  }

  RunStore store_;
  Facts facts_;
  std::vector<Record> records_;
  std::vector<PictureRecord> pictures_;
  std::vector<std::string> paths_;
  int order_ = 0;
};

TEST(ShiftReport, LosesItsPicturesBeforeSuiteFragilityDoes) {
  WrittenRun w;
  w.explainer("moved");
  w.condition("moved", kConstant, 0.8, {});
  w.searched("moved");
  w.write();
  EXPECT_THAT(w.html, HasSubstr("Shifts that draw a picture"));
  const std::string fewer = html_report(w.run, w.folder.file("run"), {}, w.html.size());
  EXPECT_THAT(fewer, HasSubstr("at most 1 under Pictures and 0 in every other part"));
  EXPECT_THAT(fewer, Not(HasSubstr("Shifts that draw a picture")));
}

TEST(ShiftReport, SaysOfEachExplainerWhatItDependsOn) {
  WrittenRun w;
  for (const char* name : {"steady", "moved", "refused"}) w.explainer(name);
  w.condition("steady", kConstant, 2e-16, {});
  w.condition("moved", kConstant, 0.8, {});
  w.condition("moved", std::string(kConstant) + ",baseline=zero+shift", 3e-16, {{"reference", "baseline=zero+shift"}});
  w.condition("moved", "shift=-1,compensate=normalisation", 1e-15, {{"compensate", "normalisation"}});
  w.searched("moved");
  w.refused("refused", "pool1 (max_pool) reads the input and is not affine in it");
  w.write();
  const auto sentences = shift_sentences(w.run);
  ASSERT_EQ(sentences.size(), 3u);
  EXPECT_EQ(sentences[0], "steady: invariant. No shift (1 tried, 4 samples) moved its map by more than 2.6e-16 of its size.");
  EXPECT_EQ(
      sentences[1],
      "moved: not invariant. No answer of the network changed, and a shift by -1 times the range changed the map by 92 % of its "
      "size on average (4 samples, taken back in the first layers). Shifts that the network's own normalisation takes back do "
      "not change it. Invariant to every shift with: reference 0, moved along. A searched shift of at most 0.30 in any pixel "
      "draws a picture into it: the map's correlation with the picture was 0.15 and becomes 0.75, no logit changes by more than "
      "2.0e-15 (1 sample).");
  EXPECT_EQ(sentences[2], "refused: not applicable. pool1 (max_pool) reads the input and is not affine in it.");
  for (const auto& text : {w.html, w.markdown}) {
    EXPECT_THAT(text, HasSubstr("steady: invariant."));
    EXPECT_THAT(text, Not(HasSubstr("Other suites")));
  }
  EXPECT_THAT(w.html, HasSubstr("map of the shifted image of sample sample 0"));
  EXPECT_THAT(w.html, HasSubstr("1.00 to 1.00"));  // top-k of the invariant rows
  EXPECT_THAT(w.html, HasSubstr("Not applicable: pool1"));
}

TEST(ShiftReport, SaysThatASearchDrewNothingIntoAMapThatStandsStill) {
  WrittenRun w;
  w.explainer("steady");
  w.condition("steady", kConstant, 2e-16, {});
  w.searched("steady", 0.15);
  w.write();
  EXPECT_THAT(shift_sentences(w.run).at(0),
              ::testing::EndsWith(" A search for a shift that draws a picture into it found none: the map's correlation with the "
                                  "picture stays 0.15 (1 sample)."));
}

TEST(ShiftReport, StandsInTheTableOfExplainers) {
  WrittenRun w;
  for (const char* name : {"steady", "moved", "refused"}) w.explainer(name);
  w.condition("steady", kConstant, 2e-16, {});
  w.condition("moved", kConstant, 0.8, {});
  w.condition("moved", "shift=chequers,compensate=first-linear", 1e-16, {{facts::kShift, "chequers"}});
  w.condition("moved", "shift=stripes,compensate=first-linear,fit=kept", 0.8,
              {{facts::kShift, "stripes"}, {"reference", "fit=kept"}});
  w.refused("refused", "is not affine");
  w.write();
  const SideBySide table = side_by_side(w.run);
  ASSERT_EQ(table.columns.back().name, "inputs with another zero");
  const auto cell = [&](size_t row) { return table.rows.at(row).cells.back(); };
  EXPECT_EQ(cell(0).text, "stays the same");
  EXPECT_FALSE(cell(0).is_fault);
  EXPECT_EQ(cell(1).text, "changes");
  EXPECT_EQ(cell(1).below, std::vector<std::string>{"1 of 2 shifts"})
      << "what it is given otherwise than by its user does not count";
  EXPECT_TRUE(cell(1).is_fault);
  EXPECT_EQ(cell(2).text, "") << "nothing was measured";
}

TEST(ShiftReport, NamesABrokenPromise) {
  WrittenRun w;
  w.explainer("gradient");
  w.condition("gradient", kConstant, 1e-3, {{"promised", "1"}});
  w.write();
  EXPECT_THAT(shift_sentences(w.run)[0], HasSubstr("It promises to be invariant here: please report this as a fault."));
}

TEST(ShiftReport, EscapesNamesFromOutside) {
  WrittenRun w;
  w.explainer("<b>&odd|name</b>");
  w.condition("<b>&odd|name</b>", kConstant, 0.5, {});
  w.write();
  EXPECT_THAT(w.html, Not(HasSubstr("<b>")));
  EXPECT_THAT(w.html, HasSubstr("&lt;b&gt;&amp;odd|name"));
}

TEST(ShiftReport, SurvivesLostPicturesAndMissingFacts) {
  WrittenRun w;
  w.explainer("moved");
  w.searched("moved");
  std::filesystem::remove(w.folder.file("run/maps/target.npy"));
  w.write();
  EXPECT_THAT(w.html, HasSubstr("These pictures cannot be shown"));
  EXPECT_THAT(shift_sentences(w.run)[0], HasSubstr("moved: "));
}

}  // namespace
}  // namespace faultline
