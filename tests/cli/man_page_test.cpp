#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>

#include "support/program.h"
#include "support/shared.h"

using faultline::testing::run_faultline;
using faultline::testing::run_program;
using faultline::testing::TemporaryFolder;
using testing::HasSubstr;

namespace {

TEST(ManPage, RendersWithoutAWarning) {
  if (!std::filesystem::exists("/usr/bin/groff")) GTEST_SKIP() << "needs groff";
  const TemporaryFolder folder;
  const auto page = run_faultline({"man"});
  ASSERT_EQ(page.code, 0) << page.err;
  std::ofstream(folder.file("faultline.1")) << page.out;
  const auto rendered = run_program({"/usr/bin/groff", "-man", "-Tutf8", "-ww", "-P-cbou", folder.file("faultline.1")});
  EXPECT_EQ(rendered.code, 0);
  EXPECT_EQ(rendered.err, "");
  const std::string text = std::regex_replace(rendered.out, std::regex("\\s+"), " ");
  for (const char* part :
       {"NAME", "SYNOPSIS", "DESCRIPTION", "VERBS", "EXIT STATUS", "FILES", "SEE ALSO", "--explainer SPEC NAME or",
        "NAME or NAME:key=value,... (see list explainers); of audit also LABEL=SPEC; may be repeated",
        "--explainer integrated-gradients:steps=50 --out map.png", "ghorbani-topk", "130"})
    EXPECT_THAT(text, HasSubstr(part));
  for (const char* verb :
       {"audit", "explain", "attack", "compare", "report", "baseline", "check", "list", "model", "completion", "man"})
    EXPECT_THAT(rendered.out, HasSubstr(std::string("   faultline ") + verb)) << verb;
}

}  // namespace
