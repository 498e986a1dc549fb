#pragma once
#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <vector>

#include "models/layer_graph.h"
#include "models/memo.h"

namespace faultline {

/// Every node's value of one run, for walks over the graph: values[i] belongs to graph().nodes[i].
struct Tape {
  std::vector<at::Tensor> values;
};

/// Where a network came from, for explainers that load or hold one by themselves.
struct NetworkOrigin {
  std::string file;       ///< the TorchScript file that computes its function; "" where there is none
  bool is_given = false;  ///< the network that is to be explained, in any dtype and on any device, and no change of it
};

/// An immutable network: a layer graph, its parameters, a dtype and a device. Copies share parameter storage. It is run through
/// differentiable ATen calls only, so that a double backward exists. What is done to a network is a function from Network to
/// Network (models/transforms.h).
class Network {
 public:
  Network() = default;
  /// parameters: in the order of graph->parameter_names; floating point ones are cast to dtype and moved to device.
  Network(std::shared_ptr<const LayerGraph> graph, std::vector<at::Tensor> parameters, at::ScalarType dtype = at::kDouble,
          at::Device device = at::kCPU);

  const LayerGraph& graph() const { return *graph_; }
  const std::shared_ptr<const LayerGraph>& shared_graph() const { return graph_; }
  const std::vector<at::Tensor>& parameters() const { return parameters_; }
  at::ScalarType dtype() const { return dtype_; }
  at::Device device() const { return device_; }
  int64_t classes() const { return classes_; }
  /// What was derived from this network, shared by its copies. What is kept there must hold a detached() copy, or network and
  /// memo would keep each other alive.
  Memo& memo() const { return *memo_; }
  /// Casts and moves keep it; whatever else is done to a network makes one without origin.
  const NetworkOrigin& origin() const { return origin_; }
  Network with_origin(NetworkOrigin origin) const;
  /// The same network with an empty memo of its own.
  Network detached() const;

  /// x: [N, input shape] in this network's dtype and device. Returns [N, classes]. Differentiable twice in x. Values no longer
  /// needed are released on the way. Runs exactly the batch it is given (see blocks.h for the fixed-size form that results are
  /// made with).
  at::Tensor logits(const at::Tensor& x) const;
  /// The same, keeping every node's value.
  Tape run_with_tape(const at::Tensor& x) const;

  /// Writes the network as a TorchScript file (models/torchscript_export.h).
  void save(const std::string& path) const;

  /// The fixed number of samples the network is run on at a time; a function of the input's size alone (or the frozen batch).
  int64_t block_size() const;

 private:
  std::shared_ptr<const LayerGraph> graph_;
  std::vector<at::Tensor> parameters_;
  at::ScalarType dtype_ = at::kDouble;
  at::Device device_ = at::kCPU;
  int64_t classes_ = 0;
  NetworkOrigin origin_;
  std::shared_ptr<Memo> memo_ = std::make_shared<Memo>();
};

/// Computes one node from its inputs. `batch` is the batch size of the network's input. Throws std::logic_error for leaves.
at::Tensor apply(const Node& node, const std::vector<at::Tensor>& inputs, int64_t batch);

}  // namespace faultline
