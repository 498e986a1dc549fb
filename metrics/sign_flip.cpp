#include "metrics/sign_flip.h"

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "metrics/summary.h"

namespace faultline {
namespace {

constexpr size_t kLargestExact = 20;
constexpr double kSlack = 1e-12;  // equal means that were summed with other signs

/// Sums over sign patterns: how often each is at least as large, or as small, as what was observed.
class Tally {
 public:
  explicit Tally(const std::vector<double>& differences)
      : differences_(&differences), observed_(mean(differences)), n_(static_cast<double>(differences.size())) {}

  const std::vector<double>& differences() const { return *differences_; }
  void add(double sum) {
    const double flipped = sum / n_;
    greater += flipped >= observed_ - kSlack;
    less += flipped <= observed_ + kSlack;
    two_sided += std::abs(flipped) >= std::abs(observed_) - kSlack;
  }
  int64_t greater = 0, less = 0, two_sided = 0;

 private:
  const std::vector<double>* differences_;
  double observed_, n_;
};

void add_all_patterns(Tally* tally) {
  const auto& d = tally->differences();
  for (uint64_t pattern = 0; pattern < uint64_t{1} << d.size(); ++pattern) {
    double sum = 0;
    for (size_t i = 0; i < d.size(); ++i) sum += pattern >> i & 1 ? -d[i] : d[i];
    tally->add(sum);
  }
}

/// A set may be shorter than the signs: a draw's first elements do not depend on how many are asked for.
void add_pattern(const std::vector<double>& signs, Tally* tally) {
  const auto& d = tally->differences();
  double sum = 0;
  for (size_t i = 0; i < d.size(); ++i) sum += signs[i] * d[i];
  tally->add(sum);
}

/// Of so many hits; all patterns are among them where they are few.
double share_of(int64_t hits, size_t count, int64_t flips) {
  if (count <= kLargestExact) return std::ldexp(static_cast<double>(hits), -static_cast<int>(count));
  return static_cast<double>(1 + hits) / static_cast<double>(1 + flips);
}

std::vector<Tally> tallies_of(const std::vector<const std::vector<double>*>& sets, uint64_t seed, int64_t flips) {
  std::vector<Tally> out;
  std::vector<size_t> drawn;  // places of the sets that are too large to try all patterns
  size_t longest = 0;
  for (const auto* set : sets) {
    out.emplace_back(*set);
    if (set->size() <= kLargestExact) {
      add_all_patterns(&out.back());
    } else {
      drawn.push_back(out.size() - 1);
      longest = std::max(longest, set->size());
    }
  }
  const RandomStream stream(seed, "stats/sign-flip", 0);
  for (int64_t flip = 0; !drawn.empty() && flip < flips; ++flip) {
    const std::vector<double> signs = stream.signs(static_cast<uint32_t>(flip), longest);
    for (const size_t place : drawn) add_pattern(signs, &out[place]);
  }
  return out;
}

}  // namespace

double sign_flip_p(const std::vector<double>& differences, Alternative alternative, uint64_t seed, int64_t flips) {
  const Tally tally = tallies_of({&differences}, seed, flips)[0];
  return share_of(alternative == Alternative::greater ? tally.greater : tally.two_sided, differences.size(), flips);
}

std::vector<OneSidedP> sign_flip_family(const std::vector<std::vector<double>>& sets, uint64_t seed, int64_t flips) {
  std::vector<const std::vector<double>*> places;
  for (const auto& set : sets) places.push_back(&set);
  std::vector<OneSidedP> out;
  for (const Tally& tally : tallies_of(places, seed, flips)) {
    const size_t count = tally.differences().size();
    out.push_back({share_of(tally.greater, count, flips), share_of(tally.less, count, flips)});
  }
  return out;
}

double least_sign_flip_p(size_t differences, int64_t flips) {
  return differences <= kLargestExact ? std::ldexp(1.0, -static_cast<int>(differences)) : 1 / static_cast<double>(1 + flips);
}

}  // namespace faultline
