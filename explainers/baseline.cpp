#include "explainers/baseline.h"

#include "core/error.h"
#include "data/per_sample_array.h"
#include "data/reference_inputs.h"

namespace faultline {
namespace {

/// The blur along one side of n entries as a matrix [n,n]: row i holds the kernel's weights on the entries it reads, with indices
/// beyond the border reflected. A matrix because it serves any radius, also one larger than the picture, and is its own
/// derivative.
at::Tensor blur_matrix(int64_t n, double sigma) {
  const auto radius = static_cast<int64_t>(std::ceil(4 * sigma));
  std::vector<double> kernel;
  double total = 0;
  for (int64_t k = -radius; k <= radius; ++k) {
    kernel.push_back(std::exp(-0.5 * static_cast<double>(k * k) / (sigma * sigma)));
    total += kernel.back();
  }
  auto matrix = at::zeros({n, n}, at::kDouble);
  auto cells = matrix.accessor<double, 2>();
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t k = -radius; k <= radius; ++k) {
      int64_t j = (i + k) % (2 * n);
      if (j < 0) j += 2 * n;
      if (j >= n) j = 2 * n - 1 - j;
      cells[i][j] += kernel[k + radius] / total;
    }
  }
  return matrix;
}

}  // namespace

at::Tensor gaussian_blur(const at::Tensor& inputs, double sigma) {
  if (inputs.dim() < 3) throw_usage("blur", "needs pictures or sequences, not vectors of " + std::to_string(inputs.size(-1)));
  const auto along = [&](int64_t n) { return blur_matrix(n, sigma).to(inputs.device(), inputs.scalar_type()); };
  at::Tensor out = at::matmul(inputs, along(inputs.size(-1)).t());
  if (inputs.dim() == 4) out = at::matmul(along(inputs.size(-2)), out);
  return out;
}

const OptionTable<BaselineOptions>& BaselineOptions::options() {
  static const auto table =
      OptionTable<BaselineOptions>()
          .choice<BaselineKind>("baseline", &BaselineOptions::kind,
                                {{"zero", BaselineKind::zero},
                                 {"constant", BaselineKind::constant},
                                 {"blur", BaselineKind::blur},
                                 {"mean", BaselineKind::mean},
                                 {"mean-image", BaselineKind::mean_image},
                                 {"file", BaselineKind::file}},
                                "the reference input")
          .number("value", &BaselineOptions::value, {-1e30, 1e30}, "of baseline=constant", "", "pixel units")
          .number("blur-sigma", &BaselineOptions::blur_sigma, {0.1, 1000}, "of baseline=blur", "", "pixels")
          .text("file", &BaselineOptions::file, "of baseline=file: .npy of shape [1|N,C,H,W]");
  return table;
}

Baseline::Baseline(BaselineOptions options) : options_(std::move(options)) {
  const BaselineOptions standard;
  const auto goes_with = [&](bool is_given, BaselineKind kind, const std::string& what, const char* with) {
    if (is_given && options_.kind != kind) throw_usage(what, std::string("goes with baseline=") + with, "give both, or neither");
  };
  goes_with(options_.value != standard.value, BaselineKind::constant, "value=", "constant");
  goes_with(options_.blur_sigma != standard.blur_sigma, BaselineKind::blur, "blur-sigma=", "blur");
  goes_with(!options_.file.empty(), BaselineKind::file, "file=" + options_.file, "file");
}

Baseline Baseline::fixed(const at::Tensor& baseline) {
  BaselineOptions options;
  options.kind = BaselineKind::mean_image;
  Baseline out(options);
  out.learned_ = baseline.to(at::kDouble).unsqueeze(0);
  return out;
}

void Baseline::fit(const Dataset& data) {
  at::Tensor sum;
  int64_t count = 0;
  for_each_reference_input(data, "baseline", [&](const at::Tensor& input) {
    sum = count == 0 ? input.clone() : sum.add_(input);
    ++count;
    return true;
  });
  learned_ = (sum / count).unsqueeze(0);
  if (options_.kind == BaselineKind::mean && learned_.dim() > 2) {
    std::vector<int64_t> spatial;
    for (int64_t d = 2; d < learned_.dim(); ++d) spatial.push_back(d);
    learned_ = learned_.mean(spatial, true).expand_as(sum.unsqueeze(0)).contiguous();
  }
}

at::Tensor Baseline::of(const at::Tensor& inputs, const std::vector<uint64_t>& ids, const Context& context) const {
  switch (options_.kind) {
    case BaselineKind::zero: {
      // Black; where black is illegal, the darkest legal value.
      const double low = *std::max_element(context.range.low.begin(), context.range.low.end());
      const double high = *std::min_element(context.range.high.begin(), context.range.high.end());
      return at::full_like(inputs, low > 0 || high < 0 ? low : 0.0);
    }
    case BaselineKind::constant: return at::full_like(inputs, options_.value);
    case BaselineKind::blur: {
      const double low = *std::min_element(context.range.low.begin(), context.range.low.end());
      const double high = *std::max_element(context.range.high.begin(), context.range.high.end());
      return gaussian_blur(inputs, options_.blur_sigma).clamp(low, high);
    }
    case BaselineKind::mean:
    case BaselineKind::mean_image:
      if (!learned_.defined()) throw_usage("baseline=mean", "has no reference data", "give --data");
      if (learned_[0].sizes() != inputs[0].sizes())
        throw_usage("baseline=mean", "the reference data has another shape than the inputs");
      return learned_.to(inputs.device(), inputs.scalar_type()).expand_as(inputs);
    case BaselineKind::file: break;
  }
  if (options_.file.empty()) throw_usage("baseline=file", "needs file=F.npy");
  const auto stored = read_per_sample_array(options_.file, ids).to(inputs.device(), inputs.scalar_type());
  if (stored.sizes() != inputs.sizes())
    throw_input(options_.file, "does not have the inputs' shape", "a baseline file is [1|N,C,H,W]");
  return stored;
}

}  // namespace faultline
