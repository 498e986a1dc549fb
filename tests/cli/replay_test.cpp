#include <gmock/gmock.h>

#include <filesystem>

#include "quick_audit.h"

using faultline::testing::run_faultline;
using testing::HasSubstr;
using testing::Not;

namespace {

class Replay : public faultline::testing::QuickAudit {
 protected:
  /// The one counterexample of a run on the small network, in which nothing is attacked.
  std::string counterexample() {
    const auto result =
        run_faultline({"audit", "--model", file("m.pt"), "--data", file("x.npy"), "--range", "0,1", "--explainer", "gradient",
                       "--suite", "axioms:axioms=positivity,shrink=20", "--no-progress", "--out", file("run")});
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_THAT(result.err, HasSubstr("6 samples, 1 explainer, suite axioms\n"));
    EXPECT_THAT(result.err, Not(HasSubstr("attack")));
    for (const auto& entry : std::filesystem::directory_iterator(file("run/counterexamples")))
      if (entry.is_directory()) return entry.path().string();
    ADD_FAILURE() << "no counterexample was kept";
    return "";
  }
};

/// The folder has the network and the case: neither the model nor the data are there any more.
TEST_F(Replay, NeedsTheFolderAlone) {
  FAULTLINE_NEEDS_QUICK_AUDIT();
  const std::string folder = counterexample();
  std::filesystem::remove(file("m.pt"));
  std::filesystem::remove(file("x.npy"));
  const auto result = run_faultline({"audit", "--suite", "axioms:replay=" + folder, "--no-progress", "--out", file("again")});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("positivity: refuted; found -"));
  EXPECT_THAT(result.err, HasSubstr(", asked 0"));
}

TEST_F(Replay, TakesSomethingRepairedInThePlaceOfWhatFailed) {
  FAULTLINE_NEEDS_QUICK_AUDIT();
  const auto result = run_faultline({"audit", "--suite", "axioms:replay=" + counterexample(), "--explainer",
                                     "gradient:map=absolute", "--no-progress", "--out", file("again")});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("positivity: holds"));
}

TEST_F(Replay, OfAFolderWithoutACaseIsBadInput) {
  const auto result = run_faultline({"audit", "--suite", "axioms:replay=" + file("nothing")});
  EXPECT_EQ(result.code, 3) << result.err;
  EXPECT_THAT(result.err, HasSubstr(file("nothing")));
}

}  // namespace
