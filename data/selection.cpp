#include "data/selection.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <unordered_map>

#include "core/error.h"
#include "core/random.h"

namespace faultline {

std::vector<int64_t> select_balanced(const std::vector<uint64_t>& ids, const std::vector<int64_t>& classes, int64_t n) {
  if (ids.size() != classes.size()) throw std::logic_error("select_balanced: one class a sample");
  if (n < 1) throw_usage("samples", std::to_string(n) + " samples cannot be selected", "ask for at least 1");
  std::map<int64_t, std::vector<int64_t>> members;
  for (size_t i = 0; i < ids.size(); ++i) members[classes[i]].push_back(static_cast<int64_t>(i));
  for (auto& [label, rows] : members) {
    std::stable_sort(rows.begin(), rows.end(), [&](int64_t a, int64_t b) { return mix(ids[a]) < mix(ids[b]); });
  }
  std::vector<int64_t> chosen;
  const size_t wanted = std::min<uint64_t>(static_cast<uint64_t>(n), ids.size());
  for (size_t turn = 0; chosen.size() < wanted; ++turn) {
    for (const auto& [label, rows] : members) {
      if (turn < rows.size() && chosen.size() < wanted) chosen.push_back(rows[turn]);
    }
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

std::vector<int64_t> select_ids(const std::vector<uint64_t>& ids, const std::vector<uint64_t>& wanted) {
  if (wanted.empty()) throw_input("sample ids", "none is asked for", "give at least one id");
  std::unordered_map<uint64_t, int64_t> index;
  for (size_t i = 0; i < ids.size(); ++i) index.emplace(ids[i], static_cast<int64_t>(i));
  std::set<int64_t> chosen;
  for (const uint64_t id : wanted) {
    const auto found = index.find(id);
    if (found == index.end()) {
      throw_input("sample id " + std::to_string(id), "is not in the data set", "ids are those of the report's sample list");
    }
    if (!chosen.insert(found->second).second)
      throw_input("sample id " + std::to_string(id), "is asked for twice", "list each id once");
  }
  return {chosen.begin(), chosen.end()};
}

}  // namespace faultline
