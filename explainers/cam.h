#pragma once
#include "explainers/output_options.h"
#include "explainers/walk_explainer.h"

namespace faultline {

enum class Upsample { bilinear, nearest, none };

/// Keys that the CAM family shares.
struct CamOptions {
  OutputOptions output;
  std::string layer = "last-conv";
  bool relu = true;
  Upsample upsample = Upsample::bilinear;
  bool after_activation = false;
  static const OptionTable<CamOptions>& options();
};

/// The same, where feature maps are meant to be >= 0.
struct ActivationCamOptions : CamOptions {
  ActivationCamOptions() { after_activation = true; }
  static const OptionTable<ActivationCamOptions>& options();
};

/// Base of methods whose map is a weighted sum of feature maps A [N,K,h,w], one value a pixel. Maps: [N,1,H,W], with
/// upsample=none [N,1,h,w].
class CamExplainer : public WalkExplainer {
 public:
  Traits traits() const override;
  std::vector<Claim> claims(const Network& network) const override;

 private:
  /// Whether only what speaks for the class is kept.
  virtual bool is_rectified() const = 0;
};

/// Grad-CAM (Selvaraju 2017): alpha_k = mean of df/dA_k, R = sum_k alpha_k A_k, rectified.
class GradCam final : public CamExplainer {
 public:
  static constexpr const char* kName = "grad-cam";
  static constexpr const char* kSummary = "where the last feature maps speak for the class, weighted by mean gradients";
  static constexpr const char* kFormula = "R = max(sum over k of alpha_k A_k, 0), alpha_k the mean of df/dA_k over places";
  static constexpr const char* kSource = "Selvaraju et al. 2017";
  using Options = CamOptions;
  static const OptionTable<Options>& options() { return CamOptions::options(); }
  explicit GradCam(Options options) : options_(std::move(options)) {}
  Output output() const override { return options_.output.output; }

 protected:
  std::shared_ptr<const BlockExplainer> on(const Network& network, const Samples& samples, const Context& context) const override;

 private:
  bool is_rectified() const override { return options_.relu; }
  Options options_;
};

/// Grad-CAM++ (Chattopadhay 2018): w_k = sum a_k max(G_k, 0) with a = G^2 / (2 G^2 + (sum A_k) G^3), R = max(sum_k w_k A_k, 0).
/// Reads the ReLU behind the layer: of feature maps with both signs sum A may be anything.
class GradCamPlusPlus final : public CamExplainer {
 public:
  static constexpr const char* kName = "grad-cam-plus-plus";
  static constexpr const char* kSummary = "Grad-CAM with weights that count every place a feature occurs at";
  static constexpr const char* kFormula =
      "R = max(sum over k of w_k A_k, 0), w_k = sum a_k max(G_k, 0), a = G^2 / (2 G^2 + (sum A_k) G^3), G = df/dA";
  static constexpr const char* kSource = "Chattopadhay et al. 2018";
  using Options = ActivationCamOptions;
  static const OptionTable<Options>& options() { return ActivationCamOptions::options(); }
  explicit GradCamPlusPlus(Options options) : options_(std::move(options)) {}
  Output output() const override { return options_.output.output; }

 protected:
  std::shared_ptr<const BlockExplainer> on(const Network& network, const Samples& samples, const Context& context) const override;

 private:
  bool is_rectified() const override { return options_.relu; }
  Options options_;
};

/// Class activation map (Zhou 2016): R = sum_k w_tk A_k, where the head is global average pooling and one linear layer.
class Cam final : public CamExplainer {
 public:
  static constexpr const char* kName = "cam";
  static constexpr const char* kSummary =
      "the class's weights applied to the pooled feature maps, where the architecture allows it";
  static constexpr const char* kFormula = "R = sum over k of w_tk A_k, w the weights of class t on the pooled feature maps A";
  static constexpr const char* kSource = "Zhou et al. 2016";
  struct Options {
    std::string target = "predicted";
    Upsample upsample = Upsample::bilinear;
  };
  static const OptionTable<Options>& options();
  explicit Cam(Options options) : options_(std::move(options)) {}
  std::vector<Claim> claims(const Network& network) const override;

 protected:
  std::shared_ptr<const BlockExplainer> on(const Network& network, const Samples& samples, const Context& context) const override;

 private:
  bool is_rectified() const override { return false; }
  Options options_;
};

/// Guided Grad-CAM (Selvaraju 2017): guided backpropagation times the upsampled Grad-CAM, element by element. Maps: signed, the
/// inputs' shape.
class GuidedGradCam final : public WalkExplainer {
 public:
  static constexpr const char* kName = "guided-grad-cam";
  static constexpr const char* kSummary = "guided backpropagation, weighted by where Grad-CAM finds the class";
  static constexpr const char* kFormula = "R = guided backpropagation times the upsampled Grad-CAM";
  static constexpr const char* kSource = "Selvaraju et al. 2017";
  using Options = CamOptions;
  static const OptionTable<Options>& options() { return CamOptions::options(); }
  explicit GuidedGradCam(Options options);
  Output output() const override { return options_.output.output; }

  Traits traits() const override;
  std::vector<Claim> claims(const Network& network) const override;

 protected:
  std::shared_ptr<const BlockExplainer> on(const Network& network, const Samples& samples, const Context& context) const override;

 private:
  Options options_;
};

}  // namespace faultline
