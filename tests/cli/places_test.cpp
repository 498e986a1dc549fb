// Adding a method touches three places: its file pair, one line of its room's list, one row of a test. So a method's name may
// stand, as a word of the code, in its own files alone; the defaults of suites, attacks and the command line are named here one
// by one.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "attacks/attack.h"
#include "explainers/explainer.h"
#include "metrics/similarity.h"
#include "suites/suite.h"

namespace faultline {
namespace {

/// The files of the source rooms that hold "NAME" or "NAME: as the beginning of a literal, comments left out.
std::set<std::string> files_with(const std::string& name) {
  std::set<std::string> found;
  const std::filesystem::path root = FAULTLINE_SOURCE_DIR;
  for (const char* room : {"core", "data", "models", "explainers", "metrics", "attacks", "suites", "report", "cli"}) {
    for (const auto& entry : std::filesystem::directory_iterator(root / room)) {
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) {
        const std::string code = line.substr(0, line.find("//"));
        if (code.find("\"" + name + "\"") != std::string::npos || code.find("\"" + name + ":") != std::string::npos) {
          found.insert(std::string(room) + "/" + entry.path().filename().string());
        }
      }
    }
  }
  return found;
}

/// Defaults, and words that are also something else than a method.
bool is_expected(const std::string& name, const std::string& file) {
  static const std::multimap<std::string, std::string> expected = {
      {"gradient", "explainers/noise_average.h"},          // default of inner=
      {"gradient", "cli/listing.cpp"},                     // Access::gradient
      {"torchscript", "cli/listing.cpp"},                  // what model files are
      {"gradient", "explainers/root_search.cpp"},          // root-search=gradient
      {"gradient", "explainers/excitation_backprop.cpp"},  // between=gradient
      {"smooth-grad", "explainers/noise_average.cpp"},     // the stream all three noise methods share (conventions 5)
      {"random", "attacks/gradient_attack.cpp"},           // start=random
      {"random", "attacks/ghorbani_mass_center.cpp"},
      {"top-k", "attacks/common_options.h"},  // default of select=
      {"top-k", "attacks/common_options.cpp"},
      {"top-k", "attacks/query_attack.h"},
      {"top-k", "attacks/gaussian_noise.h"},
      {"top-k", "cli/verb_attack.cpp"},  // metrics measured by default
      {"spearman", "cli/verb_attack.cpp"},
      {"pearson", "cli/verb_attack.cpp"},
      {"top-k", "report/advice.cpp"},   // a share, also in runs that do not say its range
      {"top-k", "report/finding.cpp"},  // its unit in words
      {"top-k", "report/summary_facts.cpp"},
      {"spearman", "attacks/gradient_attack.cpp"},  // surrogate-mismatch is defined by it (attacks sheet 2.5)
      {"spearman", "attacks/health.cpp"},
      {"spearman", "metrics/hog_pearson.cpp"},  // correlation=spearman|pearson
      {"pearson", "metrics/hog_pearson.cpp"},
      {"l2", "metrics/reduction.cpp"},  // reduce=l2, norm=l2
      {"l2", "attacks/common_options.cpp"},
      {"l2", "cli/verb_attack.cpp"},
      {"l2", "cli/listing.cpp"},
      {"l2", "suites/facts.h"},
      {"linf", "attacks/common_options.cpp"},
      {"linf", "cli/verb_attack.cpp"},
      {"linf", "cli/listing.cpp"},
      {"linf", "suites/facts.h"},
      {"random", "attacks/hessian_subspace.cpp"},  // span=random
      {"ghorbani-topk", "suites/curvature.h"},     // default of attack=
      {"curvature", "attacks/curvature.cpp"},      // objective=curvature
      {"fragility", "cli/audit_request.cpp"},      // the default suite
      {"fragility", "suites/facts.h"},
      {"parameter-randomization", "suites/randomization_facts.h"},
      // Similarities of randomisation suites: names of records, and how they are made.
      {"ssim", "suites/randomization_facts.h"},
      {"hog-pearson", "suites/randomization_facts.h"},
      {"spearman", "suites/map_comparison.cpp"},
      {"ssim", "suites/map_comparison.cpp"},
      {"hog-pearson", "suites/map_comparison.cpp"},
      {"ssim", "suites/shift_optimised.cpp"},  // how alike a map is to a picture (attacks sheet 7.5)
      {"shift", "suites/facts.h"},
      {"shift", "suites/shift_facts.h"}};
  if (file == "cli/audit_plan.cpp") return true;          // the default audit
  if (file.rfind("cli/replicate_", 0) == 0) return true;  // what papers measured
  const auto [begin, end] = expected.equal_range(name);
  return std::any_of(begin, end, [&](const auto& pair) { return pair.second == file; });
}

template <class Interface>
void expect_own_files_only(const Registry<Interface>& registry) {
  for (const auto& name : registry.names()) {
    std::set<std::string> own;
    for (const auto& file : files_with(name)) {
      if (!is_expected(name, file)) own.insert(file.substr(0, file.rfind('.')));
    }
    // One method stands in every room, under one name: it loads those of a library.
    const size_t pairs = own.count("explainers/plugin") ? 3 : 1;
    EXPECT_EQ(own.size(), pairs) << name << " stands in more than its own pair of files: " << ::testing::PrintToString(own);
  }
}

TEST(Methods, StandInTheirOwnPairOfFilesAndNowhereElse) {
  expect_own_files_only(explainers());
  expect_own_files_only(attacks());
  expect_own_files_only(similarity_metrics());
  expect_own_files_only(suites());
}

}  // namespace
}  // namespace faultline
