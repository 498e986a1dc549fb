#include "attacks/curvature.h"

#include "attacks/gradient_attack.h"
#include "core/random.h"
#include "explainers/output_options.h"
#include "models/rows.h"

namespace faultline {
namespace {

/// Finite differences reach this share of the budget to either side.
constexpr double kReach = 0.01;

Output output_of(CurvatureOptions::Scalar scalar) {
  switch (scalar) {
    case CurvatureOptions::Scalar::logit: return Output::logit;
    case CurvatureOptions::Scalar::logit_difference: return Output::logit_difference;
    case CurvatureOptions::Scalar::probability: return Output::probability;
    case CurvatureOptions::Scalar::loss: return Output::log_probability;
  }
  throw std::logic_error("unknown scalar");
}

at::Tensor flat(const at::Tensor& values) { return values.to(at::kDouble).flatten(1); }

}  // namespace

const OptionTable<CurvatureOptions>& CurvatureOptions::options() {
  static const auto table =
      OptionTable<CurvatureOptions>()
          .choice<Operator>("operator", &CurvatureOptions::op, {{"map", Operator::map}, {"hessian", Operator::hessian}},
                            "whose leading directions: the Jacobian of the normalised map, or the Hessian of the output",
                            "attacks sheet 4.3")
          .choice<Scalar>("output", &CurvatureOptions::scalar,
                          {{"logit", Scalar::logit},
                           {"logit-difference", Scalar::logit_difference},
                           {"probability", Scalar::probability},
                           {"loss", Scalar::loss}},
                          "scalar whose Hessian operator=hessian takes", "Ghorbani 2019: the logit")
          .choice<Objective>("objective", &CurvatureOptions::objective,
                             {{"curvature", Objective::curvature}, {"change", Objective::change}},
                             "operator=hessian: largest |v'Hv|, or largest ||Hv|| (two products a step)", "attacks sheet 4.4")
          .choice<Tangent>(
              "tangent", &CurvatureOptions::tangent,
              {{"both", Tangent::both},
               {"logit", Tangent::logit},
               {"logit-difference", Tangent::logit_difference},
               {"none", Tangent::none}},
              "directions left out, so that the label is kept to first order: gradients of the logit, of its distance "
              "to the competitors, or both",
              "attacks sheet 4.4")
          .integer("competitors", &CurvatureOptions::competitors, {1, 1000}, "strongest other classes of tangent=")
          .integer("lanczos-steps", &CurvatureOptions::steps, {1, 1000}, "Hessian products of Lanczos' recursion");
  return table;
}

SurrogateOptions smoothing_for(const SurrogateOptions& surrogate, const CurvatureOptions& curvature, const Network& network,
                               const Explainer& explainer) {
  SurrogateOptions out = surrogate;
  const bool is_open = out.kind == SurrogateOptions::Kind::automatic;
  if (is_open && curvature.op == CurvatureOptions::Operator::hessian) out.kind = SurrogateOptions::Kind::softplus;
  return out.resolved(network, explainer);
}

double product_cost(const CurvatureOptions& options, int64_t points) {
  constexpr double kHessianProduct = 2;  // forward with backward, and a double backward
  if (options.op == CurvatureOptions::Operator::hessian)
    return kHessianProduct * (options.objective == CurvatureOptions::Objective::change ? 2 : 1);
  const auto map = static_cast<double>(points);
  // The map, its change by an exact product or two maps, and the way back.
  return points == 1 ? map + 2 * kHessianProduct : map + 2 * map + 3 * map;
}

double curvature_cost(const CurvatureOptions& options, int64_t points) {
  const auto gradients = static_cast<double>(2 + 1 + options.competitors);
  return static_cast<double>(options.steps) * product_cost(options, points) + gradients;
}

Curvature::Curvature(const CurvatureOptions& options, const Network& original, const Network& surrogate,
                     const Explainer& explainer, const Samples& samples, double epsilon, const Context& context)
    : options_(options),
      original_(original),
      surrogate_(surrogate),
      explainer_(explainer),
      samples_(samples),
      reach_(kReach * epsilon),
      context_(context),
      output_(output_of(options.scalar)),
      sign_(options.scalar == CurvatureOptions::Scalar::loss ? -1 : 1) {
  context_.figures = false;
  gradient_ = sign_ * flat(input_gradient(surrogate_, points_of(samples_), output_, context_.passes));
  make_tangent_space();
}

void Curvature::make_tangent_space() {
  const auto tangent = options_.tangent;
  if (tangent == CurvatureOptions::Tangent::none) return;
  Points points = points_of(samples_);
  const auto logits = block_logits(original_, points, context_.passes);
  std::vector<at::Tensor> normals;
  if (tangent != CurvatureOptions::Tangent::logit_difference)
    normals.push_back(flat(input_gradient(original_, points, Output::logit, context_.passes)));
  if (tangent != CurvatureOptions::Tangent::logit && logits.size(1) > 1) {
    const int64_t count = std::min(options_.competitors, logits.size(1) - 1);
    const auto others = logits.scatter(1, points.targets.unsqueeze(1), -std::numeric_limits<double>::infinity());
    const auto strongest = others.argsort(1, true);
    for (int64_t j = 0; j < count; ++j) {
      points.runners_up = strongest.select(1, j).contiguous();
      normals.push_back(flat(input_gradient(original_, points, Output::logit_difference, context_.passes)));
    }
  }
  // Gram-Schmidt twice, in the given order; a gradient that depends on those before, or is zero, keeps nothing out.
  std::vector<at::Tensor> basis;
  for (const auto& normal : normals) {
    at::Tensor rest = normal;
    const auto length = normal.norm(2, 1, true);
    for (int pass = 0; pass < 2; ++pass) {
      for (const auto& other : basis) rest = rest - (rest * other).sum(1, true) * other;
    }
    const auto left = rest.norm(2, 1, true);
    const auto is_new = left > 1e-6 * length;
    basis.push_back(at::where(is_new, rest / at::where(is_new, left, at::ones_like(left)), at::zeros_like(rest)));
  }
  if (!basis.empty()) normals_ = at::stack(basis, 1);
}

at::Tensor Curvature::in_tangent_space(const at::Tensor& v, const std::vector<int64_t>& rows) const {
  if (!normals_.defined()) return v;
  const auto normals = normals_.index_select(0, index_of(rows, normals_));
  return v - at::bmm(at::bmm(v.unsqueeze(1), normals.transpose(1, 2)), normals).squeeze(1);
}

at::Tensor Curvature::random(int64_t row, int64_t draw) const {
  const auto d = static_cast<size_t>(samples_.inputs[row].numel());
  const auto z = RandomStream(context_.seed, "attack/lanczos", samples_.ids[row]).normals(static_cast<uint32_t>(draw), d);
  return in_tangent_space(at::tensor(z, at::kDouble).unsqueeze(0).to(samples_.inputs.device()), {row})[0];
}

at::Tensor Curvature::change(const at::Tensor& v, const std::vector<int64_t>& rows) const {
  const Samples here = samples_of(rows);
  const auto direction = v.to(here.inputs.scalar_type()).reshape(here.inputs.sizes());
  if (options_.op == CurvatureOptions::Operator::hessian)
    return sign_ * flat(hessian_vector(surrogate_, points_of(here), output_, direction, context_.passes));
  const auto maps = explainer_.differentiated_maps(surrogate_, here, context_);
  const auto moved = explainer_.push_forward(surrogate_, here, direction, reach_, context_);
  return flat(derivative_along([](const std::vector<at::Tensor>& of) { return attack_map(of[0]); }, {maps}, {moved}));
}

at::Tensor Curvature::map_change(const at::Tensor& v, const std::vector<int64_t>& rows) const {
  if (options_.op == CurvatureOptions::Operator::map) return change(v, rows);
  const Samples here = samples_of(rows);
  const auto direction = v.to(here.inputs.scalar_type()).reshape(here.inputs.sizes());
  return flat(explainer_.push_forward(surrogate_, here, direction, reach_, context_));
}

at::Tensor Curvature::pull_back(const at::Tensor& u, const std::vector<int64_t>& rows) const {
  if (options_.op == CurvatureOptions::Operator::hessian) return change(u, rows);
  const Samples here = samples_of(rows);
  const MapLoss along = [&](const at::Tensor& maps, const std::vector<int64_t>& of) {
    const auto wanted = u.index_select(0, index_of(of, u)).to(maps.scalar_type());
    return (attack_map(maps) * wanted).sum(1);
  };
  return flat(explainer_.value_and_gradient(surrogate_, here, along, {}, context_).gradient);
}

at::Tensor Curvature::product(const at::Tensor& v, const std::vector<int64_t>& rows) const {
  const at::Tensor moved = change(in_tangent_space(v, rows), rows);
  const bool squared =
      options_.op == CurvatureOptions::Operator::map || options_.objective == CurvatureOptions::Objective::change;
  return in_tangent_space(squared ? pull_back(moved, rows) : moved, rows);
}

std::vector<RitzPairs> Curvature::leading(const std::function<void(const std::vector<int64_t>& rows)>& after_product) const {
  LanczosOptions options;
  options.steps = options_.steps;
  if (surrogate_.dtype() == at::kFloat) options.breakdown = 1e-5;
  const SymmetricProducts counted = [&](const at::Tensor& v, const std::vector<int64_t>& rows) {
    const auto out = product(v, rows);
    after_product(rows);
    return out;
  };
  auto pairs = lanczos(
      counted, samples_.size(), [&](int64_t row, int64_t draw) { return random(row, draw); }, options);
  // The sign of an eigenvector is arbitrary: along the gradient, else the first entry that is not zero is positive.
  for (int64_t row = 0; row < samples_.size(); ++row) {
    auto vectors = pairs[row].vectors;
    const auto along = at::matmul(vectors, gradient_[row]).to(at::kCPU);
    for (int64_t i = 0; i < vectors.size(0); ++i) {
      double sign = along[i].item<double>();
      if (sign == 0) {
        const auto nonzero = vectors[i].nonzero();
        if (nonzero.numel() > 0) sign = vectors[i][nonzero[0].item<int64_t>()].item<double>();
      }
      if (sign < 0) vectors[i].neg_();
    }
  }
  return pairs;
}

}  // namespace faultline
