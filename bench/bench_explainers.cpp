// How near the explainers come to their floor: the bare passes that their definition asks for, over what they take.
#include "core/random.h"
#include "explainers/explainer.h"
#include "explainers/quadrature.h"
#include "measuring.h"
#include "models/transforms.h"

namespace faultline::bench {
namespace {

constexpr int64_t kPoints = 50;
constexpr double kSigma = 0.15;

struct Method {
  std::string name, spec;
  int64_t passes;  ///< forward and backward, an image
  /// The map of one image [1,...] by bare passes, from the definition.
  std::function<at::Tensor(const Model&, const at::Tensor& image)> bare;
};

at::Tensor copies(const at::Tensor& image, int64_t n) {
  auto shape = image.sizes().vec();
  shape[0] = n;
  return image.expand(shape);
}

at::Tensor column(const std::vector<double>& values) { return at::tensor(values, at::kDouble).reshape({-1, 1, 1, 1}); }

at::Tensor bare_integrated_gradients(const Model& model, const at::Tensor& image) {
  const auto rule = quadrature_rule(Quadrature::gauss_legendre, kPoints);
  const auto path = (copies(image, kPoints).to(at::kDouble) * column(rule.nodes)).to(at::kFloat);
  return image * (bare_gradient(model, path, {1, false}).to(at::kDouble) * column(rule.weights)).sum(0, true);
}

at::Tensor bare_smooth_grad(const Model& model, const at::Tensor& image) {
  std::vector<at::Tensor> noise;
  for (uint32_t draw = 0; draw < kPoints; ++draw) {
    const auto z = RandomStream(0, "smooth-grad", 0).normals(draw, static_cast<size_t>(image.numel()));
    noise.push_back((kSigma * at::tensor(z, at::kDouble)).to(at::kFloat).reshape(image.sizes()));
  }
  return bare_gradient(model, copies(image, kPoints) + at::cat(noise), {1, false}).to(at::kDouble).mean(0, true);
}

const std::vector<Method>& methods() {
  static const std::vector<Method> list{
      {"gradient", "gradient", 1,
       [](const Model& model, const at::Tensor& image) {
         return bare_gradient(model, image, {1, false});
       }},
      {"integrated-gradients", "integrated-gradients:steps=" + std::to_string(kPoints), kPoints, bare_integrated_gradients},
      {"smooth-grad", "smooth-grad:samples=" + std::to_string(kPoints) + ",sigma=" + std::to_string(kSigma), kPoints,
       bare_smooth_grad}};
  return list;
}

void floor_of(benchmark::State& state, const Case& subject, const Method& method) {
  const Model model = Model::load(model_file(subject));
  const Network network = to(model.network(subject.shape), at::kFloat);
  const auto inputs = images(subject);
  Samples samples = samples_of_array(inputs);
  samples.targets = at::zeros({subject.samples}, at::kLong);
  const auto explainer = explainers().make(method.spec);
  PassCount count;
  Context counted;
  counted.passes = &count;
  counted.figures = false;
  const auto maps = explainer->explain(network, samples, counted).maps;
  const int64_t expected = method.passes * subject.samples;
  if (count.forward != expected || count.backward != expected) return state.SkipWithError("passes are miscounted");
  if (!(mean_difference(maps.slice(0, 0, 1), method.bare(model, inputs.slice(0, 0, 1))) < 1e-2)) {
    return state.SkipWithError("results differ");
  }
  const Context context;  // with the figures that people read, as `faultline explain` has them
  for (auto _ : state) {
    std::vector<std::function<void()>> works{[&] { explainer->explain(network, samples, context); }};
    for (const auto& way : bare_ways(subject)) works.push_back([&, way] { bare_gradient(model, inputs, way); });
    const auto seconds = alternating_medians(works, subject.rounds);
    const double bare = *std::min_element(seconds.begin() + 1, seconds.end());
    state.counters["passes"] = static_cast<double>(expected);
    state.counters["ms_per_image"] = 1e3 * seconds[0] / static_cast<double>(subject.samples);
    state.counters["floor/measured"] = static_cast<double>(method.passes) * bare / seconds[0];
  }
}

}  // namespace
}  // namespace faultline::bench

int main(int argc, char** argv) {
  using namespace faultline::bench;
  return run(argc, argv, [] {
    for (const auto& method : methods()) {
      add_for_every_case(method.name,
                         [&method](benchmark::State& state, const Case& subject) { floor_of(state, subject, method); });
    }
  });
}
