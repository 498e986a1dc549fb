#include "report/method_texts.h"

namespace faultline {

const std::vector<MethodText>& method_texts() {
  static const std::vector<MethodText> texts{
      {"explainer", "gradient", "R = df/dx; ReLU'(0) = 0, a maximum passes to its first place",
       "Simonyan, Vedaldi, Zisserman 2013"},
      {"explainer", "gradient-x-input", "R_i = x_i df/dx_i", "Shrikumar et al. 2016"},
      {"explainer", "integrated-gradients", "R_i = (x_i - x'_i) integral over a in [0,1] of g_i(x' + a (x - x')) da",
       "Sundararajan, Taly, Yan 2017, eq. 1"},
      {"explainer", "gradient-shap",
       "R = mean over draws of (x~ - x') g(x' + a (x~ - x')), x' a reference input, a uniform in [0,1)", "Lundberg, Lee 2017"},
      {"explainer", "open-box", "f(x) = W x + b on the region of inputs where no unit changes its state; R = W",
       "Chu et al. 2018"},
      {"explainer", "taylor-decomposition", "R = (x - r) df/dx(r), r a root of f near x", "Bach et al. 2015"},
      {"explainer", "lrp", "R_i = sum over j of z_ij / (sum over i of z_ij) R_j, z_ij by the rule of the layer",
       "Bach et al. 2015; Montavon et al. 2017, 2019"},
      {"explainer", "deep-taylor", "R_i = sum over j of the first-order term of R_j at a root point in the inputs' domain",
       "Montavon et al. 2017"},
      {"explainer", "deep-lift", "R = m (x - x0), multipliers m by the chain rule of differences; sum R = f(x) - f(x0)",
       "Shrikumar, Greenside, Kundaje 2017"},
      {"explainer", "deep-shap", "R = mean over baselines x0 of m (x - x0); sum R = f(x) - mean f(x0)", "Lundberg, Lee 2017"},
      {"explainer", "excitation-backprop", "P(i) = sum over j of P(j) w+_ij x_i / (sum over i of w+_ij x_i)",
       "Zhang et al. 2016"},
      {"explainer", "guided-backprop", "R = df/dx with max(g, 0) [x > 0] in the place of g at every ReLU",
       "Springenberg et al. 2015"},
      {"explainer", "deconvnet", "R = df/dx with max(g, 0) in the place of g at every ReLU", "Zeiler, Fergus 2014"},
      {"explainer", "grad-cam", "R = max(sum over k of alpha_k A_k, 0), alpha_k the mean of df/dA_k over places",
       "Selvaraju et al. 2017"},
      {"explainer", "grad-cam-plus-plus",
       "R = max(sum over k of w_k A_k, 0), w_k = sum a_k max(G_k, 0), a = G^2 / (2 G^2 + (sum A_k) G^3), G = df/dA",
       "Chattopadhay et al. 2018"},
      {"explainer", "guided-grad-cam", "R = guided backpropagation times the upsampled Grad-CAM", "Selvaraju et al. 2017"},
      {"explainer", "cam", "R = sum over k of w_tk A_k, w the weights of class t on the pooled feature maps A",
       "Zhou et al. 2016"},
      {"explainer", "smooth-grad", "R = mean over j of g(x + eta_j), eta normal", "Smilkov et al. 2017"},
      {"explainer", "smooth-grad-squared", "R = mean over j of g(x + eta_j)^2", "Hooker et al. 2019"},
      {"explainer", "var-grad", "R = variance over j of g(x + eta_j)", "Adebayo et al. 2018"},
      {"explainer", "random", "R ~ N(0,1), keyed by the input's bytes: a control", "none: a control of this program"},
      {"explainer", "pattern-net", "the logit walks back with patterns a = cov(x, y) / (w cov(x, y)) in the place of weights w",
       "Kindermans et al. 2018"},
      {"explainer", "pattern-attribution", "as pattern-net, with w a in the place of weights", "Kindermans et al. 2018"},
      {"explainer", "edge", "R = magnitude of the Sobel gradient of the picture: a control",
       "Adebayo et al. 2018 compare with one"},
      {"attack", "ghorbani-topk", "ascends D = - sum over B of M_i(x), B the k largest entries of the clean map, M of mass one",
       "Ghorbani, Abid, Zou 2019"},
      {"attack", "annealed-topk",
       "ascends D = sum outside B of sigmoid((M_i - thr)/s) - sum inside B of the same, thr the k-th largest value, on a "
       "surrogate "
       "that sharpens; steps with momentum that fall",
       "of this program, after Ghorbani, Abid, Zou 2019; momentum: Dong et al. 2018; steps: Croce, Hein 2020"},
      {"attack", "ghorbani-mass-center", "ascends D = ||C(x) - C(x0)||^2, C(x) = sum over pixels of M(x) (row, column)",
       "Ghorbani, Abid, Zou 2019"},
      {"attack", "ghorbani-targeted", "ascends D = sum over A of M(x), A a region", "Ghorbani, Abid, Zou 2019"},
      {"attack", "hessian-top", "delta = +-s v1, v1 the leading direction of the curvature, by Lanczos' recursion",
       "Ghorbani, Abid, Zou 2019; Lanczos 1950"},
      {"attack", "hessian-subspace", "delta = P(V z), V the leading directions of the curvature, z by an evolution strategy",
       "of this program; sep-CMA-ES: Ros, Hansen 2008"},
      {"attack", "random-sign", "delta = epsilon s, s random signs; walk: as many steps as the attack, the best kept: a control",
       "Ghorbani, Abid, Zou 2019 compare with one"},
      {"attack", "gaussian-noise", "delta = P(sigma z), z normal: a control", "none: a control of this program"},
      {"metric", "top-k", "|top_k(a) and top_k(b)| / k", "Ghorbani, Abid, Zou 2019"},
      {"metric", "spearman", "Pearson correlation of mean ranks", "Spearman 1904"},
      {"metric", "kendall", "tau-b = (C - D) / sqrt((n0 - n1)(n0 - n2))", "Kendall 1945; Knight 1966"},
      {"metric", "pearson", "cov(a, b) / (sd(a) sd(b))", "Pearson 1895"},
      {"metric", "cosine", "a b / (||a|| ||b||)", "textbook"},
      {"metric", "l1", "sum |a - b|", "textbook"},
      {"metric", "l2", "sqrt(sum (a - b)^2)", "textbook"},
      {"metric", "linf", "max |a - b|", "textbook"},
      {"metric", "mse", "mean (a - b)^2", "textbook"},
      {"metric", "ssim", "mean over windows of (2 m_a m_b + c1)(2 s_ab + c2) / ((m_a^2 + m_b^2 + c1)(s_a^2 + s_b^2 + c2))",
       "Wang, Bovik, Sheikh, Simoncelli 2004"},
      {"metric", "hog-pearson", "Pearson correlation of histograms of oriented gradients",
       "Adebayo et al. 2018; Dalal, Triggs 2005"},
      {"metric", "center-shift", "||C(a) - C(b)||, C the centre of mass in pixels", "Ghorbani, Abid, Zou 2019"},
      {"metric", "emd", "least mass times distance that turns one map into the other, both of mass one",
       "Rubner, Tomasi, Guibas 2000"}};
  return texts;
}

const MethodText* method_text(const std::string& kind, const std::string& name) {
  for (const auto& text : method_texts()) {
    if (kind == text.kind && name == text.name) return &text;
  }
  return nullptr;
}

}  // namespace faultline
