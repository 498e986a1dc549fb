#include "report/synthetic_run.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/numbers.h"
#include "core/random.h"
#include "data/npy.h"
#include "suites/facts.h"

namespace faultline::testing {
namespace {

struct Condition {
  const char* label;
  bool is_attack;
  const char* kind;
  double strength;  ///< how much of the map it moves at the largest epsilon
};

const Condition kConditions[] = {{"ghorbani-topk", true, "", 0.8},
                                 {"ghorbani-mass-center", true, "", 0.55},
                                 {"random-sign-walk", false, "walk", 0.3},
                                 {"random-sign-one-shot", false, "one-shot", 0.2}};
const double kEpsilons[] = {2 / 255.0, 4 / 255.0, 8 / 255.0};

double noise(const std::string& purpose, uint64_t sample) { return RandomStream(7, purpose, sample).uniforms(0, 1)[0]; }

std::string sample_name(const SyntheticPlan& plan, int i) {
  return i == 1 && !plan.odd_name.empty() ? plan.odd_name : "digits/" + std::to_string(i) + ".png";
}

/// A blob of a digit's size at (row, column).
at::Tensor blob(int channels, double row, double column, double width) {
  at::Tensor out = at::zeros({channels, 28, 28}, at::kFloat);
  auto values = out.accessor<float, 3>();
  for (int c = 0; c < channels; ++c) {
    for (int y = 0; y < 28; ++y) {
      for (int x = 0; x < 28; ++x) {
        const double far = std::pow(y - row - 2 * c, 2) + std::pow(x - column, 2);
        values[c][y][x] = static_cast<float>(std::exp(-far / (2 * width * width)));
      }
    }
  }
  return out;
}

/// What no encoder makes smaller.
at::Tensor noise(const SyntheticPlan& plan, const std::string& explainer, int sample, uint32_t draw) {
  const int64_t count = plan.channels * plan.side * plan.side;
  return at::tensor(RandomStream(7, "noise/" + explainer, sample).uniforms(draw, count), at::kFloat)
      .reshape({plan.channels, plan.side, plan.side});
}

void write_pictures(const RunStore& run, const SyntheticPlan& plan, const std::string& explainer, const std::string& condition,
                    int sample, double moved, std::vector<PictureRecord>& pictures) {
  const at::Tensor image = plan.side == 28 ? blob(plan.channels, 10 + sample % 5, 13, 4) : noise(plan, explainer, sample, 0);
  const auto signs = RandomStream(7, "picture/" + explainer, sample).signs(0, image.numel());
  const at::Tensor delta = at::tensor(signs, at::kDouble).reshape(image.sizes()).to(at::kFloat) * (8 / 255.0);
  const std::pair<const char*, at::Tensor> parts[] = {
      {facts::part::kImage, image},
      {facts::part::kPerturbed, (image + delta).clamp(0, 1)},
      {facts::part::kMapBefore, plan.side == 28 ? blob(plan.channels, 10, 10, 2.5) - 0.2 * blob(plan.channels, 18, 16, 2)
                                                : noise(plan, explainer, sample, 1)},
      {facts::part::kMapAfter,
       plan.side == 28 ? blob(plan.channels, 10 + 8 * moved, 10 + 8 * moved, 2.5) : noise(plan, explainer, sample, 2)}};
  for (const auto& [part, array] : parts) {
    const std::string file = "maps/" + explainer + "-" + std::to_string(sample) + "-" + part + ".npy";
    write_npy(run.path(file), array);
    pictures.push_back(
        {facts::kFragility, explainer, condition, sample_name(plan, sample), static_cast<uint64_t>(sample), file, part});
  }
}

Facts run_facts(const SyntheticPlan& plan) {
  using namespace facts;
  Facts out{{kSamplesAsked, std::to_string(plan.samples)},
            {kSelectionMetric, "top-k"},
            {kCommand,
             "faultline audit --model lenet.pt --data digits --explainer gradient --explainer smooth-grad --epsilon "
             "2/255,4/255,8/255 --seed 42"},
            {key({kVersion, "faultline"}), "0.1.0"},
            {key({kVersion, "libtorch"}), "1.13.0"},
            {key({kHash, "model"}), "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
            {method(kExplainer, "smooth-grad", kFormula), "R = mean over j of g(x + eta_j), eta normal"},
            {method(kExplainer, "smooth-grad", kSource), "Smilkov et al. 2017"},
            {explainer("gradient", kSpec), "gradient:map=signed,output=logit"},
            {explainer("gradient", kRole), kSubject},
            {explainer("gradient", kOrder), "0"},
            {explainer("gradient", "chosen-beta"), "12.5"},
            {explainer("smooth-grad", kSpec), "smooth-grad:samples=50,sigma=0.10000000000000001"},
            {explainer("smooth-grad", kRole), kSubject},
            {explainer("smooth-grad", kOrder), "1"},
            {explainer("random", kRole), kControl},
            {metric("top-k", "title"), "top-k intersection"},
            {metric("top-k", "k"), "top 10 %"},
            {metric("top-k", "trivial"), "1"},
            {metric("top-k", "direction"), "higher-is-better"},
            {metric("spearman", "title"), "Spearman correlation"},
            {metric("spearman", "trivial"), "1"},
            {metric("spearman", "direction"), "higher-is-better"},
            {metric("center-shift", "title"), "shift of the centre"},
            {metric("center-shift", "unit"), "px"},
            {metric("center-shift", "trivial"), "0"},
            {metric("center-shift", "direction"), "lower-is-better"}};
  std::string ids;
  for (int i = 0; i < plan.samples; ++i) ids += (i ? "\n" : "") + sample_name(plan, i);
  out[kSampleIds] = ids;
  out[kPredictions] = "0:7 1:12";
  return out;
}

void fill_condition(Facts& out, const std::string& explainer, const std::string& name, const Condition& condition,
                    double epsilon) {
  using namespace facts;
  const auto put = [&](const char* field, const std::string& text) { out[facts::condition(explainer, name, field)] = text; };
  put(kAttack, std::string(condition.label) + ":epsilon=" + exact_number(epsilon) + ",iterations=100");
  put(kLabel, condition.label);
  put(kEpsilon, exact_number(epsilon));
  put(kRole, condition.is_attack ? kAttack : kControl);
  put(kKind, condition.kind);
  put(kIterations, std::string(condition.kind) == "one-shot" ? "1" : "100");
}

/// The rounding floor of an explainer: every sample's clean map in float32 against float64.
void write_rounding(RunStore& run, const SyntheticPlan& plan, const std::string& explainer) {
  using namespace facts;
  std::vector<Record> records;
  for (int i = 0; i + 1 < plan.samples; ++i) {
    Record r{kFragility, explainer, kRounding, "", sample_name(plan, i), static_cast<uint64_t>(i), std::nullopt, "", {}};
    const auto add = [&](const char* metric, double value) {
      r.set(metric, value, "");
      records.push_back(r);
    };
    add("top-k", plan.rounding_left);
    add("spearman", 0.999);
    add("center-shift", 0.01);
    add(quantity::kRoundingError, 0.001 * (i + 1));
  }
  run.commit_unit(
      key({kFragility, explainer, kRounding}), records, {}, {},
      {{condition(explainer, kRounding, kRole), kRounding}, {condition(explainer, kRounding, kLabel), "rounding to float32"}});
}

/// The ledger of an explainer: every usable sample leaks a quarter, and one has no map.
void write_ledger(RunStore& run, const SyntheticPlan& plan, const std::string& explainer) {
  using namespace facts;
  std::vector<Record> records;
  for (int i = 0; i + 1 < plan.samples; ++i) {
    const std::string reason = i == 0 ? health::kZeroMap : "";
    Record r{kFragility, explainer, kLedger, "", sample_name(plan, i), static_cast<uint64_t>(i), std::nullopt, "", {}};
    for (const auto& [metric, value] :
         {std::pair(quantity::kRelevanceLeak, 0.25), std::pair(quantity::kRelevanceMagnitude, 2.5)}) {
      r.set(metric, value, reason);
      records.push_back(r);
    }
  }
  const auto leak = [&](const std::string& node, const char* operation, const char* column, double share) {
    records.push_back({kFragility, explainer, kLedger, quantity::leak(node, operation, column), "", 0, share, "", {}});
  };
  leak("fc1", "linear", "bias", 0.2);
  leak("conv|1 <b>", "convolution", "padding", -0.05);
  for (int i = 2; i < 7; ++i) leak("conv" + std::to_string(i), "convolution", "zero-denominator", 0.02);
  run.commit_unit(key({kFragility, explainer, kLedger}), records);
}

}  // namespace

void write_synthetic_run(const std::string& folder, const SyntheticPlan& plan) {
  using namespace facts;
  auto run = RunStore::create(folder, {{"model", "models/lenet.pt"},
                                       {"data", "data/digits"},
                                       {"seed", "42"},
                                       {"dtype", "float32"},
                                       {"range", "0,1"},
                                       {"explainers", "gradient smooth-grad random"},
                                       {"free.threads", "2"}});
  run.set_facts(run_facts(plan));
  const int last = plan.samples - 1;
  run.commit_unit(key({kSamples, kFinish}),
                  {{"", "", "", "", sample_name(plan, last), static_cast<uint64_t>(last), std::nullopt, "undecodable", {}}});
  if (plan.is_out_of_range) {
    run.commit_unit(key({kFragility, kFinish}), {},
                    {{kFragility, "", "", "out-of-range-input", 0.25, 0.25, 0.25, "Give the range of the data."}});
  }
  if (plan.with_ledger) write_ledger(run, plan, "gradient");
  for (const std::string name : {"gradient", "smooth-grad", "random"}) {
    write_rounding(run, plan, name);
    for (const auto& condition : kConditions) {
      for (const double epsilon : kEpsilons) {
        const std::string at = condition_name(condition.label, short_number(epsilon));
        std::vector<Record> records;
        std::vector<PictureRecord> pictures;
        Facts more;
        fill_condition(more, name, at, condition, epsilon);
        double strength = condition.strength * epsilon * 255 / 8;
        if (name == "smooth-grad") strength *= plan.attack_is_useless && condition.is_attack ? 0.2 : 0.6;
        if (name == "random") strength = 0.9;
        for (int i = 0; i + 1 < plan.samples; ++i) {
          Record r{kFragility, name, at, "", sample_name(plan, i), static_cast<uint64_t>(i), std::nullopt, "", {}};
          const auto add = [&](const char* metric, double value) {
            r.metric = metric;
            r.value = value;
            records.push_back(r);
          };
          if (name == "gradient" && i + 2 == plan.samples) {
            r.reason = "zero-map";
            for (const char* metric : {"top-k", "spearman", "center-shift"}) {
              r.metric = metric;
              records.push_back(r);
            }
            continue;
          }
          const double moved = strength * (0.7 + 0.4 * noise(name + at, i));
          add("top-k", std::max(0.0, 1 - moved));
          add("spearman", 1 - 1.1 * moved);
          add("center-shift", 6 * moved);
          add(quantity::kKept, condition.is_attack && epsilon > 0.02 && i == 3 ? 0 : 1);
          add(quantity::kLinf, epsilon);
          add(quantity::kL2, epsilon * 22);
          add(quantity::kMeanAbsShare, condition.is_attack ? 0.8 : 0.4);
          add(quantity::kEvaluations, std::string(condition.kind) == "one-shot" ? 2 : 201);
          add(quantity::kLabelLostShare, 0.01);
          add(quantity::kProbabilityChange, 0.02 * moved);
          if (plan.with_pictures && epsilon > 0.03 && std::string(condition.label) == "ghorbani-topk" && i < 5) {
            write_pictures(run, plan, name, at, i, moved, pictures);
          }
        }
        std::vector<HealthRecord> health;
        if (name == "gradient" && condition.is_attack && epsilon > 0.03) {
          health.push_back({kFragility, name, at, "still-improving", 0.12, 0.05, 0.31,
                            "Give the attack more iterations: it had not come to rest."});
        }
        if (name == "smooth-grad" && condition.is_attack && epsilon > 0.03 && !plan.warning.empty()) {
          health.push_back({kFragility, name, at, plan.warning, 0.7, 0.5, 0.5, "Look at this."});
        }
        run.commit_unit(name + "/" + at, records, health, pictures, more);
      }
    }
  }
}

}  // namespace faultline::testing
