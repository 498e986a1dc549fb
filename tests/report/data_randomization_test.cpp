#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "data/npy.h"
#include "report/html_data_randomization.h"
#include "report/report.h"
#include "report/side_by_side.h"
#include "suites/data_randomization_facts.h"
#include "suites/randomization_facts.h"
#include "support/schema.h"
#include "support/shared.h"

namespace faultline {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// Similarities of one explainer: every sample has them.
struct Planted {
  std::string explainer;
  double trained = 0, trained_signed = 0, untrained = 0, untrained_signed = 0;
};

struct Plan {
  std::vector<Planted> explainers{{"gradient", 0.25, 0.05, 0.2, 0.0}};
  double true_right = 0.75, permuted_right = 0.125;
  std::string why_not;
  bool with_pictures = false;
};

constexpr int kSamples = 16;

Record record(const std::string& explainer, const char* condition, const std::string& metric, int sample, double value,
              const std::string& reason = "") {
  Record out;
  out.suite = facts::kDataRandomization;
  out.explainer = explainer;
  out.condition = condition;
  if (sample >= 0) {
    out.sample = std::to_string(sample);
    out.sample_id = static_cast<uint64_t>(sample);
  }
  out.set(metric, value, reason);
  return out;
}

void write_run(const std::string& folder, const Plan& plan) {
  RunStore run = RunStore::create(folder, {{"model", "lenet.pt"}, {"seed", "4"}, {"range", "0,1"}});
  Facts facts_of_run{{facts::kSamplesAsked, std::to_string(kSamples)}, {facts::compared_by("ssim"), "ssim:normalise=minmax"}};
  const auto training = [&](const char* field, const std::string& text) {
    facts_of_run[facts::condition(facts::kNetworks, facts::kTraining, field)] = text;
  };
  training(facts::kAccuracyAsked, "0.95");
  training(facts::kTrainedOn, "300 samples (left out: 16 audited)");
  training(facts::kPermutation, "one permutation of the training labels, seed 4");
  if (!plan.why_not.empty()) training(facts::kWhyNot, plan.why_not);
  std::vector<Record> records;
  const auto whole = [&](const std::string& metric, double value, const std::string& reason = "") {
    records.push_back(record(facts::kNetworks, facts::kTraining, metric, -1, value, reason));
  };
  for (int epoch = 1; epoch <= 3; ++epoch) {
    whole(facts::quantity::accuracy_after(facts::kTrue, epoch), 0.7 + 0.1 * epoch);
    whole(facts::quantity::accuracy_after(facts::kPermuted, epoch), 0.32 * epoch);
  }
  whole(facts::quantity::kEpochs, 3, plan.why_not.empty() ? "" : "not-converged");
  whole(facts::quantity::kTrainingSamples, 300);
  whole(facts::quantity::kTestSamples, kSamples);
  whole(facts::quantity::kClasses, 10);
  whole(facts::quantity::kLabelsLeft, 0.11);
  whole(facts::quantity::training_accuracy(facts::kTrue), 1);
  whole(facts::quantity::training_accuracy(facts::kPermuted), 0.96);
  whole(facts::quantity::test_accuracy(facts::kTrue), plan.true_right);
  whole(facts::quantity::test_accuracy(facts::kPermuted), plan.permuted_right);
  std::vector<PictureRecord> pictures;
  for (int sample = 0; sample < kSamples; ++sample) {
    records.push_back(record(facts::kNetworks, facts::kTraining, facts::quantity::kZeroShare, sample, 0.8));
    for (const auto& planted : plan.explainers) {
      const std::string reason = plan.why_not.empty() ? "" : "not-converged";
      const auto put = [&](const char* condition, const char* metric, double value) {
        records.push_back(record(planted.explainer, condition, metric, sample, value, reason));
      };
      put(facts::kTrueVsPermuted, facts::randomization::kSpearmanAbs, planted.trained);
      put(facts::kTrueVsPermuted, facts::randomization::kSpearmanSigned, planted.trained_signed);
      put(facts::kTrueVsPermuted, facts::randomization::kSpearmanNonzero, planted.trained / 2);
      if (!plan.why_not.empty()) continue;
      put(facts::kUntrained, facts::randomization::kSpearmanAbs, planted.untrained);
      put(facts::kUntrained, facts::randomization::kSpearmanSigned, planted.untrained_signed);
      put(facts::kUntrained, facts::randomization::kSpearmanNonzero, planted.untrained / 2);
    }
  }
  for (const auto& planted : plan.explainers) {
    facts_of_run[facts::explainer(planted.explainer, facts::kRole)] =
        planted.explainer == "edge" ? facts::kControl : facts::kSubject;
    if (!plan.with_pictures) continue;
    for (const std::string& part : {std::string(facts::part::kImage), facts::part::map_of(facts::kTrue),
                                    facts::part::map_of(facts::kPermuted), std::string(facts::part::kUntrainedMap)}) {
      const std::string file = "maps/" + planted.explainer + part + ".npy";
      write_npy(run.path(file), at::sin(at::arange(64, at::kFloat)).reshape({1, 8, 8}));
      pictures.push_back({facts::kDataRandomization, planted.explainer, facts::kTrueVsPermuted, "0", 0, file, part});
    }
  }
  run.set_facts(facts_of_run);
  run.commit_unit("unit", records, {}, pictures);
}

class DataRandomizationReport : public ::testing::Test {
 protected:
  const RunSummary& run_of(const Plan& plan) {
    folder_name_ = folder_.file("run" + std::to_string(++runs_));
    write_run(folder_name_, plan);
    run_ = summarise(RunStore::open_for_reading(folder_name_));
    return run_;
  }
  std::string sentences(const Plan& plan) {
    std::string out;
    for (const auto& sentence : data_randomization_sentences(run_of(plan))) out += sentence + "\n";
    return out;
  }
  LabelDependence dependence(const Planted& planted) {
    Plan plan;
    plan.explainers = {planted};
    return data_randomization_summary(run_of(plan)).explainers.at(0).dependence;
  }

  testing::TemporaryFolder folder_;
  int runs_ = 0;
  std::string folder_name_;
  RunSummary run_;
};

TEST_F(DataRandomizationReport, SaysHowTheNetworksWereTrainedAndWhatTheyKnow) {
  EXPECT_THAT(sentences({}),
              AllOf(HasSubstr("Both networks were trained for 3 epochs on 300 samples; one knows 100 % of the true labels, the "
                              "other 96 % of the permuted ones."),
                    HasSubstr("Of the 16 audited samples, on which neither was trained, they get 75 % and 12 % right; guessing "
                              "gets 10 %."),
                    Not(HasSubstr("than guessing"))));
}

TEST_F(DataRandomizationReport, DoubtsPremisesThatDoNotHold) {
  Plan plan;
  plan.permuted_right = 0.5;
  EXPECT_THAT(sentences(plan), HasSubstr("The network of permuted labels does better than guessing"));
  plan.permuted_right = 0.1;
  plan.true_right = 0.125;
  EXPECT_THAT(sentences(plan), HasSubstr("The network of true labels does no better than guessing"));
  // 0.1 + 2 sqrt(0.1 0.9 / 16) = 0.25.
  EXPECT_TRUE(is_above_chance(0.26, 10, 16));
  EXPECT_FALSE(is_above_chance(0.24, 10, 16));
  EXPECT_FALSE(is_above_chance(1, 10, 0));
}

TEST_F(DataRandomizationReport, JudgesByTheShorterWayToUntrainedNetworks) {
  EXPECT_EQ(dependence({"gradient", 0.30, 0.0, 0.2, 0.0}), LabelDependence::depends);  // 0.7/0.8
  EXPECT_EQ(dependence({"gradient", 0.45, 0.0, 0.2, 0.0}), LabelDependence::partly);   // 0.55/0.8
  EXPECT_EQ(dependence({"gradient", 0.70, 0.0, 0.2, 0.0}), LabelDependence::hardly);   // 0.3/0.8
  EXPECT_EQ(dependence({"gradient", 0.30, 0.9, 0.2, 0.0}), LabelDependence::hardly);   // with signs 0.1
  EXPECT_EQ(dependence({"gradient", 0.99, 0.0, 0.99, 0.0}), LabelDependence::uninformative);
  EXPECT_EQ(dependence({"edge", 1, 1, 1, 1}), LabelDependence::same_map);
  EXPECT_EQ(dependence({"gradient", 1, 0.2, 0.5, 0}), LabelDependence::hardly) << "equal magnitudes, other signs";
}

TEST_F(DataRandomizationReport, SaysOfEachExplainerWhatWasMeasured) {
  Plan plan;
  plan.explainers = {{"gradient", 0.4, 0.05, 0.2, 0.0}, {"times", 0.99, 0.0, 0.99, 0.0}, {"edge", 1, 1, 1, 1}};
  EXPECT_THAT(sentences(plan),
              AllOf(HasSubstr("gradient: depends partly on what was learned. Between true and permuted labels the ranks of "
                              "magnitudes agree by 0.40 (untrained: 0.20), with signs by 0.05 (untrained: 0.00). Of the way from "
                              "equal maps to those of untrained networks that is 75 % (75 % to 75 %) by magnitudes, 95 % "),
                    HasSubstr("times: magnitudes cannot tell."), HasSubstr("80 % of the inputs' values are exactly 0"),
                    HasSubstr("edge (control): does not depend on the network.")));
}

TEST_F(DataRandomizationReport, StandsInTheTableOfExplainers) {
  Plan plan;
  plan.explainers = {{"gradient", 0.30, 0.0, 0.2, 0.0}, {"times", 0.70, 0.0, 0.2, 0.0}, {"edge", 1, 1, 1, 1}};
  const SideBySide table = side_by_side(run_of(plan));
  ASSERT_EQ(table.columns.back().name, "permuted labels");
  std::map<std::string, SideBySide::Cell> cells;
  for (const auto& row : table.rows) cells[row.explainer] = row.cells.back();
  EXPECT_EQ(cells.at("gradient").text, "depends on what was learned");
  EXPECT_FALSE(cells.at("gradient").is_fault);
  EXPECT_EQ(cells.at("times").text, "hardly depends on what was learned");
  EXPECT_TRUE(cells.at("times").is_fault);
  EXPECT_EQ(cells.at("edge").text, "does not depend on the network");
  EXPECT_FALSE(cells.at("edge").is_fault) << "a control is no result";
}

TEST_F(DataRandomizationReport, SaysWhenMapsAgreeOnUntrainedNetworksToo) {
  Plan plan;
  plan.explainers = {{"gradient", 0.2, 0.65, 0.2, 0.7}};
  EXPECT_THAT(
      sentences(plan),
      AllOf(HasSubstr("gradient: depends on what was learned."),
            HasSubstr("But maps of either two networks agree by 0.65 or more with signs: that much comes from the input")));
  plan.explainers = {{"gradient", 0.2, 0.2, 0.7, 0.1}};
  EXPECT_THAT(sentences(plan), Not(HasSubstr("But maps")));
}

TEST_F(DataRandomizationReport, GivesNoVerdictWhereTrainingDidNotGetThere) {
  Plan plan;
  plan.why_not = "After 3 epochs it was not there.";
  plan.true_right = 0.1;  // no surprise then
  EXPECT_THAT(sentences(plan), AllOf(HasSubstr("No verdict. After 3 epochs it was not there."), Not(HasSubstr("gradient")),
                                     Not(HasSubstr("by heart"))));
  HtmlWriter html;
  write_data_randomization(html, run_, folder_name_);
  EXPECT_THAT(html.str(), AllOf(HasSubstr("No verdict."), HasSubstr("<polyline"), Not(HasSubstr("<table"))));
}

TEST_F(DataRandomizationReport, StandsInEveryFormatAndFitsTheSchema) {
  Plan plan;
  plan.with_pictures = true;
  run_of(plan);
  const auto paths = write_reports(folder_name_, folder_.file("out"), report_formats());
  const std::string html = testing::text_of(paths.at(0)), json = testing::text_of(paths.at(1)),
                    csv = testing::text_of(paths.at(2)), markdown = testing::text_of(paths.at(3));
  EXPECT_THAT(html, AllOf(HasSubstr("<a href=\"#data-randomization\">True and permuted labels</a>"), HasSubstr("permuted labels"),
                          HasSubstr("300 samples (left out: 16 audited)"), HasSubstr("seed 4; 11 % of them are right by chance"),
                          HasSubstr("alt=\"untrained of sample 0\""), Not(HasSubstr("Other suites"))));
  EXPECT_THAT(json, HasSubstr("\"data-randomization\""));
  if (const auto violations = testing::schema_violations({paths.at(1)})) {
    EXPECT_EQ(violations->at(0), "");
  }
  EXPECT_THAT(csv, HasSubstr("data-randomization,gradient,true-vs-permuted,spearman-signed,3"));
  EXPECT_THAT(markdown, HasSubstr("### True and permuted labels"));
}

TEST_F(DataRandomizationReport, ADamagedPictureLeavesASentence) {
  Plan plan;
  plan.with_pictures = true;
  run_of(plan);
  std::ofstream(folder_name_ + "/maps/gradient" + facts::part::map_of(facts::kTrue) + ".npy") << "no array";
  HtmlWriter html;
  write_data_randomization(html, run_, folder_name_);
  EXPECT_THAT(html.str(), AllOf(HasSubstr("These pictures cannot be shown"), Not(HasSubstr("<img"))));
}

TEST_F(DataRandomizationReport, OfARunThatWasOnlyBegunSaysSo) {
  const std::string folder = folder_.file("begun");
  RunStore::create(folder, {})
      .commit_unit("unit",
                   {record(facts::kNetworks, facts::kTraining, facts::quantity::accuracy_after(facts::kTrue, 1), -1, 0.2)});
  const RunSummary run = summarise(RunStore::open_for_reading(folder));
  EXPECT_THAT(data_randomization_sentences(run), ElementsAre("The networks are not trained yet."));
  HtmlWriter html;
  write_data_randomization(html, run, folder);
  EXPECT_THAT(html.str(), HasSubstr("not trained yet"));
}

}  // namespace
}  // namespace faultline
