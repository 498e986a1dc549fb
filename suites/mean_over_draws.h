#pragma once
#include <ATen/ATen.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "metrics/similarity.h"
#include "suites/audit.h"

namespace faultline {

/// The mean of metrics over draws, by sample, for one condition of parameter-randomization. A draw without a value counts for
/// nothing; a sample without any has the reason of its last draw.
class MeanOverDraws {
 public:
  MeanOverDraws(const Audit& audit, const Subject& subject, std::string condition)
      : audit_(audit), subject_(subject), condition_(std::move(condition)) {}

  /// found: of the samples from `begin` on.
  void add(const std::string& name, const MetricValues& found, int64_t begin, int64_t draw);
  /// By every similarity that suits maps of this shape.
  void compare(const at::Tensor& inputs, const at::Tensor& a, const at::Tensor& b, int64_t begin, int64_t draw);
  /// One record a metric and sample, and "repeat-sd:METRIC" where there were several draws.
  void records(std::vector<Record>* out) const;

 private:
  struct Row {
    double sum = 0;
    double count = 0;
    std::string reason;
  };
  struct Metric {
    std::vector<Row> rows;
    std::map<int64_t, std::pair<double, double>> draws;  ///< sum and count of the samples
  };
  /// Standard deviation (n - 1) over draws of the mean over samples.
  static double spread(const std::map<int64_t, std::pair<double, double>>& draws);
  Record blank() const;

  const Audit& audit_;
  const Subject& subject_;
  std::string condition_;
  std::map<std::string, Metric> metrics_;
};

}  // namespace faultline
