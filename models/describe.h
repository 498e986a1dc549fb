#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "models/network.h"

namespace faultline {

/// One layer of a listing: a node that computes something.
struct LayerRow {
  std::string name;                   ///< "layer3.2.conv2"
  std::string operation;              ///< "convolution"
  int64_t parameters = 0;             ///< trained numbers it reads directly; an array two layers share counts at its first reader
  std::vector<int64_t> output_shape;  ///< of one sample, without the batch dimension; -1 where a size still grows with the batch
  bool is_kinked = false;             ///< its derivative jumps somewhere: ReLU and its kin, maxima
};

/// What a whole network comes to.
struct NetworkTotals {
  int64_t layers = 0;
  int64_t kinked_layers = 0;
  int64_t parameters = 0;  ///< trained numbers; running statistics of batch norm are not among them
};

/// Every layer in graph order; shapes are found without running the network on data.
std::vector<LayerRow> describe(const Network& network);
NetworkTotals totals(const std::vector<LayerRow>& rows);

/// True for operations whose derivative jumps: kinked activations, abs, sign, threshold, max pooling and maxima.
bool is_kinked(Op op);

}  // namespace faultline
