#pragma once
#include <ATen/ATen.h>

namespace faultline {

// In one pass over memory each where no derivative is wanted: these are what DeepLIFT spends its time on beside the layers.

/// d_out / d_in where |d_in| is large enough to divide by, else `slope`; no NaN in derivatives.
at::Tensor slope_between(const at::Tensor& d_out, const at::Tensor& d_in, const at::Tensor& slope);

/// m (relu(x) - relu(x0)) / (x - x0), and m 1[x > 0] where x - x0 is too small to divide by.
at::Tensor through_relu(const at::Tensor& m, const at::Tensor& x, const at::Tensor& x0);

}  // namespace faultline
