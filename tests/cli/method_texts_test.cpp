#include "report/method_texts.h"

#include <gtest/gtest.h>

#include "attacks/attack.h"
#include "explainers/explainer.h"
#include "metrics/similarity.h"

namespace faultline {
namespace {

TEST(MethodTexts, ThereIsOneForEveryMethodAndNoneForAnyOther) {
  size_t methods = 0;
  const auto check = [&](const char* kind, const std::vector<std::string>& names) {
    for (const auto& name : names) {
      ++methods;
      const MethodText* text = method_text(kind, name);
      ASSERT_NE(text, nullptr) << kind << " " << name << ": give it a formula and a source in report/method_texts.cpp";
      EXPECT_FALSE(std::string(text->formula).empty());
      EXPECT_FALSE(std::string(text->source).empty());
    }
  };
  check("explainer", explainers().names());
  check("attack", attacks().names());
  check("metric", similarity_metrics().names());
  EXPECT_EQ(methods, method_texts().size()) << "a text is left of a method that is gone, or there are two of one";
}

}  // namespace
}  // namespace faultline
