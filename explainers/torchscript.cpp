#include "explainers/torchscript.h"

#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "core/error.h"
#include "core/random.h"
#include "core/sha256.h"
#include "explainers/external/block_answers.h"
#include "explainers/external/repeated_maps.h"
#include "explainers/external/stated_claims.h"
#include "models/block_plan.h"
#include "models/rows.h"

namespace faultline {
namespace {

/// Of the legal range. Measured on 64 digits with lenet at 8/255, mean top-k overlap after 100 iterations of ghorbani-topk and of
/// annealed-topk: the built-in gradient with its smooth surrogate keeps 0.603 and 0.398. One difference over twice this radius
/// leaves 0.540 and 0.452, eight leave 0.530 and 0.427. A short step alone meets too few kinks, a long one blurs where they are.
constexpr double kRadius = 1.0 / 160;
/// How far the points lie from the input in every element, in radii.
constexpr double kDistance = 1.5;
/// Random directions a sample of the trial of symmetry, pairs of which are compared.
constexpr int kDirections = 6;
/// On a network with kinks the two sides average over different kinks, so that they agree in the mean only.
constexpr double kSymmetric = 0.5;
constexpr const char* kProbe = "torchscript/probe";
constexpr const char* kDifferences = "torchscript/differences";

at::Tensor random_signs(const Samples& samples, const Context& context, const char* purpose, uint32_t draw) {
  std::vector<at::Tensor> rows;
  for (const uint64_t id : samples.ids) {
    const auto signs = RandomStream(context.seed, purpose, id).signs(draw, static_cast<size_t>(samples.inputs[0].numel()));
    rows.push_back(at::tensor(signs, at::kDouble).reshape(samples.inputs[0].sizes()));
  }
  return at::stack(rows).to(samples.inputs.options());
}

at::Tensor per_sample_dot(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) * b.to(at::kDouble)).flatten(1).sum(1);
}

}  // namespace

const OptionTable<Torchscript::Options>& Torchscript::options() {
  static const auto table =
      OptionTable<Options>()
          .required_text("file", &Options::file, "the module, forward(inputs, targets) -> maps", "FILE.pt")
          .choice<Derivative>("derivative", &Options::derivative,
                              {{"auto", Derivative::automatic},
                               {"autograd", Derivative::autograd},
                               {"finite-difference", Derivative::finite_difference},
                               {"none", Derivative::none}},
                              "how the map is differentiated for attacks that follow a gradient; auto: as tried on 4 samples",
                              "attacks sheet 2.4")
          .number_or(
              "auto", "fd-radius", &Options::fd_radius, {1e-9, 1e9},
              "step of finite differences, times the root of the number of elements; auto: 1/160 of the legal range's width",
              "attacks sheet 2.4: epsilon/10", "pixel units")
          .integer("fd-draws", &Options::fd_draws, {1, 10000},
                   "finite differences are averaged over so many points around the input, two maps each; 1: at the input alone")
          .flag("single-channel", &Options::single_channel, "maps have one value a pixel: [N,1,H,W]")
          .text("claims", &Options::claims, "axioms that the explainer promises", "conventions 9", "AXIOM|AXIOM|...")
          .text("target", &Options::target, "the explained class", "", "predicted|label|second|INT");
  return table;
}

Torchscript::Torchscript(Options options) : options_(std::move(options)), derivative_(options_.derivative) {
  stated_claims(options_.claims);
  if (options_.single_channel && derivative_ == Derivative::finite_difference)
    throw_usage("derivative", "finite differences go along the map, which has fewer entries than the input with single-channel=1",
                "give derivative=autograd or none");
  if (options_.file.empty()) return;
  module_ = std::make_shared<const MapModule>(MapModule::load(options_.file));
  digests_[options_.file] = sha256_of_file(options_.file);
}

Traits Torchscript::traits() const {
  Traits traits;
  traits.access = Access::query;
  traits.differentiable = derivative_ == Derivative::autograd || derivative_ == Derivative::finite_difference;
  traits.needs_smooth_network = false;
  traits.is_signed = !claims_positivity(options_.claims);
  traits.single_channel = options_.single_channel;
  traits.is_external = true;
  traits.holds_network = true;
  return traits;
}

std::vector<Claim> Torchscript::claims(const Network&) const { return stated_claims(options_.claims); }

std::vector<std::string> Torchscript::probe(const Network& network, const Samples& first, const Context& context) {
  std::vector<std::string> notes = notes_of_repeated_maps(*this, network, first, context);
  if (options_.derivative != Derivative::automatic) return notes;
  Context quiet = context;
  quiet.passes = nullptr;
  const at::Tensor cotangent = at::ones(shape_of_maps(first, options_.single_channel), first.inputs.options());
  const auto nonzero = [](const at::Tensor& product) {
    return product.isfinite().all().item<bool>() && product.abs().flatten(1).amax(1).gt(0).all().item<bool>();
  };
  if (nonzero(by_autograd(network, first, cotangent * random_signs(first, quiet, kProbe, 0).narrow(1, 0, cotangent.size(1))))) {
    derivative_ = Derivative::autograd;
    return notes;
  }
  const std::string zero = "its derivative by autograd is absent or exactly zero";
  const double agreement = options_.single_channel ? 0 : symmetry(network, first, quiet);
  if (agreement >= kSymmetric) {
    derivative_ = Derivative::finite_difference;
    notes.push_back("derivative=finite-difference: " + zero + " on the first " + std::to_string(first.size()) +
                    " samples; attacks follow central differences of its map, which is a gradient's (its Jacobian and the "
                    "transposed one have a correlation of " +
                    short_number(std::round(agreement * 100) / 100) + ")");
  } else {
    derivative_ = Derivative::none;
    notes.push_back("derivative=none: " + zero + " on the first " + std::to_string(first.size()) +
                    " samples, and its map is not a gradient's, so that only attacks that ask for maps can be used");
  }
  return notes;
}

Explanation Torchscript::explain(const Network& network, const Samples& samples, const Context& context) const {
  if (!network.origin().is_given) {
    throw_usage(std::string(kName) + ":file=" + options_.file, "has its network inside, and this is another one",
                "use it where the network stays as it is");
  }
  std::vector<int64_t> shape = shape_of_maps(samples, options_.single_channel);
  return explained_in_blocks(network, samples, network.block_size(), shape, context, [&](const Samples& asked) -> BlockAnswer {
    try {
      const at::Tensor maps = module_->maps(asked.inputs, asked.targets).detach();
      shape[0] = asked.size();
      if (maps.sizes() == at::IntArrayRef(shape)) return {maps, "", ""};
      return {{}, options_.file + " gave maps of another shape than the inputs", ""};
    } catch (const Error& error) {
      return {{}, error.what(), ""};
    }
  });
}

at::Tensor Torchscript::pull_back(const Network& network, const Samples& samples, const at::Tensor& cotangent, const PointSubset&,
                                  const Context& context) const {
  if (derivative_ == Derivative::finite_difference) return by_differences(network, samples, cotangent, context);
  if (derivative_ != Derivative::autograd) throw std::logic_error("this module's maps have no derivative");
  if (context.passes) context.passes->double_backward += samples.size();
  return by_autograd(network, samples, cotangent);
}

at::Tensor Torchscript::by_autograd(const Network& network, const Samples& samples, const at::Tensor& cotangent) const {
  at::Tensor out = at::zeros_like(samples.inputs);
  for (const Block& block : plan_blocks(samples.slots, network.block_size())) {
    const at::AutoGradMode with_graph(true);
    const Samples asked = samples.select(block.row_of_slot);
    const at::Tensor leaf = asked.inputs.detach().clone().requires_grad_(true);
    const at::Tensor maps = module_->maps(leaf, asked.targets);
    if (!maps.requires_grad()) continue;
    const at::Tensor weights = cotangent.index_select(0, at::tensor(block.row_of_slot, at::kLong).to(cotangent.device()));
    const at::Tensor product =
        torch::autograd::grad({(maps * weights).sum()}, {leaf}, {}, false, false, /*allow_unused=*/true)[0];
    if (!product.defined()) continue;
    for (size_t i = 0; i < block.active_rows.size(); ++i)
      out[block.active_rows[i]].copy_(product[block.active_slots[i]].detach());
  }
  return out;
}

at::Tensor Torchscript::by_differences(const Network& network, const Samples& samples, const at::Tensor& cotangent,
                                       const Context& context) const {
  const double radius = options_.fd_radius.value_or(context.range.width() * kRadius);
  const double reach = radius * std::sqrt(static_cast<double>(samples.inputs[0].numel()));
  if (options_.fd_draws == 1) return push_forward(network, samples, cotangent, reach, context);
  at::Tensor sum = at::zeros_like(samples.inputs);
  for (int64_t draw = 0; draw < options_.fd_draws; ++draw) {
    const at::Tensor offset = random_signs(samples, context, kDifferences, static_cast<uint32_t>(draw)) * (kDistance * radius);
    sum += push_forward(network, samples.with_inputs(samples.inputs + offset), cotangent, reach, context);
  }
  return sum / static_cast<double>(options_.fd_draws);
}

double Torchscript::symmetry(const Network& network, const Samples& samples, const Context& context) const {
  std::vector<at::Tensor> directions, products;
  for (int i = 0; i < kDirections; ++i) {
    directions.push_back(random_signs(samples, context, kProbe, static_cast<uint32_t>(i + 1)));
    products.push_back(by_differences(network, samples, directions.back(), context));
  }
  double both = 0, forwards = 0, backwards = 0;
  for (int i = 0; i < kDirections; ++i) {
    for (int j = 0; j < i; ++j) {
      const at::Tensor a = per_sample_dot(directions[i], products[j]), b = per_sample_dot(directions[j], products[i]);
      both += (a * b).sum().item<double>();
      forwards += (a * a).sum().item<double>();
      backwards += (b * b).sum().item<double>();
    }
  }
  const double scale = std::sqrt(forwards * backwards);
  return std::isfinite(scale) && scale > 0 ? both / scale : 0;
}

}  // namespace faultline
