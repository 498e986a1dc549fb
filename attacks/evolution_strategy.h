#pragma once
#include <cstdint>
#include <functional>
#include <vector>

namespace faultline {

/// The (mu/mu_w, lambda) evolution strategy with separable covariance (sep-CMA-ES, Ros and Hansen 2008; constants of attacks
/// sheet 6.3) in n dimensions: maximises whatever the ranking of its candidates says. Holds no random state: normals come from
/// outside.
class EvolutionStrategy {
 public:
  /// n >= 1, sigma > 0: the first step's standard deviation. The mean begins at 0.
  EvolutionStrategy(int64_t n, double sigma);

  static int64_t candidates_of(int64_t n);  ///< lambda = 4 + floor(3 ln n)
  int64_t candidates() const { return lambda_; }
  /// The constants, for tests: weights of the mu best, M, c_s, d_s, c_c, c_1, c_mu, E.
  struct Constants {
    std::vector<double> weights;
    double m, cs, ds, cc, c1, cmu, e;
  };
  const Constants& constants() const { return constants_; }

  /// The candidate of standard normals z [n].
  std::vector<double> candidate(const std::vector<double>& z) const;
  /// Learns from a generation: normals [lambda][n] as they were given to candidate(), and their order, best first.
  void learn(const std::vector<std::vector<double>>& normals, const std::vector<int64_t>& order);
  /// Moves the mean, for instance back into the ball.
  void constrain(const std::function<std::vector<double>(const std::vector<double>&)>& project) { mean_ = project(mean_); }

  const std::vector<double>& mean() const { return mean_; }
  double sigma() const { return sigma_; }
  const std::vector<double>& variances() const { return c_; }

 private:
  int64_t n_, lambda_, generation_ = 0;
  Constants constants_;
  double sigma_;
  std::vector<double> mean_, c_, ps_, pc_;
};

}  // namespace faultline
