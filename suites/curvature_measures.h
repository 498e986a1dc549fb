#pragma once
#include <string>
#include <utility>
#include <vector>

#include "suites/curved_map.h"
#include "suites/record.h"

namespace faultline {

/// A number, or the reason that there is none (conventions 6).
struct Measured {
  double value = 0;
  std::string reason;
};
/// a / b, `zero-denominator` where b is 0, `non-finite-map` where either is not finite.
Measured quotient(double a, double b);

/// The records of one unit of the suite.
class CurvatureRecords {
 public:
  CurvatureRecords(const Subject& subject, const Samples& samples) : subject_(subject), samples_(samples) {}
  void put(const std::string& condition, int64_t row, const std::string& metric, const Measured& measured);
  std::vector<Record> take() { return std::move(records_); }

 private:
  const Subject& subject_;
  const Samples& samples_;
  std::vector<Record> records_;
};

/// The leading direction of every sample and what is predicted along it, per unit length.
struct LeadingDirections {
  at::Tensor directions;             ///< [N,d], length 1 or, where there is none, 0
  at::Tensor changes;                ///< [N,m], J v1
  std::vector<double> lengths;       ///< ||J v1||
  std::vector<double> rho;           ///< ||J v1|| sqrt(d) / ||J||_F; NaN where undefined
  std::vector<std::string> reasons;  ///< "" where the others mean something
};

/// Records of the condition "spectrum". probes: random signs of Hutchinson's estimates.
LeadingDirections measure_spectrum(const CurvatureOptions& options, const CurvedMap& map, int64_t probes,
                                   CurvatureRecords* records);

/// Records of the conditions "radius=...". directions: random ones to compare with.
void measure_radii(const CurvedMap& map, const LeadingDirections& leading, const std::vector<double>& radii, int64_t directions,
                   CurvatureRecords* records);

}  // namespace faultline
