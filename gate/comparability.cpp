#include "gate/comparability.h"

#include <algorithm>

#include "core/error.h"

namespace faultline {
namespace {

constexpr size_t kLongestValue = 60;
const char* const kSamples = "samples";

std::string shortened(const std::string& text) {
  return text.size() <= kLongestValue ? "'" + text + "'" : "'" + text.substr(0, kLongestValue - 3) + "...'";
}

/// Where two specs of the same method differ: "steps=20 before, steps=50 now"; "" where they are not such.
std::string option_that_differs(const std::string& before, const std::string& now) {
  const size_t colon = before.find(':');
  if (colon == std::string::npos || now.compare(0, colon + 1, before, 0, colon + 1) != 0) return "";
  size_t same = 0, start = colon + 1;
  while (same < std::min(before.size(), now.size()) && before[same] == now[same]) {
    if (before[same] == ',') start = same + 1;
    ++same;
  }
  const auto option = [&](const std::string& text) { return text.substr(start, text.find(',', start) - start); };
  return option(before) + " before, " + option(now) + " now";
}

/// The kinds of part that may be there in one run alone.
bool is_named_part(const std::string& key) {
  for (const char* kind : {"explainer ", "suite ", "attack "}) {
    if (key.rfind(kind, 0) == 0) return true;
  }
  return false;
}

}  // namespace

bool is_reclassified(const RunScores& run, const RunScores& baseline, uint64_t sample) {
  const auto now = run.predictions.find(sample), before = baseline.predictions.find(sample);
  return now != run.predictions.end() && before != baseline.predictions.end() && now->second != before->second;
}

std::vector<std::string> allowed_differences(const RunScores& run, const RunScores& baseline, const Policy& policy) {
  std::vector<std::string> out;
  const auto differs = [&](const std::string& key, const std::string& how, const std::string& remedy) {
    if (std::find(policy.allow_different.begin(), policy.allow_different.end(), key) == policy.allow_different.end()) {
      throw_usage(key, "is not what it was in the baseline: " + how,
                  remedy + ", freeze a new baseline, or add --allow-different '" + key + "'");
    }
    out.push_back(key + ": " + how);
  };
  for (const auto& [key, before] : baseline.identity) {
    const auto now = run.identity.find(key);
    if (now == run.identity.end()) {
      if (!is_named_part(key)) differs(key, shortened(before) + " before, nothing now", "measure as then");
      continue;
    }
    if (now->second == before) continue;
    std::string how = option_that_differs(before, now->second);
    if (how.empty()) how = shortened(before) + " before, " + shortened(now->second) + " now";
    differs(key, how, "measure as then");
  }
  std::vector<std::string> added;
  for (const auto& [id, name] : run.samples) {
    if (baseline.samples.count(id) == 0) added.push_back(name);
  }
  if (!added.empty()) {
    differs(kSamples, std::to_string(added.size()) + " are not in the baseline, the first " + shortened(added.front()),
            "give --sample-ids with those of the baseline");
  }
  return out;
}

}  // namespace faultline
