#pragma once
#include "suites/facts.h"

namespace faultline::facts {

/// The names of suite `shift`: maps of one function of shifted inputs.

inline const char* const kShift = "shift";
/// Fields of its conditions: "shift" = name, "compensate", "reference", "range" = "original" | "shifted" | "", "promised" = 1
/// where the explainer claims to be invariant; of optimised shifts "picture", "bound", "how".
inline const char* const kVerdict = "verdict";  ///< field: one of the next three
inline const char* const kInvariant = "invariant";
inline const char* const kNotInvariant = "not invariant";
inline const char* const kNotMeasured = "not measured";
/// The condition in which shifts are searched that draw a picture into the map.
inline const char* const kOptimised = "optimised";
namespace quantity {
inline const char* const kPremise = "premise";  ///< largest difference of the logits over max(1, largest logit), float64
inline const char* const kPremiseFloat32 = "premise-float32";
inline const char* const kRelativeChange = "relative-change";  ///< ||R1 - R2|| / ||R1||, float64: what the verdict is made of
inline const char* const kRelativeChangeFloat32 = "relative-change-float32";
/// The same change where the input moves by 1e-13 of the range, a rounding: large where the input lies on a kink of the network,
/// such as equal values under a max pool (conventions 8).
inline const char* const kKinkFloor = "kink-floor";
/// 1 where the float64 input was moved off a kink by up to 1e-6 of the range, so that a rounding decides nothing.
inline const char* const kOffKink = "off-kink";
/// Of the whole condition: 1 where no sample's relative change exceeds 1e-8; the largest; both without the samples whose change a
/// rounding explains, and their number; the largest premise; the share of the samples whose float32 maps change by 1e-4 at most.
inline const char* const kIsInvariant = "is-invariant";
inline const char* const kLargestChange = "largest-change";
inline const char* const kAtKinks = "at-kinks";
inline const char* const kLargestPremise = "largest-premise";
inline const char* const kWithinFloat32 = "within-float32";
/// Of optimised shifts: similarity of the map to the picture before and after, the shift's largest and Euclidean size in pixel
/// units, the largest change of a logit, and the passes spent.
inline const char* const kPictureBefore = "picture-pearson-before";
inline const char* const kPictureAfter = "picture-pearson";
inline const char* const kPictureSsim = "picture-ssim";
inline const char* const kShiftLinf = "shift-linf";
inline const char* const kShiftL2 = "shift-l2";
inline const char* const kLogitChange = "logit-change";
}  // namespace quantity

}  // namespace faultline::facts
