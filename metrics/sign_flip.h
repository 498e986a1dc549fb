#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace faultline {

/// Which differences count as evidence.
enum class Alternative { two_sided, greater };  ///< greater: the mean (or location) is above 0

/// Sign-flip permutation test of paired differences against mean 0 (conventions 7): all 2^n sign patterns for n <= 20, else 10000
/// (`flips`) of the stream (seed, stats/sign-flip, 0), draw = permutation, with p = (1 + count)/(1 + 10000). A pattern counts
/// where |mean| (or the mean) is at least the observed one less 1e-12. Throws std::logic_error where there is no difference or
/// one is not finite.
double sign_flip_p(const std::vector<double>& differences, Alternative alternative, uint64_t seed, int64_t flips = 10000);
/// Both one-sided tests of every set of differences, as sign_flip_p has them; the permutations are drawn once for all.
struct OneSidedP {
  double greater = 1, less = 1;
};
std::vector<OneSidedP> sign_flip_family(const std::vector<std::vector<double>>& sets, uint64_t seed, int64_t flips = 10000);
/// The smallest p that so many differences can have.
double least_sign_flip_p(size_t differences, int64_t flips = 10000);

}  // namespace faultline
