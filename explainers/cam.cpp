#include "explainers/cam.h"

#include <torch/csrc/autograd/autograd.h>

#include "core/error.h"
#include "explainers/cam_layer.h"
#include "explainers/modified_backprop.h"
#include "explainers/relevance/start.h"

namespace faultline {

namespace {

const std::vector<std::pair<std::string, Upsample>> kUpsampling = {
    {"bilinear", Upsample::bilinear}, {"nearest", Upsample::nearest}, {"none", Upsample::none}};

/// [N,1,h,w] to the inputs' height and width.
at::Tensor upsampled(const at::Tensor& map, Upsample mode, const at::Tensor& inputs) {
  const at::IntArrayRef size = inputs.sizes().slice(2);
  switch (mode) {
    case Upsample::bilinear: return at::upsample_bilinear2d(map, size, /*align_corners=*/false);
    case Upsample::nearest: return at::upsample_nearest2d(map, size);
    case Upsample::none: return map;
  }
  throw std::logic_error("an upsampling that does not exist");
}

void check_pictures(const Network& network) {
  if (network.graph().input_shape.size() != 3)
    throw_input("not-spatial", "the network's inputs are no pictures", "CAM methods need [N,C,H,W]");
}

struct FeaturesAndGradient {
  at::Tensor features, gradient, logits;  ///< [B,K,h,w] twice, [B,classes]
};

FeaturesAndGradient features_and_gradient(const Network& network, int layer, Output output, const BlockRows& rows,
                                          bool is_differentiable) {
  const at::AutoGradMode with_graph(true);
  const at::Tensor x = is_differentiable ? rows.inputs : rows.inputs.detach().requires_grad_();
  const Tape tape = network.run_with_tape(x);
  FeaturesAndGradient out;
  out.logits = tape.values[static_cast<size_t>(network.graph().output)];
  out.features = tape.values[static_cast<size_t>(layer)];
  if (out.features.dim() != 4) {
    throw_input("not-spatial", "layer " + network.graph().nodes[static_cast<size_t>(layer)].name + " has no height and width",
                "name another with layer=");
  }
  const at::Tensor sum = explained_output(out.logits, output, rows.targets, rows.runners_up).sum();
  out.gradient = derivative(sum, out.features, is_differentiable);
  if (!is_differentiable) {
    for (at::Tensor* tensor : {&out.features, &out.gradient, &out.logits}) *tensor = tensor->detach();
  }
  return out;
}

/// sum_k w_k A_k: [B,1,h,w] of weights [B,K].
at::Tensor weighted(const at::Tensor& weights, const at::Tensor& features) {
  return (weights.unsqueeze(-1).unsqueeze(-1) * features).sum(1, /*keepdim=*/true);
}

using Combine = at::Tensor (*)(const at::Tensor& features, const at::Tensor& gradient);

at::Tensor mean_weighted(const at::Tensor& A, const at::Tensor& G) { return weighted(G.mean({2, 3}), A); }

at::Tensor plus_plus_weighted(const at::Tensor& A, const at::Tensor& G) {
  const at::Tensor square = G * G;
  const at::Tensor denominator = 2 * square + A.sum({2, 3}, true) * square * G;
  const at::Tensor is_zero = (denominator.detach() == 0).logical_or(G.detach() == 0);
  const at::Tensor a = (square / denominator.masked_fill(is_zero, 1)).masked_fill(is_zero, 0);
  return weighted((a * at::relu(G)).sum({2, 3}), A);
}

class GradientCam final : public BlockExplainer {
 public:
  GradientCam(Network network, CamLayer layer, CamOptions options, Combine combine)
      : network_(std::move(network)), layer_(layer), options_(std::move(options)), combine_(combine) {}

  BlockExplanation explain(const BlockRows& rows, bool is_differentiable, bool) const override {
    const auto at_layer = features_and_gradient(network_, layer_.node, options_.output.output, rows, is_differentiable);
    const at::AutoGradMode mode(is_differentiable);
    BlockExplanation out;
    out.logits = at_layer.logits;
    at::Tensor map = combine_(at_layer.features, at_layer.gradient);
    // Where the map is differentiated it stays unrectified: an all-negative map would be a dead end (attacks sheet 2.3).
    if (options_.relu && !is_differentiable) map = at::relu(map);
    out.maps = upsampled(map, options_.upsample, rows.inputs);
    if (layer_.is_classifier) out.notes.assign(static_cast<size_t>(rows.inputs.size(0)), {"classifier-convolution"});
    return out;
  }

 private:
  Network network_;
  CamLayer layer_;
  CamOptions options_;
  Combine combine_;
};

std::shared_ptr<const BlockExplainer> gradient_cam(const char* name, const Network& network, const CamOptions& options,
                                                   Combine combine) {
  check_pictures(network);
  return network.memo().get<BlockExplainer>(
      print(canonical_spec(name, options, CamOptions::options())), [&]() -> std::shared_ptr<const BlockExplainer> {
        return std::make_shared<GradientCam>(network.detached(), cam_layer(network, options.layer, options.after_activation),
                                             options, combine);
      });
}

class HeadCam final : public BlockExplainer {
 public:
  HeadCam(Network network, CamHead head, Upsample upsample)
      : network_(std::move(network)), head_(std::move(head)), upsample_(upsample) {}

  BlockExplanation explain(const BlockRows& rows, bool is_differentiable, bool) const override {
    const at::AutoGradMode mode(is_differentiable);
    const Tape tape = network_.run_with_tape(rows.inputs);
    BlockExplanation out;
    out.logits = tape.values[static_cast<size_t>(network_.graph().output)];
    const at::Tensor& features = tape.values[static_cast<size_t>(head_.layer)];
    out.maps = upsampled(weighted(head_.weight.index_select(0, rows.targets), features), upsample_, rows.inputs);
    return out;
  }

 private:
  Network network_;
  CamHead head_;
  Upsample upsample_;
};

class GuidedCam final : public BlockExplainer {
 public:
  GuidedCam(std::shared_ptr<const BlockExplainer> guided, std::shared_ptr<const BlockExplainer> cam)
      : guided_(std::move(guided)), cam_(std::move(cam)) {}

  BlockExplanation explain(const BlockRows& rows, bool is_differentiable, bool) const override {
    BlockExplanation out = guided_->explain(rows, is_differentiable, false);
    BlockExplanation cam = cam_->explain(rows, is_differentiable, false);
    const at::AutoGradMode mode(is_differentiable);
    out.maps = out.maps * cam.maps;
    out.notes = std::move(cam.notes);
    return out;
  }

 private:
  std::shared_ptr<const BlockExplainer> guided_, cam_;
};

template <class O>
OptionTable<O> cam_table() {
  // Step by step: as one expression g++ 12 takes the defaults for uninitialised.
  OptionTable<O> made;
  made.include(static_cast<OutputOptions O::*>(&O::output), OutputOptions::options());
  made.text("layer", &O::layer, "whose feature maps", "", "last-conv|NAME");
  made.flag("relu", &O::relu, "keep what speaks for the class only", "Selvaraju 2017; captum's layer version has 0");
  made.template choice<Upsample>("upsample", &O::upsample, kUpsampling, "to the inputs' size, align_corners = false");
  made.template choice<bool>("at", &O::after_activation, {{"layer", false}, {"after-activation", true}},
                             "the layer's own output, or the activation behind it", "the papers draw the latter");
  return made;
}

/// Guided backpropagation made ready for a network, for use inside another method.
class ReadyGuided : public GuidedBackprop {
 public:
  using GuidedBackprop::GuidedBackprop;
  using GuidedBackprop::on;
};

}  // namespace

const OptionTable<CamOptions>& CamOptions::options() {
  static const auto table = cam_table<CamOptions>();
  return table;
}

const OptionTable<ActivationCamOptions>& ActivationCamOptions::options() {
  static const auto table = cam_table<ActivationCamOptions>();
  return table;
}

Traits CamExplainer::traits() const {
  Traits traits;
  traits.access = Access::layer_graph;
  traits.needs_smooth_network = false;  // the feature maps themselves change with the input
  traits.single_channel = true;
  traits.is_signed = !is_rectified();
  return traits;
}

std::vector<Claim> CamExplainer::claims(const Network&) const {
  std::vector<Claim> claims{{"determinism", 0, "no random number is drawn"},
                            {"shift-invariance", 1e-4, "only activations and gradients above the first layer enter"}};
  if (is_rectified()) claims.push_back({"positivity", 1e-6, "what speaks against the class is cut off"});
  return claims;
}

std::shared_ptr<const BlockExplainer> GradCam::on(const Network& network, const Samples&, const Context&) const {
  return gradient_cam(kName, network, options_, mean_weighted);
}

std::shared_ptr<const BlockExplainer> GradCamPlusPlus::on(const Network& network, const Samples&, const Context&) const {
  return gradient_cam(kName, network, options_, plus_plus_weighted);
}

const OptionTable<Cam::Options>& Cam::options() {
  static const auto table =
      OptionTable<Options>()
          .text("target", &Options::target, "the explained class", "", "predicted|label|second|INT")
          .choice<Upsample>("upsample", &Options::upsample, kUpsampling, "to the inputs' size, align_corners = false");
  return table;
}

std::vector<Claim> Cam::claims(const Network& network) const {
  cam_head(network);  // throws where the architecture has none
  std::vector<Claim> claims = CamExplainer::claims(network);
  claims.push_back({"linearity", 1e-4, "the class's weights enter linearly"});
  return claims;
}

std::shared_ptr<const BlockExplainer> Cam::on(const Network& network, const Samples&, const Context&) const {
  check_pictures(network);
  return network.memo().get<BlockExplainer>(
      print(canonical_spec(kName, options_, options())), [&]() -> std::shared_ptr<const BlockExplainer> {
        return std::make_shared<HeadCam>(network.detached(), cam_head(network), options_.upsample);
      });
}

GuidedGradCam::GuidedGradCam(Options options) : options_(std::move(options)) {
  if (options_.upsample == Upsample::none)
    throw_usage(kName, "upsample=none leaves nothing to multiply with", "use bilinear or nearest");
}

Traits GuidedGradCam::traits() const {
  Traits traits;
  traits.access = Access::layer_graph;
  return traits;
}

std::vector<Claim> GuidedGradCam::claims(const Network&) const { return {{"determinism", 0, "no random number is drawn"}}; }

std::shared_ptr<const BlockExplainer> GuidedGradCam::on(const Network& network, const Samples& samples,
                                                        const Context& context) const {
  ModifiedBackpropOptions guided;
  guided.output = options_.output;
  return std::make_shared<GuidedCam>(ReadyGuided(guided).on(network, samples, context),
                                     gradient_cam(GradCam::kName, network, options_, mean_weighted));
}

}  // namespace faultline
