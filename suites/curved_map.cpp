#include "suites/curved_map.h"

#include "attacks/gradient_attack.h"
#include "core/random.h"
#include "explainers/output_options.h"
#include "suites/facts.h"
#include "suites/unit_rows.h"

namespace faultline {
namespace {

const char* const kStream = "suite/curvature";
/// Two arrays are drawn from the stream.
constexpr uint32_t kSigns = 0, kDirections = 1;
/// Finite differences of Curvature reach this share of the epsilon it is given.
constexpr double kReachOfEpsilon = 0.01;

Context quiet(Context context) {
  context.figures = false;
  return context;
}

}  // namespace

CurvedMap::CurvedMap(const CurvatureOptions& options, const Network& original, const Network& surrogate,
                     const Explainer& explainer, const Explainer& differentiated, const Samples& samples, double reach,
                     const Context& context)
    : compares_shares_(options.op == CurvatureOptions::Operator::map),
      original_(original),
      surrogate_(surrogate),
      explainer_(explainer),
      differentiated_(differentiated),
      samples_(samples),
      context_(quiet(context)),
      curvature_(options, original_, surrogate_, differentiated_, samples_, reach / kReachOfEpsilon, context_),
      rows_(rows_between(0, samples.size())),
      clean_surrogate_(compared(samples_, true)),
      clean_original_(compared(samples_, false)),
      labels_(predicted_classes(block_logits(original_, points_of(samples_), context_.passes))) {
  for (const int64_t row : rows_) {
    const bool finite = clean_surrogate_[row].isfinite().all().item<bool>() && clean_original_[row].isfinite().all().item<bool>();
    reasons_.emplace_back(finite ? "" : facts::health::kNonFiniteMap);
  }
}

Samples CurvedMap::moved(const at::Tensor& move) const {
  return samples_.with_inputs(samples_.inputs + move.to(samples_.inputs.scalar_type()).reshape(samples_.inputs.sizes()));
}

at::Tensor CurvedMap::compared(const Samples& at, bool on_surrogate) const {
  const at::Tensor maps = on_surrogate ? differentiated_.differentiated_maps(surrogate_, at, context_)
                                       : explainer_.explain(original_, at, context_).maps;
  const at::Tensor exact = maps.to(at::kDouble);
  return compares_shares_ ? attack_map(exact) : exact.flatten(1);
}

at::Tensor CurvedMap::difference(const at::Tensor& move, bool on_surrogate) const {
  return compared(moved(move), on_surrogate) - clean(on_surrogate);
}

std::vector<bool> CurvedMap::keeps_label(const at::Tensor& move) const {
  const auto equal = predicted_classes(block_logits(original_, points_of(moved(move)), context_.passes)).eq(labels_);
  return std::vector<bool>(equal.data_ptr<bool>(), equal.data_ptr<bool>() + equal.numel());
}

at::Tensor CurvedMap::random_direction(int64_t row, int64_t draw) const {
  const auto z = RandomStream(context_.seed, kStream, samples_.ids[row])
                     .normals(static_cast<uint32_t>(draw), static_cast<size_t>(elements()), kDirections);
  const auto v = curvature_.in_tangent_space(at::tensor(z, at::kDouble).unsqueeze(0).to(samples_.inputs.device()), {row})[0];
  const double length = v.norm().item<double>();
  return length > 0 ? v / length : v;
}

at::Tensor CurvedMap::random_signs(int64_t row, int64_t draw) const {
  const auto z = RandomStream(context_.seed, kStream, samples_.ids[row])
                     .signs(static_cast<uint32_t>(draw), static_cast<size_t>(elements()), kSigns);
  return at::tensor(z, at::kDouble).to(samples_.inputs.device());
}

}  // namespace faultline
