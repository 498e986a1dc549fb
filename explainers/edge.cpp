#include "explainers/edge.h"

#include <opencv2/imgproc.hpp>

#include "explainers/legal_bounds.h"

namespace faultline {
namespace {

at::Tensor luminance(const at::Tensor& picture) {
  const auto x = picture.to(at::kCPU, at::kDouble);
  if (x.size(0) == 3) return (0.299 * x[0] + 0.587 * x[1] + 0.114 * x[2]).contiguous();
  return x.mean(0).contiguous();
}

}  // namespace

const OptionTable<Edge::Options>& Edge::options() {
  static const auto table = OptionTable<Options>()
                                .choice<bool>("operator", &Options::canny, {{"sobel", false}, {"canny", true}}, "edge detector")
                                .number("low", &Options::low, {0, 1e6}, "lower threshold of canny", "", "8-bit levels")
                                .number("high", &Options::high, {0, 1e6}, "upper threshold of canny", "", "8-bit levels")
                                .text("target", &Options::target, "accepted and ignored", "", "predicted|label|second|INT");
  return table;
}

Traits Edge::traits() const {
  Traits traits;
  traits.access = Access::none;
  traits.differentiable = false;
  traits.is_signed = false;
  traits.single_channel = true;
  traits.points = 0;
  return traits;
}

std::vector<Claim> Edge::claims(const Network&) const {
  return {{"determinism", 0, "no random numbers"}, {"positivity", 1e-6, "a magnitude"}};
}

Explanation Edge::explain(const Network&, const Samples& samples, const Context& context) const {
  const auto& x = samples.inputs;
  if (x.dim() != 4) throw_usage(kName, "needs pictures [N,C,H,W]");
  auto maps = at::zeros({x.size(0), 1, x.size(2), x.size(3)}, at::kDouble);
  // Canny's thresholds are 8-bit levels, so every channel's legal range is 0 to 255.
  const auto bounds = legal_bounds(context.range, x);
  const at::Tensor pictures = options_.canny ? (x - bounds.low) * (255 / (bounds.high - bounds.low)) : x;
  for (int64_t row = 0; row < x.size(0); ++row) {
    auto grey = luminance(pictures[row]);
    auto target = maps[row][0];
    const auto height = static_cast<int>(x.size(2)), width = static_cast<int>(x.size(3));
    const cv::Mat source(height, width, CV_64F, grey.data_ptr<double>());
    cv::Mat result(height, width, CV_64F, target.data_ptr<double>());
    if (options_.canny) {
      cv::Mat levels, edges;
      source.convertTo(levels, CV_8U);
      cv::Canny(levels, edges, options_.low, options_.high);
      edges.convertTo(result, CV_64F, 1.0 / 255);
    } else {
      cv::Mat along_x, along_y;
      cv::Sobel(source, along_x, CV_64F, 1, 0, 3);
      cv::Sobel(source, along_y, CV_64F, 0, 1, 3);
      cv::magnitude(along_x, along_y, result);
    }
  }
  return {maps.to(x.device(), x.scalar_type())};
}

}  // namespace faultline
