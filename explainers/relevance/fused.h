#pragma once
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

namespace faultline {

/// Whether arrays may be read side by side as they lie in memory and nobody is going to differentiate what is made of them.
template <class... Tensors>
bool can_be_fused(const at::Tensor& first, const Tensors&... others) {
  const auto is_plain = [&](const at::Tensor& each) {
    return !(at::GradMode::is_enabled() && each.requires_grad()) && each.device().is_cpu() &&
           each.is_non_overlapping_and_dense() && each.sizes() == first.sizes() && each.strides() == first.strides() &&
           each.scalar_type() == first.scalar_type();
  };
  return (first.scalar_type() == at::kFloat || first.scalar_type() == at::kDouble) && is_plain(first) &&
         (is_plain(others) && ...);
}

/// out_i = f(a_i, b_i, ...) in one pass over memory, where ATen would take one a step. For arrays that can_be_fused(). f is
/// best written in arithmetic alone, with conditions as factors 0 and 1: compilers make no vectors of branches.
template <class Function, class... Tensors>
at::Tensor fused(const Function& f, const at::Tensor& first, const Tensors&... others) {
  at::Tensor out = at::empty_like(first);
  const auto fill = [&](auto* to, const auto*... from) {
    at::parallel_for(0, out.numel(), 1 << 15, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) to[i] = f(from[i]...);
    });
  };
  if (out.scalar_type() == at::kFloat) {
    fill(out.data_ptr<float>(), first.template data_ptr<float>(), others.template data_ptr<float>()...);
  } else {
    fill(out.data_ptr<double>(), first.template data_ptr<double>(), others.template data_ptr<double>()...);
  }
  return out;
}

}  // namespace faultline
