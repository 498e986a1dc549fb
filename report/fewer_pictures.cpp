#include "report/fewer_pictures.h"

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

#include "suites/facts.h"

namespace faultline {
namespace {

using SampleKey = std::pair<uint64_t, std::string>;

/// Less for a sample that is to be shown sooner: how well its map held, where that was measured.
double held(const RunSummary& run, const PictureRecord& picture) {
  for (const auto& r : run.records) {
    if (r.suite == picture.suite && r.explainer == picture.explainer && r.condition == picture.condition &&
        r.metric == run.headline_metric && r.value && r.sample_id == picture.sample_id && r.sample == picture.sample)
      return run.words(run.headline_metric).higher_is_better ? *r.value : -*r.value;
  }
  return std::numeric_limits<double>::infinity();
}

}  // namespace

RunSummary with_fewer_pictures(RunSummary run, const MostPictures& most) {
  // By suite and explainer, the samples with pictures in the order in which they are to be shown.
  std::map<std::pair<std::string, std::string>, std::vector<std::pair<double, SampleKey>>> shown;
  for (const auto& picture : run.pictures) {
    auto& samples = shown[{picture.suite, picture.explainer}];
    const SampleKey key{picture.sample_id, picture.sample};
    const auto same = [&](const auto& sample) { return sample.second == key; };
    if (std::none_of(samples.begin(), samples.end(), same))
      samples.emplace_back(picture.suite == facts::kFragility ? held(run, picture) : 0, key);
  }
  std::set<std::tuple<std::string, std::string, SampleKey>> kept;
  for (auto& [of, samples] : shown) {
    std::stable_sort(samples.begin(), samples.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    const size_t count = std::min(samples.size(), of.first == facts::kFragility ? most.in_fragility : most.elsewhere);
    for (size_t i = 0; i < count; ++i) kept.insert({of.first, of.second, samples[i].second});
  }
  const auto is_left_out = [&](const PictureRecord& picture) {
    return kept.count({picture.suite, picture.explainer, {picture.sample_id, picture.sample}}) == 0;
  };
  run.pictures.erase(std::remove_if(run.pictures.begin(), run.pictures.end(), is_left_out), run.pictures.end());
  return run;
}

}  // namespace faultline
