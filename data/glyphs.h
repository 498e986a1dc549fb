#pragma once
#include <memory>
#include <string>

#include "data/dataset.h"

namespace faultline {

/// Generated digits for when no data is at hand: Hershey faces under random affine maps and stroke widths, with distractor marks
/// and noise. Inputs are [1,size,size] in [0,1]; the class of sample i is i mod 10, so that any run of samples is balanced;
/// load() gives the digit's own pixels as mask. Sample i depends on the seed and i alone (purpose `glyphs`), so a longer data set
/// begins with a shorter one. `spec` is `glyphs` or `glyphs:count=512,seed=1,size=28`. Throws usage on unknown keys and values
/// out of range.
std::unique_ptr<Dataset> open_glyphs(const std::string& spec, const DatasetOptions& options);

}  // namespace faultline
