#include "suites/mean_over_draws.h"

#include <cmath>

#include "suites/map_comparison.h"
#include "suites/parameter_randomization.h"
#include "suites/randomization_facts.h"

namespace faultline {

void MeanOverDraws::add(const std::string& name, const MetricValues& found, int64_t begin, int64_t draw) {
  auto& metric = metrics_[name];
  metric.rows.resize(audit_.samples.size());
  for (size_t i = 0; i < found.values.size(); ++i) {
    Row& row = metric.rows[static_cast<size_t>(begin) + i];
    if (!found.reasons[i].empty()) {
      row.reason = found.reasons[i];
      continue;
    }
    row.sum += found.values[i];
    ++row.count;
    auto& [sum, count] = metric.draws[draw];
    sum += found.values[i];
    ++count;
  }
}

void MeanOverDraws::compare(const at::Tensor& inputs, const at::Tensor& a, const at::Tensor& b, int64_t begin, int64_t draw) {
  for (const auto& by : map_comparisons()) {
    if (by.needs_picture && a.dim() != 4) continue;
    add(by.name, compare_maps(by, inputs, a, b), begin, draw);
  }
}

void MeanOverDraws::records(std::vector<Record>* out) const {
  for (const auto& [name, metric] : metrics_) {
    for (size_t i = 0; i < metric.rows.size(); ++i) {
      const Row& row = metric.rows[i];
      Record record = blank();
      record.sample = audit_.samples[i].info.name;
      record.sample_id = audit_.samples[i].info.id;
      record.set(name, row.count > 0 ? row.sum / row.count : 0, row.count > 0 ? "" : row.reason);
      out->push_back(std::move(record));
    }
    if (metric.draws.size() < 2) continue;
    Record record = blank();
    record.set(facts::randomization::kRepeatSd + name, spread(metric.draws), "");
    out->push_back(std::move(record));
  }
}

double MeanOverDraws::spread(const std::map<int64_t, std::pair<double, double>>& draws) {
  double mean = 0, squares = 0;
  for (const auto& [draw, sum] : draws) mean += sum.first / sum.second / static_cast<double>(draws.size());
  for (const auto& [draw, sum] : draws) squares += std::pow(sum.first / sum.second - mean, 2);
  return std::sqrt(squares / static_cast<double>(draws.size() - 1));
}

Record MeanOverDraws::blank() const {
  Record record;
  record.suite = ParameterRandomization::kName;
  record.explainer = subject_.label;
  record.condition = condition_;
  return record;
}

}  // namespace faultline
