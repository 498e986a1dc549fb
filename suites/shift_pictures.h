#pragma once
#include <ATen/ATen.h>

#include <string>
#include <vector>

namespace faultline {

/// Pictures that shifts are made of and aimed at; float64, values in [0,1].

/// Squares of a quarter of the shorter side, 0 and 1 in turn, in every channel: [input shape]. Sequences and vectors: runs of a
/// quarter of their length.
at::Tensor chequers(const std::vector<int64_t>& input_shape);

/// The picture that optimised shifts are to make maps look like, [height, width]: the word `cat` draws one, everything else is
/// read as an image file. Throws input where that cannot be read.
at::Tensor target_picture(const std::string& word, int64_t height, int64_t width);

}  // namespace faultline
