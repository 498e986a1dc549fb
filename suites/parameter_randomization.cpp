#include "suites/parameter_randomization.h"

#include <cmath>
#include <cstdio>

#include "core/error.h"
#include "suites/original_maps.h"
#include "suites/parameter_randomization_units.h"
#include "suites/randomised_networks.h"
#include "suites/randomization_facts.h"

namespace faultline {
namespace {

/// Share of a pass over the whole network that recalibration takes, on the mean of the three orders: what lies below the first
/// layer that was drawn anew is kept.
constexpr double kRecomputed = 2.0 / 3;

/// "003:conv1"
std::string stage_name(const std::string& order, size_t number, const std::string& layer) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%03zu", number);
  return order + "/" + digits + ":" + layer;
}

}  // namespace

const OptionTable<ParameterRandomization::Options>& ParameterRandomization::options() {
  static const auto table =
      OptionTable<Options>()
          .choice("order", &Options::order,
                  {{"all", Order::all},
                   {"cascading", Order::cascading},
                   {"bottom-up", Order::bottom_up},
                   {"independent", Order::independent}},
                  "which layers are drawn anew together: from the output down, from the input up, one at a time", "Adebayo 2018")
          .integer("repeats", &Options::repeats, {1, 100}, "draws of every stage")
          .choice("init", &Options::init, initialiser_words(), "how parameters are drawn")
          .number_or("fan-in", "init-std", &Options::init_std, {1e-12, 1e6},
                     "standard deviation of truncated-normal; fan-in: 2 / sqrt(fan in)", "Adebayo 2018: 0.1")
          .number("init-bias", &Options::init_bias, {-1e6, 1e6}, "bias of truncated-normal", "Adebayo 2018: 0.1")
          .choice("bn", &Options::bn,
                  {{"recalibrate", Statistics::recalibrate}, {"keep", Statistics::keep}, {"reset", Statistics::reset}},
                  "running statistics of batch norm: estimated anew after every stage, kept, or 0 and 1")
          .integer("recalibration-inputs", &Options::recalibration_inputs, {2, 100000}, "clean inputs for that, at most")
          .choice("class", &Options::explained, {{"original", Class::original}, {"own", Class::own}},
                  "class explained on random networks: the trained network's, or each network's own", "Adebayo 2018: own")
          .integer("null-networks", &Options::null_networks, {2, 50}, "random networks of the null reference")
          .integer("smooth", &Options::smooth, {0, 10000}, "noisy inputs that every map is averaged over; 0: none",
                   "Hedstroem 2023: 50")
          .number("smooth-noise", &Options::smooth_noise, {0, 10}, "its standard deviation, over the input's max - min",
                  "Hedstroem 2023")
          .integer("pictures", &Options::pictures, {0, 100}, "samples whose maps are shown along the cascade");
  return table;
}

std::vector<RandomisationStage> randomisation_stages(const std::vector<ParameterLayer>& layers,
                                                     ParameterRandomization::Order order) {
  using Order = ParameterRandomization::Order;
  const auto count = static_cast<int64_t>(layers.size());
  std::vector<RandomisationStage> out;
  for (const auto& [wanted, name] : {std::pair{Order::cascading, facts::randomization::kCascading},
                                     std::pair{Order::bottom_up, facts::randomization::kBottomUp},
                                     std::pair{Order::independent, facts::randomization::kIndependent}}) {
    if (order != Order::all && order != wanted) continue;
    std::vector<int64_t> cumulative;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t place = wanted == Order::bottom_up ? i : count - 1 - i;
      if (wanted == Order::independent) cumulative.clear();
      cumulative.push_back(place);
      out.push_back({stage_name(name, static_cast<size_t>(i) + 1, layers[static_cast<size_t>(place)].name), name, cumulative});
    }
  }
  return out;
}

Facts ParameterRandomization::facts(const Audit& audit) const {
  Facts out;
  const auto set = [&](const char* field, const std::string& value) { out[facts::key({kName, field})] = value; };
  std::string names;
  for (const auto& layer : parameter_layers(audit.network)) names += (names.empty() ? "" : "\n") + layer.name;
  set("layers", names);
  const Spec spec = canonical_spec(kName, options_, options());
  for (const auto& [key, value] : spec.entries) set(key.c_str(), value);
  const bool recalibrates = options_.bn == Statistics::recalibrate && has_batch_norm(audit.network);
  if (!has_batch_norm(audit.network)) set("bn", "none");
  if (recalibrates) {
    set("recalibration-inputs", std::to_string(recalibration_inputs(audit, options_.recalibration_inputs).size(0)));
  }
  return out;
}

std::vector<Unit> ParameterRandomization::plan(const Audit& audit, RunStore& store, const Speed& speed) const {
  const auto work = std::make_shared<RandomisationWork>(audit, store, options_);
  std::vector<Unit> units;
  const auto samples = static_cast<double>(audit.samples.size());
  // Batch norm is estimated anew once a network, whichever explainer asks first.
  const bool recalibrates = options_.bn == Statistics::recalibrate && has_batch_norm(audit.network);
  const double recalibration =
      recalibrates ? kRecomputed * static_cast<double>(std::min(options_.recalibration_inputs, audit.data->size())) /
                         static_cast<double>(std::max<size_t>(1, audit.subjects.size()))
                   : 0;
  const auto add = [&](const Subject& subject, const std::string& condition, double maps,
                       const std::function<UnitResult()>& body) {
    const double points = static_cast<double>(std::max<int64_t>(1, subject.explainer->traits().points));
    const auto averaged = static_cast<double>(std::max<int64_t>(1, options_.smooth));
    units.push_back({facts::key({kName, subject.label, condition}), maps * (points * averaged * samples + recalibration),
                     [&audit, &subject, condition, body] { return or_not_applicable(audit, subject, condition, body); },
                     speed.of_maps(subject)});
  };
  for (const auto& subject : audit.subjects) {
    add(subject, facts::randomization::kReference, static_cast<double>(options_.null_networks + 2),
        [work, &subject] { return work->reference(subject); });
  }
  for (const auto& stage : randomisation_stages(work->layers(), options_.order)) {
    for (const auto& subject : audit.subjects) {
      add(subject, stage.condition, static_cast<double>(options_.repeats),
          [work, &subject, stage] { return work->stage(subject, stage); });
    }
  }
  return units;
}

void ParameterRandomization::finish(const Audit&, RunStore& store) const {
  const std::string key = facts::key({kName, facts::kFinish});
  if (!store.is_done(key)) store.commit_unit(key, {});
  OriginalMaps::remove(store, kName);
}

/// Where every layer has been drawn anew: stages on the way there say nearly the same, and would each ask for a stricter test.
std::vector<GatedScore> ParameterRandomization::gated_scores(const Audit& audit,
                                                             const std::map<std::string, std::string>& conditions) const {
  std::vector<GatedScore> out;
  for (const Order order : {Order::cascading, Order::bottom_up}) {
    const auto stages = randomisation_stages(parameter_layers(audit.network), order);
    if (!out.empty() || stages.empty() || conditions.count(stages.back().condition) == 0) continue;
    out.push_back({stages.back().condition, facts::randomization::kSpearmanAbs, Direction::lower_is_better});
  }
  return out;
}

}  // namespace faultline
