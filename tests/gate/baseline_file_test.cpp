#include "gate/baseline_file.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/write_file.h"
#include "gate/gate_run.h"
#include "support/shared.h"

namespace faultline {
namespace {

using testing::GateRun;

RunScores read_back(const std::string& text) {
  const testing::TemporaryFolder folder;
  write_file(folder.file("b.json"), text);
  return read_baseline(folder.file("b.json"));
}

TEST(BaselineFile, ComesBackAsItWas) {
  GateRun made;
  made.top_k = [](const std::string&, int64_t sample) {
    return sample == 3 ? std::numeric_limits<double>::quiet_NaN() : 1.0 / 3 + static_cast<double>(sample);
  };
  made.claims["completeness"] = "refuted";
  made.refuted_part = "fc2 to output (1 of 9 layers)";
  const RunScores scores = made.scores();
  const RunScores back = read_back(baseline_text(scores));
  EXPECT_EQ(back.identity, scores.identity);
  EXPECT_EQ(back.samples, scores.samples);
  EXPECT_EQ(back.predictions, scores.predictions);
  EXPECT_EQ(back.versions, scores.versions);
  EXPECT_EQ(back.model_digest, "aaaa");
  ASSERT_EQ(back.gated.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(back.gated[i].name(), scores.gated[i].name());
    EXPECT_EQ(back.gated[i].values, scores.gated[i].values);
    EXPECT_EQ(back.gated[i].reasons, scores.gated[i].reasons);
  }
  EXPECT_EQ(back.gated[0].values.at(1000), 0.333333) << "six digits are kept, of the run too";
  EXPECT_EQ(back.gated[0].reasons.at(1003), "zero-map");
  ASSERT_EQ(back.others.size(), scores.others.size());
  EXPECT_EQ(back.others[0].n, 0) << "refuted-claims is one number";
  ASSERT_EQ(back.claims.size(), 3u);
  EXPECT_EQ(back.claims[0].axiom, "completeness");
  EXPECT_EQ(back.claims[0].layer, "fc2");
  EXPECT_EQ(baseline_text(back), baseline_text(scores));
}

/// Threads, seed and the order of writing leave no trace, and a line is a score.
TEST(BaselineFile, HasTheSameBytesForTheSameRecords) {
  const std::string text = baseline_text(GateRun().scores());
  EXPECT_EQ(text, baseline_text(GateRun().scores()));
  for (const char* absent : {"threads", "seed", "free"}) EXPECT_EQ(text.find(absent), std::string::npos) << absent;
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json.at("format"), "faultline-baseline-1");
  EXPECT_EQ(json.at("gated").at(0).at("values").size(), 24u);
  EXPECT_NE(text.find("\n    {\"condition\": \"ghorbani-topk@8/255\", "), std::string::npos);
}

TEST(BaselineFile, RefusesWhatIsNone) {
  for (const char* text :
       {"", "{", "[]", "{}", R"({"format": "faultline-baseline-9"})", R"({"format": "faultline-baseline-1"})"}) {
    try {
      read_back(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::input) << text;
    }
  }
  EXPECT_THROW(read_baseline("no/such/file.json"), Error);
}

/// Every value of a sound baseline replaced by one of another type.
TEST(BaselineFile, RefusesDamagedOnes) {
  const auto sound = nlohmann::json::parse(baseline_text(GateRun().scores()));
  int tried = 0;
  const auto flat = sound.flatten();
  for (const auto& pointer : flat.items()) {
    if (++tried % 7) continue;
    auto damaged = sound;
    damaged[nlohmann::json::json_pointer(pointer.key())] = nlohmann::json::object({{"x", 1}});
    EXPECT_THROW(read_back(damaged.dump()), Error) << pointer.key();
  }
  EXPECT_GT(tried, 100);
}

TEST(RunScores, RefusesRunsThatAreNotFinished) {
  GateRun made;
  made.is_finished = false;
  EXPECT_THROW(made.scores(), Error);
}

TEST(RunScores, TakesMoreGatesFromAPolicy) {
  const auto scores = GateRun().scores({parse_gate("fragility/ghorbani-*: spearman")});
  ASSERT_EQ(scores.gated.size(), 4u);
  EXPECT_EQ(scores.gated[0].metric, "spearman");
  EXPECT_THROW(GateRun().scores({parse_gate("fragility/ghorbani-*: sperman")}), Error);
  EXPECT_THROW(parse_gate("fragility: spearman"), Error);
}

}  // namespace
}  // namespace faultline
