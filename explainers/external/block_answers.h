#pragma once
#include <functional>
#include <string>

#include "explainers/explainer.h"

namespace faultline {

/// What somebody else's code says to a block of samples.
struct BlockAnswer {
  at::Tensor maps;      ///< [B,...], undefined where there are none
  std::string failure;  ///< why there are none, one line
  std::string said;     ///< for people, beside maps that cannot be used; may be empty
};

/// Asks for the maps of all samples, always of `block` samples at once, each in its own slot, with copies of others in empty
/// ones: a map does not depend on what is asked for beside it (DESIGN 4.1). shape: of all maps, [N,...]. Samples without a map
/// have NaN and say why: `explainer-failed`, or `non-finite-map`. The logits come with them: one forward pass a sample is
/// counted.
Explanation explained_in_blocks(const Network& network, const Samples& samples, int64_t block, const std::vector<int64_t>& shape,
                                const Context& context, const std::function<BlockAnswer(const Samples& block)>& ask);

/// The shape of the samples' maps: that of the inputs, or with one value a pixel.
std::vector<int64_t> shape_of_maps(const Samples& samples, bool is_single_channel);

}  // namespace faultline
