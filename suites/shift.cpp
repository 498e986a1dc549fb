#include "suites/shift.h"

#include <cmath>
#include <filesystem>

#include "core/error.h"
#include "suites/shift_facts.h"
#include "suites/shift_measure.h"
#include "suites/shift_optimised.h"
#include "suites/shift_pictures.h"
#include "suites/unit_rows.h"

namespace faultline {
namespace {

constexpr double kInvariantFloat64 = 1e-8, kInvariantFloat32 = 1e-4;  // attacks sheet 7.2
/// A change beyond 1e-8 that moving the input by as much as rounding does makes about as well says nothing of the shift.
constexpr double kKinkReach = 2;

bool promises_invariance(const Audit& audit, const Subject& subject) {
  try {
    const auto claims = subject.explainer->claims(audit.network);
    return std::any_of(claims.begin(), claims.end(), [](const Claim& claim) { return claim.axiom == "shift-invariance"; });
  } catch (const Error& error) {
    return false;  // it refuses this network, which is recorded where its maps are asked for
  }
}

/// What all samples of one condition say together.
struct Whole {
  std::map<std::string, double> changes, kinks;  ///< by sample
  double largest_premise = 0;
  int64_t within_float32 = 0, of_float32 = 0;

  void add(const Record& record) {
    using namespace facts::quantity;
    if (!record.value) return;
    const double value = *record.value;
    if (record.metric == kRelativeChange) {
      changes[record.sample] = value;
    } else if (record.metric == kKinkFloor) {
      kinks[record.sample] = value;
    } else if (record.metric == kPremise) {
      largest_premise = std::max(largest_premise, value);
    } else if (record.metric == kRelativeChangeFloat32) {
      ++of_float32;
      within_float32 += value <= kInvariantFloat32;
    }
  }
};

/// One that stays does no harm.
void remove_baselines(const RunStore& store) {
  const std::filesystem::path files = store.path(kBaselineFiles);
  std::error_code ignored;
  std::vector<std::filesystem::path> leftovers;
  for (const auto& entry : std::filesystem::directory_iterator(files.parent_path(), ignored)) {
    if (entry.path().filename().string().rfind(files.filename().string(), 0) == 0) leftovers.push_back(entry.path());
  }
  for (const auto& path : leftovers) std::filesystem::remove(path, ignored);
}

}  // namespace

const OptionTable<ShiftOptions>& Shift::options() {
  using O = ShiftOptions;
  static const auto table =
      OptionTable<O>()
          .text("shift", &O::shifts,
                "what is added to every pixel: numbers separated by |, each times the width of the legal range",
                "Kindermans 2017: -1 for pixels in 0 to 1", "NUMBER|NUMBER...")
          .flag("per-channel", &O::per_channel, "also a shift that differs by channel, where there is more than one")
          .choice<ShiftImage>("image", &O::image,
                              {{"chequers", ShiftImage::chequers}, {"sample", ShiftImage::sample}, {"none", ShiftImage::none}},
                              "also a shift by a picture: chequers, or the first sample", "Kindermans 2017: a chequered box")
          .choice<ShiftCompensations>("compensate", &O::compensations,
                                      {{"both", ShiftCompensations::both},
                                       {"first-linear", ShiftCompensations::first_linear},
                                       {"normalisation", ShiftCompensations::normalisation}},
                                      "where the network takes the shift back; both: in the normalisation too, if it has one")
          .flag("references", &O::references, "also the usual reference inputs, kept and moved along, for methods with baseline=")
          .integer("optimised", &O::optimised, {0, 1000},
                   "samples for which a shift is searched that draws a picture into the map")
          .text("picture", &O::picture, "what to draw: cat, or an image file", "Kindermans 2017: a cat", "cat|FILE")
          .number_or("none", "bound", &O::bound, {1e-6, 1e6}, "largest searched shift, times the width of the legal range",
                     "Kindermans 2017: 0.3")
          .integer("iterations", &O::iterations, {1, 100000}, "of the search where no closed form exists");
  return table;
}

Shift::Shift(Options options) : options_(std::move(options)) {}

Facts Shift::facts(const Audit& audit) const {
  Facts out;
  for (const auto& subject : audit.subjects) {
    const bool is_promised = promises_invariance(audit, subject);
    for (const auto& reference : shift_references(subject, options_)) {
      for (const auto& condition : shift_conditions(audit, subject, reference, options_)) {
        const auto set = [&](const char* field, const std::string& value) {
          out[facts::condition(subject.label, condition.name, field)] = value;
        };
        set(facts::kRole, facts::kShift);
        set(facts::kLabel, condition.name);
        set(facts::kShift, condition.shift.name);
        set("compensate", name_of(condition.compensation));
        if (!text_of(reference).empty()) set("reference", text_of(reference));
        if (condition.name.find(",range=") != std::string::npos) set("range", condition.moves_range ? "shifted" : "original");
        if (is_promised) set("promised", "1");
        if (!condition.obstacle.empty()) set(facts::kNotApplicable, condition.obstacle);
      }
    }
    if (options_.optimised == 0 || subject.is_control) continue;
    const std::string name = optimised_name(options_);
    out[facts::condition(subject.label, name, facts::kRole)] = facts::kOptimised;
    out[facts::condition(subject.label, name, facts::kLabel)] = name;
    if (const std::string why = cannot_optimise(audit, subject); !why.empty())
      out[facts::condition(subject.label, name, facts::kNotApplicable)] = why;
  }
  return out;
}

std::vector<Unit> Shift::plan(const Audit& audit, RunStore& store, const Speed& speed) const {
  const auto networks = std::make_shared<ShiftNetworks>(audit, store);
  const ShiftOptions options = options_;
  if (options.optimised > 0) target_picture(options.picture, 8, 8);  // an unreadable file is said now
  constexpr double kDoubleAndSingle = 1.5;                           // float64 takes about twice as long
  std::vector<Unit> units;
  for (const auto& subject : audit.subjects) {
    for (const auto& reference : shift_references(subject, options)) {
      const auto conditions =
          std::make_shared<const std::vector<ShiftCondition>>(shift_conditions(audit, subject, reference, options));
      const std::string part = text_of(reference).empty() ? "as given" : text_of(reference);
      for (const auto& rows : unit_rows(audit)) {
        units.push_back(
            {unit_key(audit, kName, subject, part, rows),
             shift_cost(subject, conditions->size()) * static_cast<double>(rows.size()),
             [&audit, &subject, networks, conditions, rows] { return shift_unit(audit, *networks, subject, *conditions, rows); },
             kDoubleAndSingle * speed.of_maps(subject)});
      }
    }
    if (options.optimised == 0 || subject.is_control || !cannot_optimise(audit, subject).empty()) continue;
    const auto count = std::min<int64_t>(options.optimised, static_cast<int64_t>(audit.samples.size()));
    for (int64_t row = 0; row < count; ++row) {
      units.push_back({unit_key(audit, kName, subject, optimised_name(options), {row}), optimised_cost(subject, options),
                       [&audit, &store, &subject, networks, options, row] {
                         return optimised_unit(audit, store, *networks, subject, options, {row});
                       },
                       2 * speed.of_maps(subject)});
    }
  }
  return units;
}

void Shift::finish(const Audit& audit, RunStore& store) const {
  remove_baselines(store);
  const std::string key = facts::key({kName, facts::kFinish});
  if (store.is_done(key)) return;
  std::map<std::pair<std::string, std::string>, Whole> wholes;
  for (const auto& record : store.records()) {
    if (record.suite == kName) wholes[{record.explainer, record.condition}].add(record);
  }
  std::vector<Record> records;
  Facts verdicts;
  for (const auto& [place, whole] : wholes) {
    const auto& [explainer, condition] = place;
    if (condition.rfind(facts::kOptimised, 0) == 0) continue;
    int64_t at_kinks = 0, decided = 0;
    double largest = 0;
    for (const auto& [sample, change] : whole.changes) {
      const auto kink = whole.kinks.find(sample);
      const bool is_at_kink = change > kInvariantFloat64 && kink != whole.kinks.end() && change <= kKinkReach * kink->second;
      is_at_kink ? ++at_kinks : ++decided;
      if (!is_at_kink) largest = std::max(largest, change);
    }
    const bool is_invariant = largest <= kInvariantFloat64;
    verdicts[facts::condition(explainer, condition, facts::kVerdict)] = decided == 0   ? facts::kNotMeasured
                                                                        : is_invariant ? facts::kInvariant
                                                                                       : facts::kNotInvariant;
    if (whole.changes.empty()) continue;
    const auto put = [&, &explainer = explainer, &condition = condition](const char* metric, double value) {
      Record record;
      record.suite = kName;
      record.explainer = explainer;
      record.condition = condition;
      record.set(metric, value, "");
      records.push_back(std::move(record));
    };
    put(facts::quantity::kAtKinks, static_cast<double>(at_kinks));
    if (decided > 0) put(facts::quantity::kIsInvariant, is_invariant ? 1 : 0);
    if (decided > 0) put(facts::quantity::kLargestChange, largest);
    put(facts::quantity::kLargestPremise, whole.largest_premise);
    if (whole.of_float32 > 0) {
      put(facts::quantity::kWithinFloat32, static_cast<double>(whole.within_float32) / static_cast<double>(whole.of_float32));
    }
  }
  store.commit_unit(key, records, {}, {}, verdicts);
}

std::vector<GatedScore> Shift::gated_scores(const Audit&, const std::map<std::string, std::string>& conditions) const {
  std::vector<GatedScore> out;
  for (const auto& [condition, role] : conditions) {
    const char* metric = role == facts::kOptimised ? facts::quantity::kPictureAfter : facts::quantity::kRelativeChange;
    out.push_back({condition, metric, Direction::lower_is_better});
  }
  return out;
}

}  // namespace faultline
