#include "suites/shift_conditions.h"

#include <cmath>

#include "core/error.h"
#include "suites/shift_pictures.h"

namespace faultline {
namespace {

/// One number a channel that broadcasts over the input [1,C,...].
at::Tensor per_channel(const std::vector<double>& values, const std::vector<int64_t>& input_shape) {
  std::vector<int64_t> shape(input_shape.size() + 1, 1);
  if (values.size() > 1) shape[1] = static_cast<int64_t>(values.size());
  return at::tensor(values, at::kDouble).reshape(shape);
}

std::vector<double> widths(const LegalRange& range) {
  std::vector<double> out;
  for (size_t i = 0; i < std::max(range.low.size(), range.high.size()); ++i)
    out.push_back(range.high[range.high.size() == 1 ? 0 : i] - range.low[range.low.size() == 1 ? 0 : i]);
  return out;
}

std::vector<double> numbers_of(const std::string& list) {
  std::vector<double> out;
  for (const auto& text : split(list, '|')) {
    const double value = parse_number(text, "shift=");
    if (value == 0 || !std::isfinite(value)) throw_usage("shift=", "'" + text + "' shifts nothing", "give numbers other than 0");
    if (std::find(out.begin(), out.end(), value) != out.end()) throw_usage("shift=", "'" + text + "' is given twice");
    out.push_back(value);
  }
  if (out.empty()) throw_usage("shift=", "is empty", "give one number or several: -1|0.5");
  return out;
}

at::Tensor whole(const at::Tensor& m, const std::vector<int64_t>& input_shape) {
  std::vector<int64_t> shape{1};
  shape.insert(shape.end(), input_shape.begin(), input_shape.end());
  return m.expand(shape).contiguous();
}

/// Whether the maps depend on the legal range as a place, by asking for one sample's with another range.
bool reads_range(const Audit& audit, const Subject& subject) {
  Context context = audit.context;
  context.figures = false;
  context.passes = nullptr;
  Context other = context;
  const double step = -context.range.width();
  for (auto* bounds : {&other.range.low, &other.range.high}) {
    for (double& bound : *bounds) bound += step;
  }
  try {
    const Samples one = load_samples(audit, subject, {0});
    const at::Tensor first = subject.explainer->explain(audit.network, one, context).maps;
    return !at::equal(first, subject.explainer->explain(audit.network, one, other).maps);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    return false;  // it refuses this network, which is recorded where its maps are asked for
  }
}

/// Whether the method declares a reference input of any kind that is needed here.
bool takes_baseline(const Subject& subject) {
  for (const auto& option : explainers().entry(subject.spec.name).options) {
    if (option.key != "baseline") continue;
    bool has_all = true;
    for (const std::string word : {"zero", "constant", "mean", "file"}) {
      const auto words = split(option.allowed, '|');
      has_all = has_all && std::find(words.begin(), words.end(), word) != words.end();
    }
    return has_all;
  }
  return false;
}

}  // namespace

std::vector<InputShift> input_shifts(const Audit& audit, const ShiftOptions& options) {
  const std::vector<int64_t>& shape = audit.network.graph().input_shape;
  const std::vector<double> factors = numbers_of(options.shifts);
  const at::Tensor width = per_channel(widths(audit.context.range), shape);
  std::vector<InputShift> out;
  for (const double factor : factors) out.push_back({short_number(factor), whole(factor * width, shape)});
  const int64_t channels = shape.size() > 1 ? shape[0] : 1;
  if (options.per_channel && channels > 1) {
    std::vector<double> steps;
    for (int64_t c = 0; c < channels; ++c)
      steps.push_back(factors[0] * static_cast<double>(c + 1) / static_cast<double>(channels));
    out.push_back({"per-channel", whole(per_channel(steps, shape) * width, shape)});
  }
  if (options.image == ShiftImage::chequers) {
    out.push_back({"chequers", whole(factors[0] * width * chequers(shape).unsqueeze(0), shape)});
  } else if (options.image == ShiftImage::sample) {
    const LoadedSample sample = audit.data->load(audit.samples.front().index);
    if (!sample.reason.empty()) throw_input(audit.samples.front().info.name, "no longer reads: " + sample.reason);
    out.push_back({"sample", whole(factors[0] * sample.input.to(at::kDouble).unsqueeze(0), shape)});
  }
  return out;
}

std::vector<Compensation> compensations(const Audit& audit, const ShiftOptions& options) {
  std::vector<Compensation> out;
  if (options.compensations != ShiftCompensations::normalisation) out.push_back(Compensation::first_linear);
  const bool is_asked_for = options.compensations == ShiftCompensations::normalisation;
  const bool has_one = cannot_shift(audit.network, Compensation::normalisation).empty();
  if (is_asked_for || (options.compensations == ShiftCompensations::both && has_one)) out.push_back(Compensation::normalisation);
  return out;
}

LegalRange shifted_range(const LegalRange& range, const at::Tensor& m) {
  LegalRange out;
  const at::Tensor by_channel = m.dim() > 2 ? m[0].flatten(1) : m[0].unsqueeze(0);
  const at::Tensor least = std::get<0>(by_channel.min(1)), most = std::get<0>(by_channel.max(1));
  const auto channels = static_cast<size_t>(by_channel.size(0));
  const bool is_one = range.low.size() == 1 && range.high.size() == 1 && (least == least[0]).all().item<bool>() &&
                      (most == most[0]).all().item<bool>();
  const auto bound = [](const std::vector<double>& bounds, size_t c) { return bounds[bounds.size() == 1 ? 0 : c]; };
  out.low.clear();
  out.high.clear();
  for (size_t c = 0; c < (is_one ? 1 : channels); ++c) {
    out.low.push_back(bound(range.low, c) + least[static_cast<int64_t>(c)].item<double>());
    out.high.push_back(bound(range.high, c) + most[static_cast<int64_t>(c)].item<double>());
  }
  return out;
}

std::string text_of(ShiftReference reference) {
  static const char* const texts[] = {"",
                                      "fit=kept",
                                      "baseline=zero",
                                      "baseline=zero+shift",
                                      "baseline=black",
                                      "baseline=mean",
                                      "baseline=mean+shift",
                                      "baseline=mean-of-shifted"};
  return texts[static_cast<int>(reference)];
}

std::vector<ShiftReference> shift_references(const Subject& subject, const ShiftOptions& options) {
  using Reference = ShiftReference;
  std::vector<Reference> out{Reference::as_given};
  if (!options.references) return out;
  if (!takes_baseline(subject)) {
    if (subject.explainer->traits().needs_fitting) out.push_back(Reference::kept_fit);
    return out;
  }
  // What the explainer was given is measured already.
  const std::string* given = subject.spec.find("baseline");
  const std::string word = given ? *given : "";
  if (word != "zero") out.push_back(Reference::zero);
  for (const auto reference : {Reference::moved_zero, Reference::black, Reference::mean, Reference::moved_mean})
    out.push_back(reference);
  if (word != "mean") out.push_back(Reference::new_mean);
  return out;
}

std::vector<ShiftCondition> shift_conditions(const Audit& audit, const Subject& subject, ShiftReference reference,
                                             const ShiftOptions& options) {
  const bool is_given = reference == ShiftReference::as_given;
  const bool has_modes = is_given && reads_range(audit, subject);
  std::vector<ShiftCondition> out;
  for (const auto& shift : input_shifts(audit, options)) {
    for (const auto compensation : compensations(audit, options)) {
      // A reference input is met by the function alone, whichever way it is written.
      const bool is_first = compensation == compensations(audit, options).front();
      if (!is_given && reference != ShiftReference::kept_fit && !is_first) continue;
      for (const bool moves_range : {false, true}) {
        if (moves_range && !has_modes) continue;
        ShiftCondition condition{shift, compensation, reference, moves_range, "", cannot_shift(audit.network, compensation)};
        condition.name = "shift=" + shift.name + ",compensate=" + name_of(compensation);
        if (!is_given) condition.name += "," + text_of(reference);
        if (has_modes) condition.name += moves_range ? ",range=shifted" : ",range=original";
        out.push_back(std::move(condition));
      }
    }
  }
  return out;
}

}  // namespace faultline
