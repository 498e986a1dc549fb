#include <gtest/gtest.h>

#include "attacks/attack.h"
#include "models/transforms.h"
#include "support/trained_network.h"

namespace faultline {
namespace {

/// Runs the attack on samples cut into batches, prepared on the first 16 as every run is.
AttackResult in_batches(const std::string& spec, const std::string& explainer_spec, const Network& network,
                        const Samples& samples, int64_t batch) {
  const auto attack = attacks().make(spec);
  const auto explainer = explainers().make(explainer_spec);
  const Context context;
  const auto rows_of = [](int64_t begin, int64_t end) {
    std::vector<int64_t> rows;
    for (int64_t i = begin; i < end; ++i) rows.push_back(i);
    return rows;
  };
  const Samples pilot = samples.select(rows_of(0, std::min<int64_t>(16, samples.size())));
  const double epsilon = 8.0 / 255;
  const auto preparation = attack->prepare({network, *explainer, pilot, epsilon, context});
  AttackResult out;
  std::vector<at::Tensor> inputs;
  for (int64_t begin = 0; begin < samples.size(); begin += batch) {
    const Samples part = samples.select(rows_of(begin, std::min(samples.size(), begin + batch)));
    auto result = attack->run({network, *explainer, part, epsilon, context}, preparation);
    inputs.push_back(result.inputs);
    for (auto& outcome : result.outcomes) out.outcomes.push_back(std::move(outcome));
  }
  out.inputs = at::cat(inputs);
  return out;
}

TEST(Attacks, GiveEverySampleTheSameResultForBatchesOf1And7And64) {
  const std::pair<const char*, const char*> cases[] = {
      {"ghorbani-topk:iterations=6", "gradient"},
      {"ghorbani-mass-center:iterations=5,select=center-shift", "gradient"},
      {"ghorbani-topk:iterations=4,points=2,refresh=2,steps=6", "integrated-gradients:steps=10"},
      {"ghorbani-topk:iterations=3", "smooth-grad:samples=3"},
      {"random-sign:iterations=6", "gradient"},
      {"ghorbani-topk:iterations=6,stop-at-floor=1,k=3", "gradient"}};
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    const Network network = to(testing::trained_cnn(), dtype);
    const Samples samples = testing::digits(network, 9);
    for (const auto& [attack, explainer] : cases) {
      const auto whole = in_batches(attack, explainer, network, samples, 64);
      for (const int64_t batch : {1, 7}) {
        const auto parts = in_batches(attack, explainer, network, samples, batch);
        EXPECT_TRUE(parts.inputs.equal(whole.inputs)) << attack << " on " << explainer << ", batch " << batch << ", " << dtype;
        for (size_t i = 0; i < whole.outcomes.size(); ++i) {
          EXPECT_EQ(parts.outcomes[i].after, whole.outcomes[i].after) << attack << " sample " << i;
          EXPECT_EQ(parts.outcomes[i].best, whole.outcomes[i].best);
          EXPECT_EQ(parts.outcomes[i].evaluations, whole.outcomes[i].evaluations) << attack << " on " << explainer;
        }
      }
    }
  }
}

}  // namespace
}  // namespace faultline
