// Metrics against slow re-implementations from their definitions.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "metrics/compare_maps.h"
#include "metrics/correlation.h"
#include "metrics/emd_modes.h"
#include "metrics/ranks.h"
#include "metrics/ssim.h"

namespace faultline {
namespace {

std::vector<double> numbers(size_t n, int levels) {
  const auto drawn = *rc::gen::container<std::vector<int>>(n, rc::gen::inRange(-levels, levels + 1));
  std::vector<double> out(drawn.begin(), drawn.end());
  out[0] = levels + 1;
  return out;
}

double sign(double v) { return (v > 0) - (v < 0); }

double slow_tau_b(const std::vector<double>& a, const std::vector<double>& b) {
  double difference = 0, untied_a = 0, untied_b = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      difference += sign(a[i] - a[j]) * sign(b[i] - b[j]);
      untied_a += a[i] != a[j];
      untied_b += b[i] != b[j];
    }
  }
  return difference / std::sqrt(untied_a * untied_b);
}

std::vector<double> slow_ranks(const std::vector<double>& values) {
  std::vector<double> ranks;
  for (const double v : values) {
    double below = 0, equal = 0;
    for (const double w : values) {
      below += w < v;
      equal += w == v;
    }
    ranks.push_back(below + (equal + 1) / 2);
  }
  return ranks;
}

long double slow_pearson(const std::vector<double>& a, const std::vector<double>& b) {
  long double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    ma += a[i] / static_cast<long double>(a.size());
    mb += b[i] / static_cast<long double>(a.size());
  }
  for (size_t i = 0; i < a.size(); ++i) {
    aa += (a[i] - ma) * (a[i] - ma);
    bb += (b[i] - mb) * (b[i] - mb);
    ab += (a[i] - ma) * (b[i] - mb);
  }
  return ab / std::sqrt(aa * bb);
}

RC_GTEST_PROP(Kendall, CountsThePairsOneByOne, ()) {
  const int levels = *rc::gen::elementOf(std::vector<int>{1, 5, 100000});
  const auto a = numbers(60, levels), b = numbers(60, levels);
  RC_ASSERT(std::abs(kendall_tau_b(a, b) - slow_tau_b(a, b)) < 1e-13);
}

RC_GTEST_PROP(Spearman, IsThePearsonOfCountedRanks, ()) {
  const int levels = *rc::gen::elementOf(std::vector<int>{1, 5, 100000});
  const auto a = numbers(60, levels), b = numbers(60, levels);
  RC_ASSERT(average_ranks(a) == slow_ranks(a));
  RC_ASSERT(std::abs(spearman_correlation(a, b) - static_cast<double>(slow_pearson(slow_ranks(a), slow_ranks(b)))) < 1e-13);
}

RC_GTEST_PROP(Pearson, HoldsFarFromTheOrigin, ()) {
  auto a = numbers(60, 50), b = numbers(60, 50);
  const double expected = static_cast<double>(slow_pearson(a, b));
  for (double& v : a) v = v / 64 + 1e9;  // exact in double, so that only the formula can lose digits
  RC_ASSERT(std::abs(pearson_correlation(a, b) - expected) < 1e-12);
}

/// Every window by itself, with the two-dimensional weights and centred moments.
double slow_ssim(const std::vector<double>& a, const std::vector<double>& b, int height, int width, bool gaussian, double range) {
  const int taps = gaussian ? 11 : 7, half = taps / 2;
  std::vector<double> weights;
  double mass = 0;
  for (int i = -half; i <= half; ++i) {
    for (int j = -half; j <= half; ++j) {
      weights.push_back(gaussian ? std::exp(-(i * i + j * j) / 4.5) : 1);
      mass += weights.back();
    }
  }
  const double c1 = std::pow(0.01 * range, 2), c2 = std::pow(0.03 * range, 2), factor = gaussian ? 1 : 49.0 / 48;
  double total = 0;
  int windows = 0;
  for (int r = half; r + half < height; ++r) {
    for (int c = half; c + half < width; ++c, ++windows) {
      double ma = 0, mb = 0, saa = 0, sbb = 0, sab = 0;
      const auto over_window = [&](auto&& use) {
        for (int k = 0; k < taps * taps; ++k) {
          const int p = (r - half + k / taps) * width + c - half + k % taps;
          use(weights[k] / mass, a[p], b[p]);
        }
      };
      over_window([&](double w, double x, double y) { ma += w * x, mb += w * y; });
      over_window([&](double w, double x, double y) {
        saa += factor * w * (x - ma) * (x - ma);
        sbb += factor * w * (y - mb) * (y - mb);
        sab += factor * w * (x - ma) * (y - mb);
      });
      total += (2 * ma * mb + c1) * (2 * sab + c2) / ((ma * ma + mb * mb + c1) * (saa + sbb + c2));
    }
  }
  return total / windows;
}

RC_GTEST_PROP(Ssim, LooksAtEveryWindow, ()) {
  auto a = numbers(13 * 15, 100), b = numbers(13 * 15, 100);
  for (auto* values : {&a, &b}) {
    for (double& v : *values) v /= 101;
  }
  for (const bool gaussian : {true, false}) {
    const std::string spec = std::string("ssim:reduce=sum,range=2,window=") + (gaussian ? "gaussian" : "uniform");
    const double value = testing::value_of(spec, testing::picture(13, 15, a), testing::picture(13, 15, b));
    RC_ASSERT(std::abs(value - slow_ssim(a, b, 13, 15, gaussian, 2)) < 1e-12);
  }
}

/// Transport of unit masses by successive shortest augmenting paths (Bellman-Ford), from place to place on a grid.
double slow_transport(const std::vector<int>& p, const std::vector<int>& q, int width) {
  std::vector<int> from, to;
  for (size_t i = 0; i < p.size(); ++i) {
    from.insert(from.end(), p[i], static_cast<int>(i));
    to.insert(to.end(), q[i], static_cast<int>(i));
  }
  const size_t n = from.size();
  const auto cost = [&](size_t i, size_t j) {
    return std::hypot(from[i] / width - to[j] / width, from[i] % width - to[j] % width);
  };
  std::vector<int> partner(n, -1);  // of every place in `to`
  double total = 0;
  for (size_t start = 0; start < n; ++start) {
    std::vector<double> far(n, HUGE_VAL);
    std::vector<int> before(n, -1);
    for (size_t j = 0; j < n; ++j) far[j] = cost(start, j);
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t k = 0; k < n; ++k) {
        if (partner[k] < 0) continue;
        for (size_t j = 0; j < n; ++j) {
          const double through = far[k] - cost(partner[k], k) + cost(partner[k], j);
          if (through < far[j] - 1e-12) {
            far[j] = through;
            before[j] = static_cast<int>(k);
            changed = true;
          }
        }
      }
    }
    int end = -1;
    for (size_t j = 0; j < n; ++j) {
      if (partner[j] < 0 && (end < 0 || far[j] < far[end])) end = static_cast<int>(j);
    }
    total += far[end];
    for (; before[end] >= 0; end = before[end]) partner[end] = partner[before[end]];
    partner[end] = static_cast<int>(start);
  }
  return total / static_cast<double>(n);
}

RC_GTEST_PROP(Emd, IsTheCheapestTransportOfUnits, ()) {
  const int height = *rc::gen::inRange(1, 6), width = *rc::gen::inRange(2, 6), units = *rc::gen::inRange(1, 20);
  std::vector<int> p(height * width, 0), q = p;
  for (auto* masses : {&p, &q}) {
    for (const int place : *rc::gen::container<std::vector<int>>(units, rc::gen::inRange(0, height * width))) ++(*masses)[place];
  }
  const std::vector<double> a(p.begin(), p.end()), b(q.begin(), q.end());
  RC_ASSERT(std::abs(testing::value_of("emd", testing::picture(height, width, a), testing::picture(height, width, b)) -
                     slow_transport(p, q, width)) < 1e-11);
}

RC_GTEST_PROP(Emd, OfOneRowIsTheAreaBetweenTheCumulativeSums, ()) {
  std::vector<double> a = numbers(32, 1000), b = numbers(32, 1000);
  double mass_a = 0, mass_b = 0, cumulative = 0, area = 0;
  for (size_t i = 0; i < 32; ++i) {
    mass_a += std::abs(a[i]);
    mass_b += std::abs(b[i]);
  }
  for (size_t i = 0; i < 32; ++i) {
    cumulative += std::abs(a[i]) / mass_a - std::abs(b[i]) / mass_b;
    area += std::abs(cumulative);
  }
  const auto row_a = testing::picture(1, 32, a), row_b = testing::picture(1, 32, b);
  RC_ASSERT(std::abs(testing::value_of("emd", row_a, row_b) - area) < 1e-11);
  RC_ASSERT(std::abs(testing::value_of("emd", row_a.transpose(2, 3), row_b.transpose(2, 3)) - area) < 1e-11);
}

}  // namespace
}  // namespace faultline
