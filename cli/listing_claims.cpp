#include "cli/listing_claims.h"

#include "cli/network_setup.h"
#include "cli/sandbox.h"
#include "core/context.h"
#include "core/error.h"
#include "models/small_nets.h"
#include "models/transforms.h"

namespace faultline {
namespace {

/// The architecture of the built-in network. A trained network has biases of both signs; those of a new one are 0, on which some
/// methods could promise more than on any network that people have.
Network small_cnn_with_biases() {
  const Network bare = small_cnn(1, 28, 28, 10, 0);
  std::vector<at::Tensor> parameters = bare.parameters();
  for (at::Tensor& parameter : parameters) {
    if (parameter.dim() == 1) parameter = at::full_like(parameter, 0.1);
  }
  return with_parameters(bare, std::move(parameters));
}

Network network_of_file(const Arguments& arguments, const std::string& path) {
  const Model model = Model::load(path);
  Network network = prepared_network(run_settings(arguments), model, shape_for(arguments, model).first);
  tell_sandbox_that_model_is_ready();
  return network;
}

/// Throws what explain() would: a method promises nothing on a network that it refuses. Methods that ask for forward passes and
/// gradients alone run wherever the network does, and what must learn first is taken at its word.
void try_out(const Explainer& explainer, const Network& network) {
  const Traits traits = explainer.traits();
  if (traits.access != Access::layer_graph || traits.needs_fitting) return;
  std::vector<int64_t> shape = network.graph().input_shape;
  shape.insert(shape.begin(), 1);
  Samples one;
  one.inputs = at::full(shape, 0.5, at::TensorOptions().dtype(network.dtype()).device(network.device()));
  one.targets = at::zeros({1}, at::kLong);
  one.ids = {0};
  one.slots = {0};
  explainer.explain(network, one, Context{});
}

}  // namespace

std::string add_claims(const Arguments& arguments, const std::string& what, std::vector<Listing>* listings) {
  const bool has_model = arguments.has("model");
  if (what != "explainers") {
    if (has_model) throw_usage("--model", "changes nothing about " + what, "faultline list explainers --model FILE");
    return "";
  }
  const std::string path = arguments.text("model");
  const Network network = has_model ? network_of_file(arguments, path) : small_cnn_with_biases();
  for (Listing& listing : *listings) {
    try {
      const auto& entry = explainers().entry(listing.name);
      const auto explainer = entry.standard();
      if (has_model && entry.stands_alone()) try_out(*explainer, network);
      listing.claims = explainer->claims(network);
    } catch (const std::exception& error) {
      listing.why_no_claims = error.what();  // one method that cannot be used here is no reason to be silent about all others
    }
  }
  return has_model ? path : "a small CNN with ReLU, max pooling and biases";
}

}  // namespace faultline
