// Black-box attacks are held to what they reached when they were written: a weakened one must fail the build.
#include <gtest/gtest.h>

#include "attacks/attack.h"
#include "support/trained_network.h"

namespace faultline {
namespace {

/// Mean top-k overlap that an attack on `gradient` takes from eight digits at 8/255 with 500 queries.
double lost(const std::string& spec) {
  const Network& network = testing::trained_cnn();
  const Samples samples = testing::digits(network, 8);
  const auto explainer = explainers().make("gradient");
  const auto result = attacks().make(spec)->run({network, *explainer, samples, 8.0 / 255, {}}, {});
  double sum = 0;
  for (const auto& outcome : result.outcomes) {
    EXPECT_TRUE(outcome.reason.empty()) << outcome.reason;
    EXPECT_LE(outcome.evaluations, 500);
    sum += outcome.before - outcome.after;
  }
  return sum / 8;
}

struct Reached {
  const char* spec;
  double lost;  ///< when this was written
};

/// A few samples end elsewhere where rounding differs: a thirtieth less is no weaker attack.
TEST(QueryStrength, IsWhatItWas) {
  for (const auto& [spec, before] :
       {Reached{"nes:queries=500", 0.436}, Reached{"spsa:queries=500", 0.452}, Reached{"evolution:queries=500", 0.566},
        Reached{"square-search:queries=500", 0.631}, Reached{"nes:queries=500,objective=ranks", 0.447},
        Reached{"spsa:queries=500,objective=ranks", 0.455}, Reached{"evolution:queries=500,objective=ranks", 0.556},
        Reached{"square-search:queries=500,objective=ranks", 0.595}}) {
    EXPECT_GE(lost(spec), before - 0.03) << spec;
  }
}

/// Their searches find something: the same attacks with steps or squares of nothing take clearly less.
TEST(QueryStrength, ComesFromTheSearch) {
  for (const char* spec : {"nes:queries=500,step=1e-7", "spsa:queries=500,step=1e-7", "evolution:queries=500,sigma=1e-7"})
    EXPECT_LT(lost(spec), 0.01) << spec;
  // Its start, stripes at the bound, takes most at once.
  EXPECT_LT(lost("square-search:queries=500,share=1e-6"), 0.59);
}

}  // namespace
}  // namespace faultline
