#pragma once
#include "models/randomised.h"
#include "suites/facts.h"
#include "suites/suite.h"

namespace faultline {

/// Does a map depend on what the network learned? Layers are drawn anew, from the output down (cascading), from the input up
/// (bottom-up) and one at a time (independent), and each sample's map is compared with that of the trained network (Adebayo,
/// Gilmer, Muelly, Goodfellow, Hardt, Kim 2018; Hedstroem et al. 2023 for the smooth and efficient forms). The null reference is
/// how alike the maps of entirely random networks are.
///
/// Records: condition "cascading/003:conv1" (stage and the layer it adds), per sample the mean similarity over `repeats` draws;
/// "null/0-1" a pair of random networks; "random-logit" the trained network's maps of two classes (Sixt, Granz, Landgraf 2020);
/// "efficient" the rise of the map's complexity. Whole conditions: "repeat-sd:METRIC", the spread over the draws of the mean over
/// samples. An explainer that refuses a network is `not-applicable` with its reason as a fact.
class ParameterRandomization final : public Suite {
 public:
  static constexpr const char* kName = "parameter-randomization";
  static constexpr const char* kSummary = "whether maps change when the network's parameters are drawn anew";
  enum class Order { all, cascading, bottom_up, independent };
  enum class Statistics { recalibrate, keep, reset };
  enum class Class { original, own };
  struct Options {
    Order order = Order::all;
    int64_t repeats = 5;
    Initialiser init = Initialiser::layer;
    std::optional<double> init_std = 0.1;  ///< empty: 2 / sqrt(fan in)
    double init_bias = 0.1;
    Statistics bn = Statistics::recalibrate;
    int64_t recalibration_inputs = 512;
    Class explained = Class::original;
    int64_t null_networks = 5;
    int64_t smooth = 0;
    double smooth_noise = 0.1;
    int64_t pictures = 2;
  };
  static const OptionTable<Options>& options();
  explicit ParameterRandomization(Options options) : options_(options) {}

  Facts facts(const Audit& audit) const override;
  std::vector<Unit> plan(const Audit& audit, RunStore& store, const Speed& speed) const override;
  void finish(const Audit& audit, RunStore& store) const override;
  std::vector<GatedScore> gated_scores(const Audit& audit, const std::map<std::string, std::string>& conditions) const override;

 private:
  Options options_;
};

/// The stages of one order: which layers (places in parameter_layers()) have been drawn anew in each.
struct RandomisationStage {
  std::string condition;  ///< "cascading/003:conv1"
  std::string order;      ///< "cascading"
  std::vector<int64_t> layers;
};
std::vector<RandomisationStage> randomisation_stages(const std::vector<ParameterLayer>& layers,
                                                     ParameterRandomization::Order order);

}  // namespace faultline
