// How often a gate catches a planted loss (issue: a loss of a tenth in records whose samples spread by sd, a margin of half the
// loss, families of m comparisons, 64 samples), and what it says where it does not. usage: gate_power [REPEATS]        a line for
// every sd and m: shares of failed, inconclusive, passed
#include <cstdio>
#include <cstdlib>

#include "core/random.h"
#include "gate/verdict.h"

namespace faultline::bench {
namespace {

constexpr double kLoss = 0.05;  // a tenth of a mean of 0.5
constexpr size_t kSamples = 64;

std::vector<double> differences(double loss, double sd, uint64_t family, size_t member) {
  auto out = RandomStream(family, "bench/gate-power", member).normals(0, kSamples);
  for (double& value : out) value = loss + sd * value;
  return out;
}

}  // namespace
}  // namespace faultline::bench

int main(int argc, char** argv) {
  using namespace faultline;
  const int repeats = argc > 1 ? std::atoi(argv[1]) : 200;
  std::printf("%-12s %4s  %8s %12s %8s\n", "sd / loss", "m", "caught", "inconclusive", "passed");
  for (const double sd : {0.5, 1.0, 1.5, 2.0}) {
    for (const size_t m : {1, 20, 100}) {
      int counts[6] = {};
      for (int repeat = 0; repeat < repeats; ++repeat) {
        std::vector<PairedDifferences> family;
        for (size_t i = 0; i < m; ++i) {
          family.push_back({bench::differences(i == 0 ? bench::kLoss : 0, sd * bench::kLoss, static_cast<uint64_t>(repeat), i),
                            bench::kLoss / 2});
        }
        ++counts[static_cast<int>(verdicts_of(family)[0].outcome)];
      }
      const auto share = [&](Outcome outcome) { return static_cast<double>(counts[static_cast<int>(outcome)]) / repeats; };
      std::printf("%-12.1f %4zu  %8.3f %12.3f %8.3f\n", sd, m, share(Outcome::failed), share(Outcome::inconclusive),
                  share(Outcome::passed));
      std::fflush(stdout);
    }
  }
}
