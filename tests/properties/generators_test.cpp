#include "suites/axioms/generators.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <sstream>

#include "support/gradcheck.h"

namespace faultline {
namespace {

const LegalRange kRange{{-1}, {2}};

bool is_inside(const at::Tensor& x) { return x.ge(-1).logical_and(x.le(2)).all().item<bool>(); }

RC_GTEST_PROP(Inputs, LieInTheRange, ()) {
  const auto x = *arbitrary_inputs({2, 3, 3}, 4, kRange);
  RC_ASSERT(x.sizes() == at::IntArrayRef({4, 2, 3, 3}));
  RC_ASSERT(is_inside(x));
}

/// Uniform ones apart, every kind of edge case turns up: a generator of noise alone finds no division by zero.
TEST(Inputs, AreEdgeCasesToo) {
  const auto generator = arbitrary_input({8}, kRange);
  int dark = 0, constant = 0, alone = 0, extreme = 0, other = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const at::Tensor x = generator(rc::Random(seed), 50).value();
    const auto at_low = x.eq(-1).sum().item<int64_t>(), at_high = x.eq(2).sum().item<int64_t>();
    if (at_low == 8) {
      ++dark;
    } else if (x.eq(x[0]).all().item<bool>()) {
      ++constant;
    } else if (at_low == 7 && at_high == 1) {
      ++alone;
    } else if (at_low + at_high == 8) {
      ++extreme;
    } else {
      ++other;
    }
  }
  for (const int count : {dark, constant, alone, extreme, other}) EXPECT_GT(count, 5);
}

TEST(Inputs, ShrinkToWhatMattersAtABound) {
  const auto generator = arbitrary_input({3, 3}, kRange);
  const auto fails = [](const at::Tensor& x) { return x[1][2].item<double>() > 0.5; };
  int tried = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    const auto drawn = generator(rc::Random(seed), 50);
    if (!fails(drawn.value())) continue;
    ++tried;
    const at::Tensor smallest = rc::shrinkable::findLocalMin(drawn, fails).first;
    EXPECT_EQ(smallest.ne(-1).sum().item<int64_t>(), 1);
    EXPECT_EQ(smallest[1][2].item<double>(), 2);
  }
  EXPECT_GT(tried, 5);
}

RC_GTEST_PROP(Pairs, AreNoFurtherApartThanTheBallAndInTheRange, ()) {
  const auto epsilon = *rc::gen::element(1e-3, 0.1, 5.0);
  const auto [x, other] = *arbitrary_pair({2, 3, 3}, epsilon, kRange);
  RC_ASSERT(is_inside(x) && is_inside(other));
  // Rounding of x + epsilon.
  RC_ASSERT((x - other).abs().max().item<double>() <= epsilon + 1e-15);
}

TEST(NearData, ShrinksToTheDataWhereItDoesNotMatter) {
  const at::Tensor data = testing::uniform({3, 5}, 0.2, 0.8, 1);
  const auto generator = near_data(data, 0.1);
  const auto fails = [&](const at::Tensor& x) { return x[2].item<double>() != data[0][2].item<double>(); };
  const auto drawn = generator(rc::Random(4), 50);
  ASSERT_TRUE(fails(drawn.value()));
  const at::Tensor smallest = rc::shrinkable::findLocalMin(drawn, fails).first;
  EXPECT_EQ(smallest.ne(data[0]).sum().item<int64_t>(), 1);
}

RC_GTEST_PROP(Samples, FitTheirNetwork, ()) {
  const Network network = network_of(*arbitrary_vector_plan());
  const Samples samples = *arbitrary_samples(network, 3);
  RC_ASSERT(samples.targets.lt(network.classes()).logical_and(samples.targets.ge(0)).all().item<bool>());
  RC_ASSERT(samples.runners_up.ne(samples.targets).all().item<bool>());
  RC_ASSERT(network.logits(samples.inputs).isfinite().all().item<bool>());
}

void expect_one_function(const EqualNetworks& networks) {
  const at::Tensor x = inputs_of(networks.plan, 3);
  const at::Tensor logits = networks.network.logits(x);
  // Sums in another order; a folded norm scales weights of order 1.
  RC_ASSERT((networks.other.network.logits(x) - logits).abs().max().item<double>() <=
            1e-11 * std::max(1.0, logits.abs().max().item<double>()));
}
RC_GTEST_PROP(EqualNetworks, AreOneFunction, ()) { expect_one_function(*arbitrary_equal_networks()); }
RC_GTEST_PROP(EqualNetworks, OfVectorsAreOneFunction, ()) {
  expect_one_function(*arbitrary_equal_networks(arbitrary_vector_plan()));
}

TEST(EqualNetworks, AreOfEveryKind) {
  const auto generator = arbitrary_equal_networks();
  std::set<std::string> kinds;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    kinds.insert(generator(rc::Random(seed), 50).value().other.name.substr(0, 5));
  }
  EXPECT_EQ(kinds, (std::set<std::string>{"batch", "relu(", "units", "chann"}));
}

TEST(Counterexamples, ArePrinted) {
  Samples samples = samples_of_array(at::full({1, 2}, 0.25, at::kDouble));
  samples.targets = at::tensor({2}, at::kLong);
  std::ostringstream shown;
  rc::show(samples, shown);
  EXPECT_NE(shown.str().find("0.2500"), std::string::npos) << shown.str();
  shown.str("");
  rc::show(EqualNetworks{{}, {}, {"batch norm folded", {}}}, shown);
  EXPECT_NE(shown.str().find("bias; seed 0; batch norm folded"), std::string::npos) << shown.str();
}

}  // namespace
}  // namespace faultline
