#pragma once
#include <vector>

#include "models/network.h"

namespace faultline {

/// Throws input where an operation on the way from the input is not piecewise linear, naming it and its layer.
void check_piecewise_linear(const Network& network);

/// The affine map that a piecewise linear network is where the samples of a block lie: every ReLU on its piece, every maximum at
/// its choice. It is evaluated forwards, piece by piece, and shares no code with the walk back that gives gradients.
class LinearRegion {
 public:
  /// x: [B,...]. Throws as check_piecewise_linear.
  LinearRegion(const Network& network, const at::Tensor& x);

  /// What the map gives at points [B,...], in the region or not, node by node in the order of the graph. A leaf's value is its
  /// parameter.
  std::vector<at::Tensor> values_at(const at::Tensor& points) const;

  /// By what each sample's position in every hidden face is told, [B, faces]: affine in the values, 0 on the face. Pieces of
  /// activations end where their input meets a bound, those of maxima where another entry is as large as the chosen one.
  at::Tensor faces_of(const std::vector<at::Tensor>& values) const;

 private:
  /// One node's derivative at the block, ready to be applied: J^T u as a function of u.
  struct Piece {
    std::vector<at::Tensor> inputs;  ///< those that vary
    at::Tensor output, u;
    std::vector<at::Tensor> pulled;
    at::Tensor push(const std::vector<at::Tensor>& directions) const;
  };

  Network network_;
  std::vector<char> varies_;
  std::vector<Piece> pieces_;  ///< one a node, without an output where the node is affine
};

/// Where the faces of the region of each sample of a block are.
struct NearestFaces {
  at::Tensor touched;    ///< [B] double: how many it lies on, up to rounding: ties of maxima, as where a picture is black
  at::Tensor distances;  ///< [B,count] double, of the nearest others: |face| / ||its gradient||, ascending; infinite where there
                         ///< are fewer
};
/// x: [B,...]. Where no face is touched the first distance is the radius of the ball in which the coefficients are constant.
/// Takes as many evaluations of the affine map as the input has elements.
NearestFaces nearest_faces(const Network& network, const at::Tensor& x, int64_t count);

}  // namespace faultline
