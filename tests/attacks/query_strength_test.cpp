// Black-box attacks are held to what they reached when they were written: a weakened one must fail the build.
#include <gtest/gtest.h>

#include "attacks/attack.h"
#include "support/trained_network.h"

namespace faultline {
namespace {

/// Mean top-k overlap that an attack loses on eight digits at 8/255 with 500 queries.
double lost(const std::string& spec, const std::string& explainer_spec = "gradient") {
  const Network& network = testing::trained_cnn();
  const Samples samples = testing::digits(network, 8);
  const auto explainer = explainers().make(explainer_spec);
  const auto result = attacks().make(spec)->run({network, *explainer, samples, 8.0 / 255, {}}, {});
  double sum = 0;
  for (const auto& outcome : result.outcomes) {
    EXPECT_TRUE(outcome.reason.empty()) << outcome.reason;
    EXPECT_LE(outcome.evaluations, 500);
    sum += outcome.before - outcome.after;
  }
  printf("LOST %s %s %.4f\n", spec.c_str(), explainer_spec.c_str(), sum / 8);
  return sum / 8;
}

TEST(QueryStrength, Measure) {
  for (const std::string more : {"", ",objective=ranks"}) {
    for (const std::string name : {"nes", "spsa", "evolution", "square-search"}) lost(name + ":queries=500" + more);
  }
  lost("random-sign:iterations=499");
  lost("random-sign:iterations=499,mode=resample");
  lost("nes:queries=500,step=1e-7");
  lost("spsa:queries=500,step=1e-7");
  lost("evolution:queries=500,sigma=1e-7");
  lost("square-search:queries=500,share=1e-6");
}

}  // namespace
}  // namespace faultline
