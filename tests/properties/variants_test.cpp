// What holds of every registered method under every option, tried without a line about any of them.

#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "explainers/output_options.h"
#include "explainers/relevance/ledger.h"
#include "subjects.h"
#include "suites/axioms/case_inputs.h"
#include "suites/axioms/verdict.h"

namespace faultline {
namespace {

using testing::Subject;

constexpr int kCombinations = 4;

struct Ready {
  std::string spec;
  const Subject* subject;
  std::unique_ptr<Explainer> explainer;
};

/// Every method under its variants, on every subject that it can read.
const std::vector<Ready>& all_ready() {
  static const std::vector<Ready> all = [] {
    std::vector<Ready> out;
    for (const Subject& subject : testing::subjects()) {
      for (const auto& entry : explainers().entries()) {
        for (const std::string& spec : testing::variants_of(entry, kCombinations, 1)) {
          auto explainer = testing::ready(spec, subject);
          if (explainer) out.push_back({spec, &subject, std::move(explainer)});
        }
      }
    }
    return out;
  }();
  return all;
}

template <class Check>
void for_every_variant(const Check& check) {
  for (const Ready& ready : all_ready()) {
    SCOPED_TRACE(ready.spec + " on " + ready.subject->name);
    check(*ready.explainer, *ready.subject);
  }
}

double largest(const at::Tensor& values) { return values.abs().max().item<double>(); }

/// Less would mean that methods refuse what they read today, and pass for that.
TEST(EveryVariant, IsTriedOnMostSubjects) {
  EXPECT_GE(all_ready().size(), 1280u);
  std::set<std::string> tried;
  for (const Ready& ready : all_ready()) tried.insert(ready.spec);
  for (const auto& entry : explainers().entries()) {
    for (const std::string& spec : testing::variants_of(entry, 0, 1)) {
      // Its map would be the input itself: refused everywhere.
      EXPECT_EQ(tried.count(spec), spec == "pattern-net:estimator=s-x" ? 0u : 1u) << spec;
    }
  }
}

/// Axioms ask the method what its maps explain, and not its options.
TEST(EveryVariant, SaysWhichOutputItExplains) {
  const std::map<std::string, Output> words{{"logit", Output::logit},
                                            {"probability", Output::probability},
                                            {"log-probability", Output::log_probability},
                                            {"logit-difference", Output::logit_difference},
                                            {"logit-contrast", Output::logit_contrast}};
  int asked = 0;
  for (const auto& entry : explainers().entries()) {
    for (const OptionFact& fact : entry.options) {
      // Walks have further starts, which are no function of the logits.
      if (fact.key != "output" || fact.allowed != OutputOptions::options().fields()[0].fact.allowed) continue;
      for (const std::string& spec : testing::variants_of(entry, 0, 1)) {
        const auto place = spec.find("output=");
        const std::string word = place == std::string::npos ? fact.standard : spec.substr(place + std::strlen("output="));
        EXPECT_EQ(explainers().make(spec)->output(), words.at(word)) << spec;
        ++asked;
      }
    }
  }
  EXPECT_GT(asked, 40);
}

TEST(EveryVariant, GivesAFiniteMapOfTheInputsShapeThatNoOtherSampleChanges) {
  for_every_variant([](const Explainer& explainer, const Subject& subject) {
    const Samples& samples = subject.samples;
    const Explanation explanation = explainer.explain(subject.network, samples, Context{});
    const at::Tensor& maps = explanation.maps;
    EXPECT_EQ(maps.size(0), samples.size());
    EXPECT_EQ(maps.size(1), explainer.traits().single_channel ? 1 : samples.inputs.size(1));
    EXPECT_EQ(maps.dim(), samples.inputs.dim());
    EXPECT_EQ(maps.scalar_type(), at::kDouble);
    EXPECT_FALSE(maps.requires_grad());
    EXPECT_TRUE(maps.isfinite().all().item<bool>());
    EXPECT_TRUE(explanation.notes.empty() || explanation.notes.size() == static_cast<size_t>(samples.size()));
    for (const auto& notes : explanation.notes) {
      for (const std::string& note : notes) EXPECT_NE(note, "outside-box") << "of an input inside the range";
    }
    for (const auto& [name, values] : explanation.figures) EXPECT_EQ(values.size(), static_cast<size_t>(samples.size())) << name;
    // conventions 8; the rows of a batch are computed in other blocks.
    for (const int64_t row : {0, 3}) {
      const at::Tensor alone = explainer.explain(subject.network, samples.select({row}), Context{}).maps[0];
      EXPECT_LE(largest(alone - maps[row]), 1e-9 * largest(maps[row])) << "row " << row;
    }
  });
}

TEST(EveryVariant, KeepsWhatItClaims) {
  int claims_tried = 0;
  for_every_variant([&](const Explainer& explainer, const Subject& subject) {
    const Samples samples = subject.samples.select({0, 2});
    for (const Claim& claim : explainer.claims(subject.network)) {
      const AxiomVerdict verdict = judge(axiom_named(claim.axiom), {explainer, subject.network, samples, Context{}});
      claims_tried += verdict.is_tried();
      if (!verdict.is_tried() || !verdict.is_refuted()) continue;
      // A start that adds up to 0 has no scale but a thousandth of the magnitudes, where rounding of these counts a thousandfold.
      const double worst = verdict.trials[static_cast<size_t>(verdict.worst)].violation();
      EXPECT_LE(worst, 10 * verdict.tolerance) << "claims " << claim.axiom << " (" << claim.reason << "): " << words_of(verdict);
    }
  });
  EXPECT_GE(claims_tried, 3500);
}

/// Relevance sheet 15: every column has a formula of its own, so what is left at a node is rounding.
TEST(EveryVariant, WithALedgerAccountsForEveryNode) {
  Context context;
  context.ledger = true;
  for_every_variant([&](const Explainer& explainer, const Subject& subject) {
    const Explanation explanation = explainer.explain(subject.network, subject.samples, context);
    ASSERT_EQ(explanation.ledger != nullptr, explainer.traits().keeps_ledger);
    if (!explanation.ledger) return;
    const Ledger& ledger = *explanation.ledger;
    for (int node = 0; node < ledger.nodes(); ++node) {
      const at::Tensor scale = ledger.of(node, LedgerColumn::magnitude) + ledger.of(node, LedgerColumn::out).abs();
      // Quotients near a pole amplify what rounding does to their denominators.
      EXPECT_LE((ledger.rounding(node).abs() / scale.clamp_min(1e-300)).max().item<double>(), 1e-9)
          << "at " << ledger.operation(node) << " " << ledger.name(node);
    }
  });
}

/// An array in another shape is the same array.
TEST(EveryVariant, DoesNotDependOnWhereShapesChange) {
  const Subject first = testing::linked(true), last = testing::linked(false);
  int compared = 0;
  for (const auto& entry : explainers().entries()) {
    for (const std::string& spec : testing::variants_of(entry, kCombinations, 1)) {
      const auto one = testing::ready(spec, first), other = testing::ready(spec, last);
      EXPECT_EQ(one != nullptr, other != nullptr) << spec;
      if (!one || !other) continue;
      const at::Tensor maps = one->explain(first.network, first.samples, Context{}).maps;
      EXPECT_LE(largest(other->explain(last.network, last.samples, Context{}).maps - maps), 1e-9 * largest(maps)) << spec;
      ++compared;
    }
  }
  EXPECT_GT(compared, 150);
}

/// The same in other portions, with the ledger kept or not, without figures, and with the range given for every channel.
TEST(EveryVariant, DoesNotDependOnHowItIsComputed) {
  for_every_variant([](const Explainer& explainer, const Subject& subject) {
    Context other;
    other.chunk_elements = 1;
    other.ledger = true;
    other.figures = false;
    const auto channels = static_cast<size_t>(subject.samples.inputs.size(1));
    other.range = {std::vector<double>(channels, 0), std::vector<double>(channels, 1)};
    const at::Tensor maps = explainer.explain(subject.network, subject.samples, Context{}).maps;
    const at::Tensor others = explainer.explain(subject.network, subject.samples, other).maps;
    EXPECT_LE(largest(maps - others), 1e-9 * largest(maps));
  });
}

TEST(EveryVariant, WithAsManyPointsAsItHasIsItself) {
  int asked = 0;
  for_every_variant([&](const Explainer& explainer, const Subject& subject) {
    const int64_t points = explainer.traits().points;
    const auto same = explainer.with_points(points), finer = explainer.with_points(4 * points);
    ASSERT_EQ(same != nullptr, finer != nullptr);
    if (!same) return;
    ++asked;
    EXPECT_EQ(finer->traits().points, 4 * points);
    const at::Tensor maps = explainer.explain(subject.network, subject.samples, Context{}).maps;
    EXPECT_TRUE(same->explain(subject.network, subject.samples, Context{}).maps.equal(maps));
  });
  EXPECT_GT(asked, 50);
}

/// Black, white and other inputs where methods divide by zero, tie or saturate: numbers, or a note.
TEST(EveryVariant, GivesNumbersAtTheEdgesOfTheLegalRange) {
  for_every_variant([](const Explainer& explainer, const Subject& subject) {
    const Samples samples = edge_cases(subject.network, Context{}.range, 0);
    EXPECT_TRUE(explainer.explain(subject.network, samples, Context{}).maps.isfinite().all().item<bool>());
  });
}

}  // namespace
}  // namespace faultline
