#include "data/glyph_drawing.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "core/random.h"

namespace faultline {
namespace {

constexpr int kFine = 6;  // drawing happens on a grid this much finer, so that strokes are smooth after averaging

/// Which draws of the sample's stream are used for what.
enum Draw : uint32_t { kShape = 0, kMarks = 1, kNoise = 2 };

double between(double low, double high, double uniform) { return low + (high - low) * uniform; }

/// The digit's coverage in [0,1], [size,size].
cv::Mat draw_digit(int64_t digit, const std::vector<double>& u, int size) {
  static const int kFaces[] = {cv::FONT_HERSHEY_SIMPLEX,
                               cv::FONT_HERSHEY_PLAIN,
                               cv::FONT_HERSHEY_DUPLEX,
                               cv::FONT_HERSHEY_COMPLEX,
                               cv::FONT_HERSHEY_TRIPLEX,
                               cv::FONT_HERSHEY_COMPLEX_SMALL,
                               cv::FONT_HERSHEY_SIMPLEX | cv::FONT_ITALIC,
                               cv::FONT_HERSHEY_COMPLEX | cv::FONT_ITALIC};
  const int face = kFaces[static_cast<size_t>(u[0] * std::size(kFaces))];
  const int fine = size * kFine;
  const int thickness = std::max(1, static_cast<int>(std::lround(fine * between(0.045, 0.1, u[1]))));
  const std::string text(1, static_cast<char>('0' + digit));

  // Font scale such that the digit is about half of the picture high, whatever the face.
  int below = 0;
  const cv::Size unit = cv::getTextSize(text, face, 10.0, 1, &below);
  const double scale = 10.0 * 0.5 * fine / unit.height;
  const cv::Size extent = cv::getTextSize(text, face, scale, thickness, &below);
  cv::Mat upright = cv::Mat::zeros(fine, fine, CV_8U);
  cv::putText(upright, text, cv::Point((fine - extent.width) / 2, (fine + extent.height) / 2), face, scale, cv::Scalar(255),
              thickness, cv::LINE_AA);

  const double angle = between(-0.3, 0.3, u[2]), shear = between(-0.25, 0.25, u[3]);
  const double wide = between(0.8, 1.3, u[4]), tall = between(0.85, 1.25, u[5]);
  const double c = std::cos(angle), s = std::sin(angle), centre = fine / 2.0;
  cv::Matx23d map(c * wide, (c * shear - s) * tall, 0, s * wide, (s * shear + c) * tall, 0);
  map(0, 2) = centre * (1 - map(0, 0) - map(0, 1)) + fine * between(-0.08, 0.08, u[6]);
  map(1, 2) = centre * (1 - map(1, 0) - map(1, 1)) + fine * between(-0.08, 0.08, u[7]);
  cv::Mat warped, coverage;
  cv::warpAffine(upright, warped, map, upright.size(), cv::INTER_LINEAR);
  cv::resize(warped, coverage, cv::Size(size, size), 0, 0, cv::INTER_AREA);
  coverage.convertTo(coverage, CV_32F, 1 / 255.0);
  return coverage;
}

/// Distractors: up to four short strokes, arcs and dots, fainter and thinner than a digit. Brightness in [0,1], [size,size].
cv::Mat draw_marks(const std::vector<double>& u, int size) {
  const int fine = size * kFine;
  cv::Mat marks = cv::Mat::zeros(fine, fine, CV_8U);
  const int count = 1 + static_cast<int>(u[0] * 4);
  for (int i = 0; i < count; ++i) {
    const double* v = u.data() + 1 + 7 * i;
    const cv::Point at(static_cast<int>(v[1] * fine), static_cast<int>(v[2] * fine));
    const cv::Scalar grey(between(70, 190, v[3]));
    const int thickness = std::max(1, static_cast<int>(fine * between(0.02, 0.05, v[4])));
    const double length = fine * between(0.1, 0.3, v[5]), angle = 6.283185307179586 * v[6];
    if (v[0] < 0.5) {
      const cv::Point to(at.x + static_cast<int>(length * std::cos(angle)), at.y + static_cast<int>(length * std::sin(angle)));
      cv::line(marks, at, to, grey, thickness, cv::LINE_AA);
    } else if (v[0] < 0.8) {
      const int radius = static_cast<int>(length / 2) + 1;
      cv::ellipse(marks, at, cv::Size(radius, radius), angle * 57.3, 0, 160, grey, thickness, cv::LINE_AA);
    } else {
      cv::circle(marks, at, thickness, grey, cv::FILLED, cv::LINE_AA);
    }
  }
  cv::Mat out;
  cv::resize(marks, out, cv::Size(size, size), 0, 0, cv::INTER_AREA);
  out.convertTo(out, CV_32F, 1 / 255.0);
  return out;
}

}  // namespace

Glyph draw_glyph(int64_t digit, uint64_t seed, uint64_t index, int64_t size) {
  const RandomStream stream(seed, "glyphs", index);
  const auto shape = stream.uniforms(kShape, 12);
  const int side = static_cast<int>(size);
  const cv::Mat digit_ink = draw_digit(digit, shape, side);
  const cv::Mat marks = draw_marks(stream.uniforms(kMarks, 1 + 7 * 4), side);
  const auto noise = stream.normals(kNoise, static_cast<size_t>(size * size));
  const double background = between(0.0, 0.2, shape[8]), ink = between(0.65, 1.0, shape[9]),
               sigma = between(0.02, 0.1, shape[10]);

  Glyph out{at::empty({1, size, size}, at::kFloat), at::empty({1, size, size}, at::kFloat)};
  float* image = out.image.data_ptr<float>();
  float* mask = out.mask.data_ptr<float>();
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const int64_t i = int64_t{y} * side + x;
      const double cover = digit_ink.at<float>(y, x);
      const double under = std::max<double>(background, marks.at<float>(y, x));
      image[i] = static_cast<float>(std::clamp(under + (ink - under) * cover + sigma * noise[i], 0.0, 1.0));
      mask[i] = cover >= 0.25 ? 1.0f : 0.0f;
    }
  }
  return out;
}

}  // namespace faultline
