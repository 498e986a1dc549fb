#pragma once
#include "suites/map_similarities.h"
#include "suites/original_maps.h"
#include "suites/randomised_networks.h"

namespace faultline {

/// The work of the suite parameter-randomization: what one unit measures. Shared by its units; safe to use from several threads.
class RandomisationWork {
 public:
  RandomisationWork(const Audit& audit, RunStore& store, const ParameterRandomization::Options& options);

  const std::vector<ParameterLayer>& layers() const { return networks_.layers(); }
  /// One stage of one order: all draws, all samples.
  UnitResult stage(const Subject& subject, const RandomisationStage& stage);
  /// What the stages are held against: pairs of random networks, another class, the rise of complexity; pictures of the trained
  /// network's maps.
  UnitResult reference(const Subject& subject);

 private:
  struct Batch {
    int64_t begin;
    Samples samples;
  };
  Batch batch_from(const Subject& subject, int64_t begin) const;
  at::Tensor original(const Subject& subject, const Batch& batch);
  /// explainer: the subject's own, or one fitted on `network`.
  at::Tensor maps(const Network& network, const Explainer& explainer, Samples samples, bool is_original) const;
  std::shared_ptr<const Explainer> explainer_for(const Subject& subject, const Network& network) const;
  void keep_picture(const Subject& subject, const std::string& condition, const Batch& batch, const at::Tensor& arrays,
                    const char* part, UnitResult* out) const;

  const Audit& audit_;
  RunStore& store_;
  ParameterRandomization::Options options_;
  RandomisedNetworks networks_;
  OriginalMaps originals_;
};

/// What `body` yields, or, where the explainer refuses, a `not-applicable` record of every sample with the reason as a fact.
UnitResult or_not_applicable(const Audit& audit, const Subject& subject, const std::string& condition,
                             const std::function<UnitResult()>& body);

}  // namespace faultline
