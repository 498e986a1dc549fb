#include "suites/unit_rows.h"

#include <algorithm>

#include "suites/facts.h"

namespace faultline {

std::vector<int64_t> rows_between(int64_t begin, int64_t end) {
  std::vector<int64_t> out;
  for (int64_t i = begin; i < end; ++i) out.push_back(i);
  return out;
}

std::vector<int64_t> first_rows(const Audit& audit, int64_t count) {
  return rows_between(0, std::min(count, static_cast<int64_t>(audit.samples.size())));
}

int64_t samples_per_unit(const Audit& audit) { return std::max<int64_t>(4, audit.network.block_size()); }

std::vector<std::vector<int64_t>> unit_rows(const Audit& audit) {
  const auto count = static_cast<int64_t>(audit.samples.size());
  std::vector<std::vector<int64_t>> out;
  for (int64_t begin = 0; begin < count; begin += samples_per_unit(audit))
    out.push_back(rows_between(begin, std::min(count, begin + samples_per_unit(audit))));
  return out;
}

std::vector<std::vector<int64_t>> batches_of(const Audit& audit, const std::vector<int64_t>& rows) {
  std::vector<std::vector<int64_t>> out;
  const auto count = static_cast<int64_t>(rows.size());
  for (int64_t begin = 0; begin < count; begin += audit.batch)
    out.emplace_back(rows.begin() + begin, rows.begin() + std::min(count, begin + audit.batch));
  return out;
}

std::string unit_key(const Audit& audit, const std::string& suite, const Subject& subject, const std::string& condition,
                     const std::vector<int64_t>& rows) {
  return facts::key({suite, subject.label, condition}) + "|" + std::to_string(audit.samples[rows.front()].info.id) + ".." +
         std::to_string(audit.samples[rows.back()].info.id);
}

}  // namespace faultline
