#pragma once
#include <memory>
#include <vector>

#include "explainers/relevance/linear_layer.h"
#include "explainers/relevance/rule.h"

namespace faultline {

/// What belongs to the positive part of a difference, and what to the negative one: the parts themselves on the way forward,
/// their multipliers on the way back.
struct Signed {
  at::Tensor up, down;
};

/// One visit of a rule that follows a difference through several nodes.
struct SignedPass {
  const Visit& visit;
  std::vector<at::Tensor> sent;  ///< multipliers, one for each of the visit's inputs
  at::Tensor difference(size_t place) const { return visit.inputs[place] - visit.reference_inputs[place]; }
  /// Sends m+ where the difference is positive, m- where it is negative, and the mean of both where there is none.
  void send(size_t place, const Signed& m);
};

/// A value whose difference from the baseline's is told apart by sign, as the operations before it made it (Shrikumar 2017).
/// Links form a tree, and hold nothing between visits.
class SignedLink {
 public:
  virtual ~SignedLink() = default;
  struct Parts {
    Signed of_value;
    std::vector<Parts> of_links;  ///< those that this value was made of
  };
  virtual Parts forward(const SignedPass& pass) const = 0;
  virtual void back(SignedPass& pass, const Parts& parts, const Signed& m) const = 0;
};
using SignedLinks = std::vector<std::unique_ptr<SignedLink>>;

// Places are those of the visit's inputs.

/// The end of a chain: a value split by the sign of its own difference.
std::unique_ptr<SignedLink> signed_value(size_t place);
/// The end of a chain: a linear layer, whose input is split by the sign of its difference.
std::unique_ptr<SignedLink> signed_layer(const LinearLayer& layer, size_t place_of_input);
/// A sum of links, minus the second where it is a difference. place_of_sum: for the shape.
std::unique_ptr<SignedLink> signed_sum(SignedLinks terms, bool subtracts_second, size_t place_of_sum);
std::unique_ptr<SignedLink> signed_cat(SignedLinks pieces, int64_t dim);
/// An operation of one variable without negative coefficients: average pools, views.
std::unique_ptr<SignedLink> signed_pool(Node node, std::unique_ptr<SignedLink> from);
/// A constant factor a channel or an element, which swaps the parts where it is negative: batch norm, products and quotients with
/// a constant. constants: places of the node's other inputs.
std::unique_ptr<SignedLink> signed_factor(Node node, std::vector<size_t> constants, std::unique_ptr<SignedLink> from);

}  // namespace faultline
