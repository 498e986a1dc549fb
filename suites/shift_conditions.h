#pragma once
#include <ATen/ATen.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/options.h"
#include "models/shifted.h"
#include "suites/audit.h"

namespace faultline {

/// What is added to every input of network 2.
struct InputShift {
  std::string name;  ///< "-1", "per-channel", "chequers", "sample"
  at::Tensor m;      ///< [1, input shape], float64 on the CPU, pixel units
};

enum class ShiftImage { none, chequers, sample };
enum class ShiftCompensations { both, first_linear, normalisation };

struct ShiftOptions {
  std::string shifts = "-1";
  bool per_channel = true;
  ShiftImage image = ShiftImage::chequers;
  ShiftCompensations compensations = ShiftCompensations::both;
  bool references = true;
  int64_t optimised = 2;
  std::string picture = "cat";
  std::optional<double> bound = 0.3;
  int64_t iterations = 300;
};

/// The shifts of the options, one a condition: numbers are multiples of the width of the legal range; the shift by channels and
/// by chequers has the first of them at its largest. Throws usage where one is no number or zero.
std::vector<InputShift> input_shifts(const Audit& audit, const ShiftOptions& options);

/// Where shifts are taken back: what was asked for; with `both`, the normalisation only where the network has one.
std::vector<Compensation> compensations(const Audit& audit, const ShiftOptions& options);

/// The range of shifted inputs: every bound moved by what the channel is moved by; by the smallest and largest of it where a
/// shift is not constant in the channel.
LegalRange shifted_range(const LegalRange& range, const at::Tensor& m);

/// How an explainer's own reference meets the shift. Beside the explainer as it was given, which learns from the shifted data if
/// it learns at all, stand: what it learned from the data as they were (`fit=kept`), and, where it takes a reference input
/// (`baseline=`), the usual ones: zero and the data's mean as they are and moved along, the darkest value of each network's own
/// range, and the mean of the shifted data.
enum class ShiftReference { as_given, kept_fit, zero, moved_zero, black, mean, moved_mean, new_mean };
/// How far float64 inputs and reference inputs are moved off kinks (equal values under a max pool), times the width of the range:
/// far beyond rounding, and nearer than anybody could see.
constexpr double kOffKinkReach = 1e-6;
/// "baseline=zero+shift": ends the condition's name; "" for as_given.
std::string text_of(ShiftReference reference);

std::vector<ShiftReference> shift_references(const Subject& subject, const ShiftOptions& options);

/// One condition of the suite.
struct ShiftCondition {
  InputShift shift;
  Compensation compensation = Compensation::first_linear;
  ShiftReference reference = ShiftReference::as_given;
  bool moves_range = false;  ///< the explainer is told the range of the shifted inputs
  std::string name;          ///< "shift=-1,compensate=first-linear"
  std::string obstacle;      ///< why the network cannot be shifted so, "" where it can
};

/// The conditions of one explainer and reference. Explainers that read the legal range meet each twice: with the range as it was
/// and with the range moved along.
std::vector<ShiftCondition> shift_conditions(const Audit& audit, const Subject& subject, ShiftReference reference,
                                             const ShiftOptions& options);

}  // namespace faultline
