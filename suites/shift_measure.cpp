#include "suites/shift_measure.h"

#include <cmath>

#include "core/error.h"
#include "core/numbers.h"
#include "core/random.h"
#include "explainers/output_options.h"
#include "metrics/similarity.h"
#include "suites/shift_facts.h"

namespace faultline {
namespace {

constexpr double kAllowedFloat64 = 1e-10, kAllowedFloat32 = 1e-4;  // attacks sheet 7.2
constexpr double kRounding = 1e-13;                                // of the range: more than float64 loses on its way to a kink
/// A map that such a rounding changes by more lies on a kink: equal values under a max pool, as flat backgrounds give.
constexpr double kOnKink = 1e-9;

struct Side {
  at::Tensor maps, logits;
};

/// Maps and logits at x (float64) moved by m (undefined: not moved), in the pair's dtype: moved in float64 and rounded once.
Side side_of(const ShiftedPair& pair, const Samples& samples, const at::Tensor& x, const at::Tensor& m, const Context& context) {
  const at::Tensor moved = m.defined() ? x + m.to(x.device()) : x;
  const Samples at_x = samples.with_inputs(moved.to(pair.network.dtype()));
  return {pair.explainer->explain(pair.network, at_x, context).maps, block_logits(pair.network, points_of(at_x), context.passes)};
}

bool is_refusal(const Error& error) {
  return error.kind() == ErrorKind::usage || error.kind() == ErrorKind::input || error.kind() == ErrorKind::nothing_tested;
}

class Measurement {
 public:
  Measurement(const Audit& audit, ShiftNetworks& networks, const Subject& subject, UnitResult* out)
      : audit_(audit), networks_(networks), subject_(subject), out_(*out) {
    context_.figures = false;
  }

  void refuse(const ShiftCondition& condition, const Samples& samples, const std::string& why) {
    for (int64_t row = 0; row < samples.size(); ++row)
      put(condition, samples, row, facts::quantity::kRelativeChange, 0, facts::kNotApplicable);
    out_.facts[facts::condition(subject_.label, condition.name, facts::kNotApplicable)] = why;
  }

  /// The maps of network 1 in both dtypes, which all conditions are compared with. Returns why there are none.
  std::string look_at_first(ShiftReference reference, const Samples& samples) {
    const at::Tensor x = samples.inputs.to(at::kDouble);
    inputs_ = {{at::kDouble, x}, {at::kFloat, x}};
    try {
      for (const auto dtype : {at::kDouble, at::kFloat})
        first_[dtype] = side_of(networks_.first(subject_, reference, dtype), samples, x, {}, context_);
      const ShiftedPair pair = networks_.first(subject_, reference, at::kDouble);
      kinks_ = kink_floors(pair, samples);
      leaves_kink_.clear();
      for (const double floor : kinks_) leaves_kink_.push_back(floor > kOnKink);
      if (std::find(leaves_kink_.begin(), leaves_kink_.end(), true) == leaves_kink_.end()) return "";
      inputs_[at::kDouble] = off_kinks(samples);
      first_[at::kDouble] = side_of(pair, samples, inputs_.at(at::kDouble), {}, context_);
      kinks_ = kink_floors(pair, samples);
    } catch (const Error& error) {
      if (!is_refusal(error)) throw;
      return error.what();
    }
    return "";
  }

  void compare(const ShiftCondition& condition, const Samples& samples) {
    Context context = context_;
    if (condition.moves_range) context.range = shifted_range(context.range, condition.shift.m);
    std::map<at::ScalarType, Side> second;
    try {
      for (const auto dtype : {at::kDouble, at::kFloat})
        second[dtype] =
            side_of(networks_.second(subject_, condition, dtype), samples, inputs_.at(dtype), condition.shift.m, context);
    } catch (const Error& error) {
      if (!is_refusal(error)) throw;
      return refuse(condition, samples, error.what());
    }
    using namespace facts::quantity;
    for (const auto& [dtype, premise, change] :
         {std::tuple(at::kDouble, kPremise, kRelativeChange), std::tuple(at::kFloat, kPremiseFloat32, kRelativeChangeFloat32)}) {
      const std::vector<double> gaps = premise_gaps(first_.at(dtype).logits, second.at(dtype).logits);
      check_premise(gaps, samples, dtype, subject_.label + ", " + condition.name);
      const std::vector<double> changes = relative_changes(first_.at(dtype).maps, second.at(dtype).maps);
      for (int64_t row = 0; row < samples.size(); ++row) {
        const double moved = changes[static_cast<size_t>(row)];
        put(condition, samples, row, premise, gaps[static_cast<size_t>(row)], "");
        std::string reason;
        if (!std::isfinite(moved)) reason = facts::health::kNonFiniteMap;
        // Two maps of zeros agree and say nothing.
        if (moved == 0 && !first_.at(dtype).maps[row].any().item<bool>()) reason = facts::health::kZeroMap;
        put(condition, samples, row, change, moved, reason);
      }
    }
    for (int64_t row = 0; row < samples.size(); ++row) {
      const double floor = kinks_[static_cast<size_t>(row)];
      put(condition, samples, row, kKinkFloor, floor, std::isfinite(floor) ? "" : facts::health::kNonFiniteMap);
      put(condition, samples, row, kOffKink, leaves_kink_[static_cast<size_t>(row)], "");
    }
    for (const Spec& spec : audit_.metrics) {
      const auto values = similarity_metrics().make(spec)->compare(first_.at(at::kDouble).maps, second.at(at::kDouble).maps);
      for (int64_t row = 0; row < samples.size(); ++row) {
        const auto place = static_cast<size_t>(row);
        put(condition, samples, row, spec.name, values.values[place], values.reasons[place]);
      }
    }
  }

 private:
  void put(const ShiftCondition& condition, const Samples& samples, int64_t row, const std::string& metric, double value,
           const std::string& reason) {
    Record record = record_of(facts::kShift, subject_, condition.name, samples, row);
    record.set(metric, value, reason);
    out_.records.push_back(std::move(record));
  }

  /// Signs of +-1 for every input, keyed by sample.
  at::Tensor signs(const Samples& samples) const {
    std::vector<at::Tensor> rows;
    for (const uint64_t id : samples.ids) {
      const auto values = RandomStream(context_.seed, "suite/shift", id).signs(0, static_cast<size_t>(samples.inputs[0].numel()));
      rows.push_back(at::tensor(values, at::kDouble).reshape(samples.inputs[0].sizes()));
    }
    return at::stack(rows).to(samples.inputs.device());
  }

  /// What a rounding of the float64 inputs does to the maps of network 1.
  std::vector<double> kink_floors(const ShiftedPair& pair, const Samples& samples) const {
    const at::Tensor step = kRounding * context_.range.width() * signs(samples);
    const Side moved = side_of(pair, samples, inputs_.at(at::kDouble), step, context_);
    return relative_changes(first_.at(at::kDouble).maps, moved.maps);
  }

  /// The inputs with those that lie on a kink moved to a place in general position next to them, nearer than anybody could see.
  at::Tensor off_kinks(const Samples& samples) const {
    const at::Tensor x = samples.inputs.to(at::kDouble);
    std::vector<at::Tensor> rows;
    for (int64_t row = 0; row < samples.size(); ++row) {
      if (!leaves_kink_[static_cast<size_t>(row)]) {
        rows.push_back(x[row]);
        continue;
      }
      const auto uniforms = RandomStream(context_.seed, "suite/shift", samples.ids[static_cast<size_t>(row)])
                                .uniforms(1, static_cast<size_t>(x[row].numel()));
      const at::Tensor u = at::tensor(uniforms, at::kDouble).reshape(x[row].sizes()).to(x.device());
      rows.push_back(x[row] + kOffKinkReach * context_.range.width() * (2 * u - 1));
    }
    return at::stack(rows);
  }

  const Audit& audit_;
  ShiftNetworks& networks_;
  const Subject& subject_;
  UnitResult& out_;
  std::map<at::ScalarType, at::Tensor> inputs_;  ///< float64 arrays, by the dtype that reads them
  std::vector<double> kinks_;
  std::vector<bool> leaves_kink_;
  Context context_ = audit_.context;
  std::map<at::ScalarType, Side> first_;
};

}  // namespace

std::vector<double> premise_gaps(const at::Tensor& first, const at::Tensor& second) {
  const at::Tensor a = first.to(at::kDouble), b = second.to(at::kDouble);
  const at::Tensor scale = std::get<0>(a.abs().max(1)).clamp_min(1);
  const at::Tensor gaps = (std::get<0>((a - b).abs().max(1)) / scale).to(at::kCPU).contiguous();
  return {gaps.data_ptr<double>(), gaps.data_ptr<double>() + gaps.numel()};
}

void check_premise(const std::vector<double>& gaps, const Samples& samples, at::ScalarType dtype, const std::string& where) {
  const double most = dtype == at::kDouble ? kAllowedFloat64 : kAllowedFloat32;
  for (size_t i = 0; i < gaps.size(); ++i) {
    if (gaps[i] <= most) continue;
    throw_input(std::string(facts::kShift) + ": " + where,
                "the network that reads shifted inputs answers otherwise: the logits of sample " + samples.names[i] +
                    " differ by " + short_number(gaps[i]) + " of their size, " + short_number(most) + " is allowed",
                "leave --suite shift out for this network; its maps must not be compared");
  }
}

std::vector<double> relative_changes(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor first = a.to(at::kDouble).flatten(1), second = b.to(at::kDouble).flatten(1);
  const at::Tensor size = first.norm(2, 1), change = (first - second).norm(2, 1);
  const at::Tensor out = at::where(size > 0, change / size, change).to(at::kCPU).contiguous();
  return {out.data_ptr<double>(), out.data_ptr<double>() + out.numel()};
}

UnitResult shift_unit(const Audit& audit, ShiftNetworks& networks, const Subject& subject,
                      const std::vector<ShiftCondition>& conditions, const std::vector<int64_t>& rows) {
  UnitResult out;
  Measurement measurement(audit, networks, subject, &out);
  for (size_t begin = 0; begin < rows.size(); begin += static_cast<size_t>(audit.batch)) {
    const auto end = std::min(rows.size(), begin + static_cast<size_t>(audit.batch));
    const Samples samples =
        load_samples(audit, subject, {rows.begin() + static_cast<int64_t>(begin), rows.begin() + static_cast<int64_t>(end)});
    const std::string refusal = measurement.look_at_first(conditions.front().reference, samples);
    for (const auto& condition : conditions) {
      if (!condition.obstacle.empty() || !refusal.empty()) {
        measurement.refuse(condition, samples, condition.obstacle.empty() ? refusal : condition.obstacle);
      } else {
        measurement.compare(condition, samples);
      }
    }
  }
  return out;
}

double shift_cost(const Subject& subject, size_t conditions) {
  // Beside both maps of every condition and of network 1 one that looks for kinks, and two more where the inputs lie on some.
  return static_cast<double>(2 * (1 + conditions) + 2) * static_cast<double>(1 + subject.explainer->traits().points);
}

}  // namespace faultline
