#ifndef FAULTLINE_CORE_ONLY
#include "explainers/edge.h"
#include "explainers/external.h"
#include "explainers/pattern_net.h"
#endif
#include "explainers/cam.h"
#include "explainers/deep_lift.h"
#include "explainers/deep_shap.h"
#include "explainers/deep_taylor.h"
#include "explainers/excitation_backprop.h"
#include "explainers/gradient.h"
#include "explainers/gradient_shap.h"
#include "explainers/gradient_x_input.h"
#include "explainers/integrated_gradients.h"
#include "explainers/lrp.h"
#include "explainers/modified_backprop.h"
#include "explainers/open_box.h"
#include "explainers/plugin.h"
#include "explainers/precomputed.h"
#include "explainers/random.h"
#include "explainers/smooth_grad.h"
#include "explainers/smooth_grad_squared.h"
#include "explainers/taylor_decomposition.h"
#include "explainers/torchscript.h"
#include "explainers/var_grad.h"

namespace faultline {

const Registry<Explainer>& explainers() {
  static const Registry<Explainer> registry = [] {
    Registry<Explainer> list("explainer");
    list.add<Gradient>();
    list.add<GradientXInput>();
    list.add<IntegratedGradients>();
    list.add<GradientShap>();
    list.add<OpenBox>();
    list.add<TaylorDecomposition>();
    list.add<Lrp>();
    list.add<DeepTaylor>();
    list.add<DeepLift>();
    list.add<DeepShap>();
    list.add<ExcitationBackprop>();
    list.add<GuidedBackprop>();
    list.add<Deconvnet>();
    list.add<GradCam>();
    list.add<GradCamPlusPlus>();
    list.add<GuidedGradCam>();
    list.add<Cam>();
    list.add<SmoothGrad>();
    list.add<SmoothGradSquared>();
    list.add<VarGrad>();
    list.add<Random>();
    list.add<Torchscript>();
    list.add<Precomputed>();
    list.add<PluginExplainer>();
#ifndef FAULTLINE_CORE_ONLY
    list.add<PatternNet>();
    list.add<PatternAttribution>();
    list.add<Edge>();
    list.add<External>();
#endif
    return list;
  }();
  return registry;
}

}  // namespace faultline
