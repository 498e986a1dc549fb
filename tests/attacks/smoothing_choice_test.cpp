#include <gtest/gtest.h>

#include "attacks/beta_pilot.h"
#include "models/small_nets.h"
#include "support/toy_networks.h"
#include "support/trained_network.h"

namespace faultline {
namespace {

using Kind = SurrogateOptions::Kind;
using Pool = SurrogateOptions::Pool;

std::vector<std::pair<Kind, Pool>> choices(const SurrogateOptions& options, const Network& network,
                                           const std::string& explainer) {
  std::vector<std::pair<Kind, Pool>> out;
  for (const auto& choice : smoothing_choices(options, network, *explainers().make(explainer)))
    out.emplace_back(choice.kind, choice.pool);
  return out;
}

TEST(SmoothingChoice, IsThePilotsWherePoolingIsAutomatic) {
  SurrogateOptions options;
  const Network cnn = small_cnn(1, 8, 8, 3, 1), mlp = small_mlp({4, 3, 2}, 1);
  using List = std::vector<std::pair<Kind, Pool>>;
  EXPECT_EQ(choices(options, cnn, "gradient"), (List{{Kind::softplus, Pool::hard}}));
  options.pool = Pool::automatic;
  EXPECT_EQ(choices(options, cnn, "gradient"), (List{{Kind::softplus, Pool::soft}, {Kind::softplus, Pool::hard}}));
  EXPECT_EQ(choices(options, mlp, "gradient"), (List{{Kind::softplus, Pool::soft}}));
  EXPECT_EQ(choices(options, cnn, "grad-cam"),
            (List{{Kind::none, Pool::hard}, {Kind::softplus, Pool::soft}, {Kind::softplus, Pool::hard}}));
  options.kind = Kind::none;
  EXPECT_EQ(choices(options, cnn, "grad-cam"), (List{{Kind::none, Pool::hard}}));
}

TEST(SmoothingChoice, TravelsInThePreparation) {
  SurrogateOptions options;
  options.kind = Kind::softplus;
  options.pool = Pool::hard;
  Preparation preparation{{"beta", 3}};
  note_choice(options, &preparation);
  SurrogateOptions resolved;
  resolved.kind = Kind::none;
  resolved.pool = Pool::automatic;
  EXPECT_EQ(as_chosen(resolved, preparation).kind, Kind::softplus);
  EXPECT_EQ(as_chosen(resolved, preparation).pool, Pool::hard);
  EXPECT_EQ(as_chosen(resolved, {}).kind, Kind::none) << "without a pilot options stay as they are";
}

TEST(SmoothingChoice, IsTheOneWhoseShortAttackMovesThePilotMost) {
  const Network network = testing::trained_cnn();
  const Samples samples = testing::digits(network, 6);
  const auto explainer = explainers().make("grad-cam");
  const AttackProblem problem{network, *explainer, samples, 8.0 / 255, {}};
  const auto prepared = attacks().make("annealed-topk")->prepare(problem);
  ASSERT_TRUE(prepared.count("softplus")) << "nothing was chosen";
  const auto strength = [&](const std::string& words, double beta) {
    const auto attack = attacks().make("annealed-topk:iterations=10," + words + ",beta=" + exact_number(beta));
    return pilot_score(attack->run(problem, {}), SearchOptions{});
  };
  const double none = strength("surrogate=none", 1),
               soft = strength("surrogate=softplus,surrogate-pool=soft", prepared.at("beta")),
               hard = strength("surrogate=softplus,surrogate-pool=hard", prepared.at("beta"));
  const double chosen = prepared.at("softplus") == 0 ? none : prepared.at("soft-pool") > 0 ? soft : hard;
  EXPECT_EQ(chosen, std::min({none, soft, hard})) << none << " " << soft << " " << hard;
}

}  // namespace
}  // namespace faultline
