#pragma once
#include <string>
#include <vector>

#include "explainers/explainer.h"

namespace faultline::testing {

/// A network that methods are tried on, in float64, and a few samples explained for the classes it predicts.
struct Subject {
  std::string name;
  Network network;
  Samples samples;
  at::Tensor data;  ///< other inputs, for methods that learn from data
};

/// Networks of different structure, small enough to try everything on: a head that CAM can read; sums, batch norm and overlapping
/// pools; vectors; a transformer block; gates, concatenations and group norm; sequences; links between a layer and its
/// activation. Biases of both signs everywhere.
const std::vector<Subject>& subjects();
/// The last of them: convolution - average pool - a factor for every channel - another shape - ReLU - linear; or the other shape
/// behind the ReLU, which makes the same function.
Subject linked(bool is_flat_first);
/// All of them without kinks and without jumps of a maximum's place.
const std::vector<Subject>& smooth_subjects();

/// The method under its default options; then with every option in turn at every other value that its declaration lists (numbers
/// at one other value; path points and draws are 3 then); then `combinations` random choices of all options at once. Options that
/// the method refuses together are left out. The same for the same seed.
std::vector<std::string> variants_of(const MethodEntry<Explainer>& entry, int combinations, uint64_t seed);

/// Made and, where it has to be, fitted on the subject's data; null where the method refuses the network.
std::unique_ptr<Explainer> ready(const std::string& spec, const Subject& subject);

}  // namespace faultline::testing
