#include "attacks/evolution_strategy.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace faultline {
namespace {

double norm_of(const std::vector<double>& v) {
  double squares = 0;
  for (const double x : v) squares += x * x;
  return std::sqrt(squares);
}

EvolutionStrategy::Constants constants_of(double n, int64_t lambda) {
  EvolutionStrategy::Constants out{};
  const int64_t mu = lambda / 2;
  double sum = 0, squares = 0;
  for (int64_t i = 1; i <= mu; ++i) {
    out.weights.push_back(std::log(static_cast<double>(lambda) / 2 + 0.5) - std::log(static_cast<double>(i)));
    sum += out.weights.back();
  }
  for (double& w : out.weights) {
    w /= sum;
    squares += w * w;
  }
  const double m = 1 / squares;
  out.m = m;
  out.cs = (m + 2) / (n + m + 5);
  out.ds = 1 + 2 * std::max(0.0, std::sqrt(std::max(0.0, (m - 1) / (n + 1))) - 1) + out.cs;
  out.cc = (4 + m / n) / (n + 4 + 2 * m / n);
  // A diagonal covariance has fewer parameters, so it is learned (n + 2) / 3 times as fast.
  const double faster = (n + 2) / 3;
  const double c1 = 2 / (std::pow(n + 1.3, 2) + m);
  const double cmu = std::min(1 - c1, 2 * (m - 2 + 1 / m) / (std::pow(n + 2, 2) + m));
  out.c1 = std::min(1.0, c1 * faster);
  out.cmu = std::min(1 - out.c1, cmu * faster);
  out.e = std::sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
  return out;
}

}  // namespace

int64_t EvolutionStrategy::candidates_of(int64_t n) {
  return 4 + static_cast<int64_t>(std::floor(3 * std::log(static_cast<double>(n))));
}

EvolutionStrategy::EvolutionStrategy(int64_t n, double sigma)
    : n_(n),
      lambda_(candidates_of(n)),
      constants_(constants_of(static_cast<double>(n), lambda_)),
      sigma_(sigma),
      mean_(static_cast<size_t>(n), 0.0),
      c_(static_cast<size_t>(n), 1.0),
      ps_(static_cast<size_t>(n), 0.0),
      pc_(static_cast<size_t>(n), 0.0) {}

std::vector<double> EvolutionStrategy::candidate(const std::vector<double>& z) const {
  std::vector<double> out = mean_;
  for (size_t i = 0; i < out.size(); ++i) out[i] += sigma_ * std::sqrt(c_[i]) * z[i];
  return out;
}

void EvolutionStrategy::learn(const std::vector<std::vector<double>>& normals, const std::vector<int64_t>& order) {
  if (static_cast<int64_t>(order.size()) != lambda_ || static_cast<int64_t>(normals.size()) != lambda_)
    throw std::logic_error("an evolution strategy learns from whole generations");
  const Constants& k = constants_;
  const auto n = static_cast<size_t>(n_);
  std::vector<double> y(n, 0.0), squares(n, 0.0);
  for (size_t rank = 0; rank < k.weights.size(); ++rank) {
    const auto& z = normals[static_cast<size_t>(order[rank])];
    for (size_t i = 0; i < n; ++i) {
      const double step = std::sqrt(c_[i]) * z[i];
      y[i] += k.weights[rank] * step;
      squares[i] += k.weights[rank] * step * step;
    }
  }
  for (size_t i = 0; i < n; ++i) {
    mean_[i] += sigma_ * y[i];
    ps_[i] = (1 - k.cs) * ps_[i] + std::sqrt(k.cs * (2 - k.cs) * k.m) * y[i] / std::sqrt(c_[i]);
  }
  const double length = norm_of(ps_);
  const double grown = 1 - std::pow(1 - k.cs, 2 * static_cast<double>(generation_ + 1));
  const double h = length / std::sqrt(grown) < (1.4 + 2 / (static_cast<double>(n_) + 1)) * k.e ? 1 : 0;
  for (size_t i = 0; i < n; ++i) {
    pc_[i] = (1 - k.cc) * pc_[i] + h * std::sqrt(k.cc * (2 - k.cc) * k.m) * y[i];
    c_[i] = (1 - k.c1 - k.cmu) * c_[i] + k.c1 * (pc_[i] * pc_[i] + (1 - h) * k.cc * (2 - k.cc) * c_[i]) + k.cmu * squares[i];
    c_[i] = std::max(c_[i], 1e-300);  // a variance of exactly zero could never grow again
  }
  sigma_ *= std::exp((k.cs / k.ds) * (length / k.e - 1));
  ++generation_;
}

}  // namespace faultline
