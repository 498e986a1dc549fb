#pragma once
#include "suites/data_randomization_facts.h"
#include "suites/label_training.h"
#include "suites/suite.h"

namespace faultline {

/// Does a map depend on what the network learned? The audit's own architecture is trained twice, on true and on permuted
/// labels, until both know 95 % of what they were told (Adebayo et al. 2018; attacks sheet 8.4). Their maps of the
/// audited samples, which neither saw, are compared for the class that the network of true labels predicts; an explainer that
/// learns is fitted to each network. Beside them stand the maps of two untrained networks. Trainings that do not get there are
/// `not-converged`: no verdict. Records: suites/data_randomization_facts.h. Docs: explanation/data-randomization.
class DataRandomization final : public Suite {
 public:
  static constexpr const char* kName = facts::kDataRandomization;
  static constexpr const char* kSummary =
      "trains the network on true and on permuted labels: does an explanation depend on what was learned?";
  struct Options {
    int64_t epochs = 100;
    int64_t batch = 50;
    double learning_rate = 1e-3;
    double accuracy = 0.95;
    std::string train_data, train_labels;
    int64_t train_samples = 1000;
    LabelStart start = LabelStart::same;
    bool other_seed = false;
    int64_t pictures = 3;
  };
  static const OptionTable<Options>& options();
  explicit DataRandomization(Options options) : options_(std::move(options)) {}

  bool runs_only_when_named() const override { return true; }
  Facts facts(const Audit& audit) const override;
  std::vector<Unit> plan(const Audit& audit, RunStore& store, const Speed& speed) const override;
  void finish(const Audit& audit, RunStore& store) const override;
  std::vector<GatedScore> gated_scores(const Audit& audit, const std::map<std::string, std::string>& conditions) const override;

 private:
  Options options_;
};

}  // namespace faultline
