#include "attacks/query_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "explainers/point_list.h"
#include "models/rows.h"

namespace faultline {

QuerySearch::QuerySearch(const char* name, const AttackProblem& problem, const SearchOptions& judged,
                         QueryObjective::Kind objective, int64_t queries)
    : name_(name),
      problem_(problem),
      judge_(problem, judged),
      rows_(judge_.active()),
      objective_(objective, judge_.clean_maps(), judged.k),
      queries_(queries),
      is_randomised_(judge_.explainer().traits().randomised) {
  if (rows_.empty()) return;
  clean_ = problem.samples.inputs.index_select(0, index_of(rows_, problem.samples.inputs));
  constexpr double kWeight = 10, kLeast = 1e-6;  // attacks sheet 6
  for (int64_t row = 0; row < problem.samples.size(); ++row) {
    penalties_.push_back(kWeight * objective_.scale(row) / std::max(judge_.clean_margins()[static_cast<size_t>(row)], kLeast));
  }
  std::vector<double> values;
  for (const int64_t row : rows_) values.push_back(objective_.clean(row));
  judge_.record_objective(at::tensor(values, at::kDouble), rows_, 0);
}

RandomStream QuerySearch::stream(int64_t i) const {
  return {problem_.context.seed, std::string("attack/") + name_,
          problem_.samples.ids[static_cast<size_t>(rows_[static_cast<size_t>(i)])]};
}

double QuerySearch::per_element(double length) const {
  return budget().norm == Norm::linf ? length : length / std::sqrt(static_cast<double>(clean_[0].numel()));
}

void QuerySearch::spend(int64_t queries) {
  asked_ += queries;
  if (asked_ > queries_) throw std::logic_error(std::string(name_) + " asks more than its queries");
}

std::vector<QuerySearch::Answer> QuerySearch::answers(const Judge::Answer& asked, const std::vector<int64_t>& rows) const {
  std::vector<Answer> out;
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto row = static_cast<size_t>(rows[i]);
    Answer answer;
    answer.keeps = asked.keeps[i];
    answer.margin = asked.margins[i];
    answer.objective =
        objective_.value(asked.maps, static_cast<int64_t>(i), rows[i]) - penalties_[row] * std::max(0.0, -answer.margin);
    if (std::isnan(answer.objective)) answer.objective = -std::numeric_limits<double>::infinity();
    out.push_back(answer);
  }
  return out;
}

std::vector<std::vector<QuerySearch::Answer>> QuerySearch::ask(int64_t count, const Points& points, int64_t iteration) {
  spend(count);
  const int64_t at_a_time =
      std::max<int64_t>(1, points_per_chunk(problem_.network, problem_.context) / std::max<int64_t>(1, size()));
  const uint64_t seed =
      is_randomised_ ? mix(problem_.context.seed ^ mix(static_cast<uint64_t>(iteration))) : problem_.context.seed;
  std::vector<std::vector<Answer>> out;
  for (int64_t begin = 0; begin < count; begin += at_a_time) {
    const int64_t end = std::min(count, begin + at_a_time);
    std::vector<at::Tensor> inputs;
    std::vector<int64_t> rows;
    for (int64_t k = begin; k < end; ++k) {
      inputs.push_back(points(k));
      rows.insert(rows.end(), rows_.begin(), rows_.end());
    }
    Samples samples = problem_.samples.select(rows).with_inputs(at::cat(inputs));
    // Slots of their own fill the network's blocks where a batch has few samples, and depend on no other sample.
    for (size_t i = 0; i < rows.size(); ++i) samples.slots[i] += begin + static_cast<int64_t>(i / rows_.size());
    const auto all = answers(judge_.ask(samples, rows, seed), rows);
    for (size_t i = 0; i < all.size(); i += rows_.size()) {
      out.emplace_back(all.begin() + static_cast<int64_t>(i), all.begin() + static_cast<int64_t>(i + rows_.size()));
    }
  }
  return out;
}

std::vector<QuerySearch::Answer> QuerySearch::judge(const at::Tensor& candidates) {
  spend(1);
  judge_.judge(candidates, rows_, ++judged_);
  auto out = answers(judge_.answer(), rows_);
  std::vector<double> values;
  for (const auto& answer : out) values.push_back(answer.objective);
  judge_.record_objective(at::tensor(values, at::kDouble), rows_, judged_);
  return out;
}

}  // namespace faultline
