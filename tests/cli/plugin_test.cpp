// Methods of shared libraries, through the program that loads them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/sha256.h"
#include "data/npy.h"
#include "support/program.h"
#include "support/shared.h"

using faultline::read_npy;
using faultline::testing::run_faultline;
using faultline::testing::TemporaryFolder;
using nlohmann::json;
using testing::HasSubstr;

namespace {

std::string plugin(const std::string& name, const std::string& more = "") {
  return "plugin:library=" FAULTLINE_PLUGIN_FOLDER "/lib" + name + ".so" + more;
}

/// Of drawn digits, by the built-in network, which is written to a file of this folder.
faultline::testing::ProgramResult explain(const TemporaryFolder& folder, const std::string& explainer, const std::string& out) {
  if (!std::ifstream(folder.file("net.pt"))) run_faultline({"model", "small-cnn", "--out", folder.file("net.pt")});
  return run_faultline(
      {"explain", "--model", folder.file("net.pt"), "--inputs", "glyphs:count=3,seed=4", "--explainer", explainer, "--out", out});
}

TEST(Plugin, ExplainersAreThoseOfTheLibraryWithTheirOptions) {
  const TemporaryFolder folder;
  const std::string theirs = folder.file("theirs.npy"), ours = folder.file("ours.npy");
  const auto slope = explain(folder, plugin("test_plugin", ",method=slope"), theirs);
  ASSERT_EQ(slope.code, 0) << slope.err;
  ASSERT_EQ(explain(folder, "gradient", ours).code, 0);
  EXPECT_TRUE(read_npy(theirs).values.equal(read_npy(ours).values));
  const auto flat = explain(folder, plugin("test_plugin", ",method=(flat:value=-3)"), theirs);
  ASSERT_EQ(flat.code, 0) << flat.err;
  EXPECT_EQ(read_npy(theirs).values.min().item<double>(), -3);
  EXPECT_EQ(read_npy(theirs).values.max().item<double>(), -3);
}

TEST(Plugin, AuditsTakeMethodsOfEveryKindAndSayWhichLibraryTheyAreOf) {
  const TemporaryFolder folder;
  const auto result = run_faultline({"audit", "--samples", "3", "--explainer", "mine=" + plugin("test_plugin", ",method=slope"),
                                     "--attack", "ghorbani-topk:iterations=3", "--attack", plugin("test_plugin"), "--metric",
                                     "top-k", "--metric", plugin("test_plugin"), "--no-progress", "--out", folder.file("run")});
  ASSERT_EQ(result.code, 0) << result.err;
  std::ifstream text(folder.file("run") + "/report.json");
  const json report = json::parse(text);
  std::map<std::string, int> seen;
  for (const auto& record : report["records"]) {
    if (record["explainer"] == "mine" && record["metric"] == "plugin" && record["value"].is_number())
      ++seen[record["condition"].get<std::string>()];
  }
  EXPECT_EQ(seen["ghorbani-topk@8/255"], 3) << "the library's explainer under our attack, by the library's metric";
  EXPECT_EQ(seen["noise@8/255"], 3) << "and under the library's attack";
  const std::string library = FAULTLINE_PLUGIN_FOLDER "/libtest_plugin.so";
  EXPECT_THAT(report.dump(), HasSubstr(faultline::sha256_of_file(library)));
}

TEST(Plugin, WhatDoesNotFitIsRefusedInALine) {
  const TemporaryFolder folder;
  std::ofstream(folder.file("text.so")) << "no library\n";
  const auto refused = [&](const std::string& spec, int code, const std::string& words) {
    const auto result = explain(folder, spec, folder.file("map.npy"));
    EXPECT_EQ(result.code, code) << spec << "\n" << result.err;
    EXPECT_THAT(result.err, HasSubstr(words)) << spec;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  };
  refused("plugin", 2, "needs library=");
  refused("plugin:library=" + folder.file("none.so"), 3, "cannot be read");
  refused("plugin:library=" + folder.file("text.so"), 3, "cannot be loaded");
  refused(plugin("no_plugin"), 3, "is a library but no plugin of faultline");
  refused(plugin("old_plugin"), 3, "was built against faultline 0.0.9, LibTorch 1.12.0, C++11 ABI 1; this is faultline ");
  refused(plugin("unresolved_plugin"), 3, "nobody_has_this");
  refused(plugin("test_plugin"), 2, "has several methods of this kind (slope, flat)");
  refused(plugin("test_plugin", ",method=slop"), 2, "slope");
  refused(plugin("test_plugin", ",method=(flat:value=11)"), 2, "value");
  refused(plugin("test_plugin", ",method=(flat:value=7)"), 2, "does not like seven");
  const auto no_attack = run_faultline({"audit", "--attack", plugin("old_plugin"), "--out", folder.file("run")});
  EXPECT_EQ(no_attack.code, 3) << no_attack.err;
  EXPECT_THAT(no_attack.err, HasSubstr("has no attack"));
}

}  // namespace
