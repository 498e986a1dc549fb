#include <gtest/gtest.h>

#include <regex>

#include "attacks/attack.h"
#include "explainers/explainer.h"
#include "metrics/similarity.h"

namespace faultline {
namespace {

/// Reports describe methods in the methods' own words, and promise nothing.
template <class Interface>
void expect_texts(const Registry<Interface>& methods) {
  static const std::regex kPromise("\\b(robust|compliant|certified|safe)\\b", std::regex::icase);
  for (const auto& entry : methods.entries()) {
    EXPECT_FALSE(entry.formula.empty()) << entry.name << " has no kFormula";
    EXPECT_FALSE(entry.source.empty()) << entry.name << " has no kSource";
    EXPECT_FALSE(std::regex_search(entry.formula + " " + entry.source, kPromise)) << entry.name;
  }
}

TEST(MethodTexts, EveryMethodSaysWhatItComputesAndWhoseIdeaThatIs) {
  expect_texts(explainers());
  expect_texts(attacks());
  expect_texts(similarity_metrics());
}

}  // namespace
}  // namespace faultline
