#include "cli/listing_claims.h"

#include "cli/network_setup.h"
#include "cli/sandbox.h"
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
      listing.claims = explainers().make(Spec{listing.name, {}})->claims(network);
    } catch (const Error& error) {
      listing.why_no_claims = error.what();  // one method that cannot be used here is no reason to be silent about all others
    }
  }
  return has_model ? path : "a small CNN with ReLU, max pooling and biases";
}

}  // namespace faultline
