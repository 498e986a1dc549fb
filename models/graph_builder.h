#pragma once
#include <map>
#include <string>
#include <vector>

#include "models/network.h"

namespace faultline {

/// Writes a network in code, node by node: for the built-in small networks and for tests.
///   GraphBuilder g({1, 28, 28});
///   int x = g.convolution("conv1", g.input(), weight, bias);
///   Network network = g.finish(g.linear("fc", g.flatten("flat", g.node(Op::relu, "relu1", {x})), w, b));
/// Nodes are numbers; values keep their dtype until finish() casts them. Programming errors (a name used twice, an unknown node)
/// throw std::logic_error.
class GraphBuilder {
 public:
  /// input_shape: without the batch dimension.
  explicit GraphBuilder(std::vector<int64_t> input_shape);

  int input() const { return graph_.input; }
  int node(Op op, const std::string& name, std::vector<int> inputs, std::map<std::string, Attribute> attributes = {});
  int parameter(const std::string& name, const at::Tensor& value);
  int constant(const std::string& name, const at::Tensor& value);
  /// A rank-0 constant.
  int scalar(const std::string& name, double value);

  /// Parameters are named NAME.weight and NAME.bias. An undefined bias is left out.
  int convolution(const std::string& name, int x, const at::Tensor& weight, const at::Tensor& bias = {}, int64_t stride = 1,
                  int64_t padding = 0, int64_t groups = 1);
  int linear(const std::string& name, int x, const at::Tensor& weight, const at::Tensor& bias = {});
  int batch_norm(const std::string& name, int x, const at::Tensor& gamma, const at::Tensor& beta, const at::Tensor& mean,
                 const at::Tensor& variance, double eps = 1e-5);
  /// Square windows whose stride is their size.
  int max_pool(const std::string& name, int x, int64_t kernel);
  /// [N, ...] to [N, features].
  int flatten(const std::string& name, int x, int64_t features);

  /// The network whose output is the last node added. The builder is spent afterwards.
  Network finish(int output, at::ScalarType dtype = at::kDouble, at::Device device = at::kCPU);

 private:
  int add_value(Op op, const std::string& name, const at::Tensor& value);
  LayerGraph graph_;
  std::vector<at::Tensor> values_;
};

}  // namespace faultline
