#pragma once
#include <ATen/ATen.h>

#include <string>

#include "core/context.h"
#include "data/samples.h"
#include "explainers/explainer.h"
#include "models/network.h"

namespace faultline {

/// A shift that draws a picture into one sample's map while the function stays what it is (Kindermans 2017; attacks sheet 7.5).
struct ShiftSearch {
  double bound = 0.3;  ///< most |m| in pixel units; infinity: none
  double step = 0.01;  ///< of Adam, pixel units
  int64_t iterations = 300;
};

struct FoundShift {
  at::Tensor m;              ///< [1,C,H,W], float64; undefined where `why_not` says why
  at::Tensor before, after;  ///< maps [1,...] of network 1 at x and of network 2 at x + m
  double logit_change = 0;   ///< largest |f2(x + m) - f(x)|
  bool is_closed_form = false;
  std::string why_not;
};

/// m of the closed form: a map that moves by slope * m element by element becomes scale * picture where |slope| >= 1e-3 of its
/// largest, within the bound; elsewhere m = 0. Where only the negative of the picture is within reach, or nearer, that. All of
/// one shape, float64.
at::Tensor closed_form_shift(const at::Tensor& map, const at::Tensor& slope, const at::Tensor& picture, double scale,
                             double bound);

/// The scale for which the map that closed_form_shift() makes correlates best with the picture (Pearson of the magnitudes summed
/// over channels); of equally good ones, the one with the smallest shift.
double best_scale(const at::Tensor& map, const at::Tensor& slope, const at::Tensor& picture, double bound);

/// Pearson's correlation of the maps' magnitudes, summed over channels, with a picture [H,W]: [N]. Differentiable; 0 where a map
/// is constant.
at::Tensor picture_pearson(const at::Tensor& maps, const at::Tensor& picture);

/// Searches m for one sample [1,C,H,W]. network: float64, one that shifted() takes with Compensation::first_linear. picture:
/// [H,W]. Where the map is affine in the shift element by element (which is measured), the closed form is the answer. Otherwise
/// Adam descends on 1 - picture_pearson() from the closed form of the measured slopes: the derivative is the explainer's own on
/// network 2, that is without the share of the moved biases. In a ReLU network that share is 0 almost everywhere for maps made of
/// derivatives; elsewhere the direction is a guess. Every iterate is judged on its own network 2, and the best one counts.
FoundShift search_shift(const Network& network, const Explainer& explainer, const Samples& sample, const at::Tensor& picture,
                        const ShiftSearch& search, const Context& context);

}  // namespace faultline
