#pragma once
#include <string>
#include <vector>

namespace faultline {

/// The legal range of inputs in pixel units: one [low, high] for all channels, or one a channel (conventions 3).
struct LegalRange {
  std::vector<double> low{0.0};
  std::vector<double> high{1.0};
  /// The width of the widest channel.
  double width() const;
};

/// Reads `LO,HI`. Throws usage where LO >= HI.
LegalRange parse_range(const std::string& text);
std::string print(const LegalRange& range);

enum class Norm { linf, l2 };

/// How far an attack may move an input: `||x' - x|| <= epsilon` in pixel units over all elements of a sample.
struct Budget {
  Norm norm = Norm::linf;
  double epsilon = 0;
};

}  // namespace faultline
