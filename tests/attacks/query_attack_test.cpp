#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "attacks/antithetic.h"
#include "attacks/motion.h"
#include "core/error.h"
#include "models/small_nets.h"
#include "models/transforms.h"
#include "support/gradcheck.h"
#include "support/toy_networks.h"
#include "support/trained_network.h"

namespace faultline {
namespace {

using testing::rows;

const std::vector<std::string> kAll{"nes", "spsa", "evolution", "square-search"};

AttackResult attacked(const std::string& spec, const Network& network, const Samples& samples, double epsilon = 8.0 / 255,
                      const std::string& name = "gradient", const Context& context = {}) {
  const auto explainer = explainers().make(name);
  const auto attack = attacks().make(spec);
  EXPECT_FALSE(attack->facts().needs_gradient);
  return attack->run({network, *explainer, samples, epsilon, context}, {});
}

TEST(QueryAttacks, FindNoChangeInALinearModelAndSaySo) {
  const Network f = testing::linear_network({3, -2, 1}, 0);
  for (const auto& name : kAll) {
    const auto result = attacked(name + ":k=1,queries=120", f, testing::samples_at(rows({{0.5, 0.5, 0.5}})), 0.25);
    const auto& outcome = result.outcomes[0];
    EXPECT_EQ(outcome.reason, "") << name;
    EXPECT_EQ(outcome.selected, 0) << name;
    EXPECT_EQ(outcome.after, 1) << name;
    EXPECT_TRUE(result.inputs.equal(rows({{0.5, 0.5, 0.5}}))) << name;
    std::set<std::string> ids;
    for (const auto& warning : outcome.warnings) ids.insert(warning.id);
    EXPECT_TRUE(ids.count("piecewise-constant")) << name;
    EXPECT_TRUE(ids.count("stuck-at-start")) << name;
  }
}

TEST(QueryAttacks, NeverAskMoreThanTheirQueriesAndCostWhatTheySay) {
  const Network& network = testing::trained_cnn();
  const Samples samples = testing::digits(network, 3);
  for (const auto& name : kAll) {
    for (const std::string explainer : {"gradient", "edge", "integrated-gradients:steps=3", "smooth-grad:samples=2"}) {
      for (const int64_t queries : {4, 5, 53, 100}) {
        PassCount passes;
        Context context;
        context.passes = &passes;
        const std::string spec = name + ":queries=" + std::to_string(queries);
        const auto made = explainers().make(explainer);
        const int64_t a_query = made->traits().points > 1 ? made->traits().points + 1 : 1;
        const auto result = attacked(spec, network, samples, 8.0 / 255, explainer, context);
        for (const auto& outcome : result.outcomes) {
          EXPECT_LE(outcome.evaluations, queries * a_query) << spec << " " << explainer;
          EXPECT_GT(outcome.evaluations, (queries - 3) * a_query) << spec << " " << explainer;
          EXPECT_EQ(outcome.spent.size(), outcome.best.size());
          EXPECT_EQ(outcome.spent.back(), outcome.evaluations) << "the last query is a selection";
          EXPECT_TRUE(std::is_sorted(outcome.spent.begin(), outcome.spent.end()));
          const double another_seed = made->traits().randomised ? static_cast<double>(made->traits().points) : 0;
          EXPECT_EQ(static_cast<double>(outcome.evaluations) + another_seed, attacks().make(spec)->cost(*made))
              << spec << " " << explainer;
        }
        // The health check makes one more map with another seed, which is no query of the attack.
        EXPECT_EQ(static_cast<double>(passes.forward), 3 * attacks().make(spec)->cost(*made)) << spec << " " << explainer;
      }
    }
  }
}

TEST(QueryAttacks, GiveEverySampleTheSameResultForAnyBatchAndThreadCount) {
  const int threads = at::get_num_threads();
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    const Network network = to(testing::trained_cnn(), dtype);
    const Samples samples = testing::digits(network, 5);
    for (const auto& name : kAll) {
      for (const std::string explainer : {"gradient", "smooth-grad:samples=3"}) {
        const std::string spec = name + ":queries=60";
        const auto whole = attacked(spec, network, samples, 8.0 / 255, explainer);
        at::set_num_threads(threads == 1 ? 2 : 1);
        EXPECT_TRUE(attacked(spec, network, samples, 8.0 / 255, explainer).inputs.equal(whole.inputs)) << spec << " " << dtype;
        at::set_num_threads(threads);
        for (int64_t row = 0; row < samples.size(); ++row) {
          const auto alone = attacked(spec, network, samples.select({row}), 8.0 / 255, explainer);
          EXPECT_TRUE(alone.inputs[0].equal(whole.inputs[row])) << spec << " " << explainer << " " << dtype;
          EXPECT_EQ(alone.outcomes[0].best, whole.outcomes[static_cast<size_t>(row)].best);
          EXPECT_EQ(alone.outcomes[0].evaluations, whole.outcomes[static_cast<size_t>(row)].evaluations);
        }
      }
    }
  }
}

TEST(QueryAttacks, StayInTheBallAndTheLegalRangeOnFramesThatAreNotSquare) {
  const Network f = small_cnn(3, 9, 14, 4, 3);
  Samples samples = testing::samples_at(testing::uniform({3, 3, 9, 14}, 0, 1, 5));
  samples.targets = f.logits(samples.inputs).argmax(1);
  const std::pair<std::string, double> cases[] = {
      {"nes:tile=4", 0.1},       {"spsa:tile=1", 0.1},       {"evolution:tile=3", 0.1},      {"square-search:k=13", 0.1},
      {"nes:norm=l2,tile=1", 1}, {"spsa:norm=l2,tile=2", 1}, {"evolution:norm=l2,tile=0", 1}};
  for (const auto& [spec, epsilon] : cases) {
    const auto result = attacked(spec + ",queries=150", f, samples, epsilon);
    EXPECT_GE(result.inputs.min().item<double>(), 0) << spec;
    EXPECT_LE(result.inputs.max().item<double>(), 1) << spec;
    for (const auto& outcome : result.outcomes) {
      EXPECT_LE(spec.find("l2") == std::string::npos ? outcome.linf : outcome.l2, epsilon * (1 + 1e-9)) << spec;
      EXPECT_LT(outcome.after, 1) << spec << " moved nothing";
      EXPECT_TRUE(outcome.keeps_label);
    }
  }
}

TEST(QueryAttacks, MoveVectorsAndSequences) {
  const Samples vectors = testing::samples_at(testing::uniform({2, 12}, 0.3, 0.7, 6));
  const Samples sequences = testing::samples_at(testing::uniform({2, 3, 12}, 0.3, 0.7, 7));
  for (const auto& name : kAll) {
    for (const Samples& samples : {vectors, sequences}) {
      const auto shape = samples.inputs.sizes().slice(1).vec();
      for (const auto& outcome : attacked(name + ":k=3,queries=200", testing::energy_network(shape), samples, 0.25).outcomes)
        EXPECT_LT(outcome.after, 1) << name;
    }
  }
}

/// limit - |x|^2 / 2, one logit whose sign decides. Its map is -x.
Network sphere_network(int64_t features, double limit) {
  GraphBuilder g({features});
  const int squares = g.node(Op::pow, "squares", {g.input(), g.scalar("two", 2)});
  const int sum = g.node(Op::sum, "sum", {squares}, {{"dims", std::vector<int64_t>{1}}, {"keepdim", true}});
  return g.finish(g.linear("out", sum, rows({{-0.5}}), at::tensor({limit}, at::kDouble)));
}

TEST(QuerySearch, HoldsALostLabelAgainstTheObjectiveByTheFormula) {
  const Network f = sphere_network(2, 0.5);
  const auto explainer = explainers().make("gradient");
  const Context context;
  const Samples samples = testing::samples_at(rows({{0.75, 0.25}}));
  SearchOptions judged;
  judged.k = {1, false};
  const AttackProblem problem{f, *explainer, samples, 1, context};
  QuerySearch search("test", problem, judged, QueryObjective::Kind::topk, 10);
  // At x0: D = -0.75, margin = 0.5 - 0.3125 = 0.1875, so lambda = 40.
  const auto kept = search.judge(rows({{0.5, 0.5}}))[0];
  EXPECT_TRUE(kept.keeps);
  EXPECT_EQ(kept.margin, 0.25);
  EXPECT_EQ(kept.objective, -0.5);
  const auto lost = search.judge(rows({{0.75, 0.75}}))[0];
  EXPECT_FALSE(lost.keeps);
  EXPECT_EQ(lost.margin, -0.0625);
  EXPECT_EQ(lost.objective, -0.5 - 40 * 0.0625);
  EXPECT_EQ(search.left(), 7);
  const auto asked = search.ask(
      3,
      [&](int64_t) {
        return rows({{0.75, 0.75}});
      },
      1);
  EXPECT_EQ(asked[2][0].objective, lost.objective);
  EXPECT_EQ(search.left(), 4);
  EXPECT_THROW(search.ask(
                   5,
                   [&](int64_t) {
                     return rows({{0.5, 0.5}});
                   },
                   2),
               std::logic_error);
}

TEST(QuerySearch, MeasuresTheMarginOfTheLabelAndNotOfTheExplainedClass) {
  GraphBuilder g({2});
  const Network f = g.finish(g.linear("fc", g.input(), rows({{1, 0}, {0, 1}})));
  const auto explainer = explainers().make("gradient");
  const Context context;
  const Samples samples = testing::samples_at(rows({{0.75, 0.25}}), 1);
  SearchOptions judged;
  judged.k = {1, false};
  const AttackProblem problem{f, *explainer, samples, 1, context};
  QuerySearch search("test", problem, judged, QueryObjective::Kind::topk, 3);
  EXPECT_EQ(search.judge(rows({{0.5, 0.25}}))[0].margin, 0.25);
  EXPECT_EQ(search.judge(rows({{0.25, 0.75}}))[0].margin, -0.5);
}

TEST(QuerySearch, DrawsTheSameNoiseForAllQueriesOfAnIterationAndOtherNoiseInTheNext) {
  const Network& network = testing::trained_cnn();
  const Samples samples = testing::digits(network, 2);
  const auto explainer = explainers().make("smooth-grad:samples=2");
  const Context context;
  const AttackProblem problem{network, *explainer, samples, 8.0 / 255, context};
  QuerySearch search("test", problem, {}, QueryObjective::Kind::topk, 100);
  const auto here = [&](int64_t) { return samples.inputs; };
  const auto first = search.ask(3, here, 1), second = search.ask(1, here, 2);
  // Points of one sample lie in slots of their own: the last digit may differ.
  EXPECT_NEAR(first[0][0].objective, first[2][0].objective, 1e-12);
  EXPECT_GT(std::abs(first[0][0].objective - second[0][0].objective), 1e-6);
  const auto judged = search.judge(samples.inputs), again = search.judge(samples.inputs);
  EXPECT_EQ(judged[0].objective, again[0].objective) << "the selection compares all iterates by the same noise";
}

/// x -> H x + w of a quadratic: where the rows of H sum to zero the map's sum is that of w, and D is linear.
TEST(Nes, WithManyPairsMakesTheWhiteBoxStep) {
  // By hand, so that no entry of the slope is near zero, where a sign would be luck.
  const auto h = rows({{-6, 1, 2, 3}, {1, -4, 1, 2}, {2, 1, -5, 2}, {3, 2, 2, -7}}) * 0.05;
  const auto w = rows({{2.1, 2.9, 2.4, 2.6}})[0];
  const Network f = testing::quadratic_network(h, w);
  const Samples samples = testing::samples_at(testing::uniform({1, 4}, 0.4, 0.6, 10));
  const auto explainer = explainers().make("gradient");
  const Context context;
  const AttackProblem problem{f, *explainer, samples, 0.1, context};
  SearchOptions judged;
  judged.k = {2, false};
  QuerySearch search("nes", problem, judged, QueryObjective::Kind::topk, 100000);
  const auto map = explainer->explain(f, samples, context).maps[0];
  const auto largest = std::get<1>(map.topk(2));
  const auto slope = -h.index_select(0, largest).sum(0) / w.sum();
  Estimate how;
  how.smoothing = 0.025;
  how.pairs = 20000;
  const Tiling tiling(samples.inputs, 1);
  // The standard error of an entry is ||slope|| / sqrt(pairs), a little more of normals; five of them.
  const double error = 5 * slope.norm().item<double>() / std::sqrt(static_cast<double>(how.pairs));
  ASSERT_GT(slope.abs().min().item<double>(), error);
  for (const auto directions : {Directions::normal, Directions::signs}) {
    how.directions = directions;
    const auto estimated = estimate_gradient(search, tiling, samples.inputs, how, 1);
    EXPECT_LT((estimated[0] - slope).abs().max().item<double>(), error);
    EXPECT_TRUE(ascent_direction(estimated, Norm::linf)[0].equal(slope.sign()));
  }
}

TEST(QueryAttacks, PassOverCandidatesWhoseMapIsZero) {
  // The map (1, 2) relu'(z) is zero on the other side of the kink, where D has no value: no such candidate may win.
  const Network f = testing::kink_network({1, 2}, -1.4, 1, 1);
  const Samples samples = testing::samples_at(rows({{0.5, 0.5}}));
  for (const auto& name : kAll) {
    const auto result = attacked(name + ":k=1,queries=60", f, samples, 0.25);
    EXPECT_EQ(result.outcomes[0].reason, "") << name;
    EXPECT_TRUE(result.inputs.equal(samples.inputs)) << name;
  }
}

TEST(QueryAttacks, RefuseWordsThatAreWrongBeforeAnyWork) {
  EXPECT_THROW(attacks().make("nes:select=nonsense"), Error);
  EXPECT_THROW(attacks().make("square-search:norm=l2"), Error) << "its squares belong to the cube";
  EXPECT_THROW(attacks().make("evolution:queries=3"), Error);
  EXPECT_THROW(attacks().make("spsa:objective=logit"), Error);
}

}  // namespace
}  // namespace faultline
