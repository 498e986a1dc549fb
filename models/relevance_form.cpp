#include "models/relevance_form.h"

#include <optional>

#include "models/graph_draft.h"
#include "models/transforms.h"

namespace faultline {

namespace {

bool is_linear_layer(const GraphDraft& draft, int index) {
  const Node& node = draft.node(index);
  if (node.op != Op::convolution && node.op != Op::linear) return false;
  for (size_t i = 1; i < node.inputs.size(); ++i) {
    if (!draft.is_leaf(node.inputs[i])) return false;
  }
  return true;
}

at::Tensor exact(const GraphDraft& draft, int leaf) { return draft.values(leaf).detach().to(at::kCPU, at::kDouble); }

/// A linear layer taken apart, in float64.
struct Layer {
  int x = -1;
  bool is_convolution = false, is_transposed = false;
  int64_t groups = 1;
  at::Tensor weight;
  at::Tensor bias;  ///< [out], a map [1,...], or undefined

  int64_t outputs() const {
    if (!is_convolution) return weight.size(0);
    return is_transposed ? weight.size(1) * groups : weight.size(0);
  }
  int64_t inputs() const {
    if (!is_convolution) return weight.size(1);
    return is_transposed ? weight.size(0) : weight.size(1) * groups;
  }
};

Layer layer_at(const GraphDraft& draft, int index) {
  const Node& node = draft.node(index);
  Layer layer;
  layer.x = node.inputs[0];
  layer.is_convolution = node.op == Op::convolution;
  if (layer.is_convolution) {
    layer.is_transposed = node.flag("transposed");
    layer.groups = node.integer("groups");
  }
  layer.weight = exact(draft, node.inputs[1]);
  if (node.inputs.size() > 2) layer.bias = exact(draft, node.inputs[2]);
  return layer;
}

/// values [C] shaped to broadcast over rank dimensions with the channels in `dim`.
at::Tensor along(const at::Tensor& values, int64_t rank, int64_t dim) {
  std::vector<int64_t> shape(static_cast<size_t>(rank), 1);
  shape[static_cast<size_t>(dim)] = values.numel();
  return values.reshape(shape);
}

/// The dimension of a layer's result that holds its output channels.
int64_t channel_dim(const GraphDraft& draft, int linear) {
  return draft.node(linear).op == Op::convolution ? 1 : static_cast<int64_t>(draft.shape(linear).size()) - 1;
}

/// Weights whose output channels are scaled: one factor an output channel.
at::Tensor scaled_outputs(const Layer& layer, const at::Tensor& scale) {
  if (!layer.is_transposed) return layer.weight * along(scale, layer.weight.dim(), 0);
  // Transposed weights are [in, out/groups, ...]; output channel o belongs to group o / (out/groups).
  std::vector<int64_t> split{layer.groups, layer.weight.size(0) / layer.groups}, broadcast{layer.groups, 1, layer.weight.size(1)};
  for (int64_t d = 1; d < layer.weight.dim(); ++d) split.push_back(layer.weight.size(d));
  for (int64_t d = 2; d < layer.weight.dim(); ++d) broadcast.push_back(1);
  return (layer.weight.reshape(split) * scale.reshape(broadcast)).reshape(layer.weight.sizes());
}

/// Weights whose input channels are scaled: one factor an input channel.
at::Tensor scaled_inputs(const Layer& layer, const at::Tensor& scale) {
  if (layer.is_transposed) return layer.weight * along(scale, layer.weight.dim(), 0);
  if (layer.groups == 1) return layer.weight * along(scale, layer.weight.dim(), 1);
  // Weights are [out, in/groups, ...]; the outputs of group g read the input channels of group g.
  std::vector<int64_t> split{layer.groups, layer.weight.size(0) / layer.groups}, broadcast{layer.groups, 1, layer.weight.size(1)};
  for (int64_t d = 1; d < layer.weight.dim(); ++d) split.push_back(layer.weight.size(d));
  for (int64_t d = 2; d < layer.weight.dim(); ++d) broadcast.push_back(1);
  return (layer.weight.reshape(split) * scale.reshape(broadcast)).reshape(layer.weight.sizes());
}

/// A bias times one factor an output channel.
at::Tensor scaled_bias(const at::Tensor& bias, const at::Tensor& scale, int64_t dim) {
  if (!bias.defined()) return bias;
  return bias.dim() == 1 ? bias * scale : bias * along(scale, bias.dim(), dim);
}

/// The sum of two biases, each [out], a map, or undefined.
at::Tensor sum_of_biases(const at::Tensor& a, const at::Tensor& b, int64_t dim) {
  if (!a.defined()) return b;
  if (!b.defined()) return a;
  if (a.dim() == b.dim()) return a + b;
  return a.dim() == 1 ? along(a, b.dim(), dim) + b : a + along(b, a.dim(), dim);
}

/// Puts the changed layer in the place of node `index`, which takes the name of `linear`. A leaf that only this layer read hands
/// on its name.
void place(GraphDraft& draft, int index, int linear, const Layer& layer) {
  const Node before = draft.node(linear);
  const std::vector<int> uses = draft.use_counts();
  const auto leaf = [&](size_t at, const at::Tensor& values, const char* suffix) {
    const int fresh = draft.leaf(values, before.name + suffix, true);
    if (before.inputs.size() > at && uses[static_cast<size_t>(before.inputs[at])] == 1)
      draft.swap_names(fresh, before.inputs[at]);
    return fresh;
  };
  std::vector<int> inputs{layer.x, leaf(1, layer.weight, ".weight")};
  if (layer.bias.defined()) inputs.push_back(leaf(2, layer.bias, ".bias"));
  draft.rewrite(index, before.op, inputs, before.attributes);
  if (index != linear) draft.swap_names(index, linear);
}

/// A constant operand as one number an output channel, where it is that.
std::optional<at::Tensor> per_channel(const at::Tensor& constant, int64_t rank, int64_t dim, int64_t channels) {
  if (constant.numel() == 1) return constant.reshape({1}).expand({channels});
  if (constant.numel() != channels || constant.dim() > rank) return std::nullopt;
  const int64_t place = dim - (rank - constant.dim());
  if (place < 0 || constant.size(place) != channels) return std::nullopt;
  return constant.reshape({channels});
}

/// linear * c, linear / c with one number an output channel, and -linear.
bool fold_factor(GraphDraft& draft, int index, const std::vector<int>& uses) {
  const Node node = draft.node(index);
  for (const size_t side : {size_t{0}, size_t{1}}) {
    if (side >= node.inputs.size() || (node.op == Op::div && side == 1)) break;
    const int linear = node.inputs[side];
    if (!is_linear_layer(draft, linear) || uses[static_cast<size_t>(linear)] != 1) continue;
    Layer layer = layer_at(draft, linear);
    const int64_t dim = channel_dim(draft, linear), rank = static_cast<int64_t>(draft.shape(linear).size());
    at::Tensor factor;
    if (node.op == Op::neg) {
      factor = -at::ones({layer.outputs()}, at::kDouble);
    } else {
      const int other = node.inputs[1 - side];
      if (!draft.is_leaf(other) || !draft.values(other).is_floating_point()) continue;
      const auto found = per_channel(exact(draft, other), rank, dim, layer.outputs());
      if (!found) continue;
      factor = node.op == Op::div ? 1 / *found : *found;
    }
    layer.weight = scaled_outputs(layer, factor);
    layer.bias = scaled_bias(layer.bias, factor, dim);
    place(draft, index, linear, layer);
    return true;
  }
  return false;
}

/// linear + c, linear - c, c - linear with a constant that is the same for every sample.
bool fold_shift(GraphDraft& draft, int index, const std::vector<int>& uses) {
  const Node node = draft.node(index);
  for (const size_t side : {size_t{0}, size_t{1}}) {
    const int linear = node.inputs[side], other = node.inputs[1 - side];
    if (!is_linear_layer(draft, linear) || uses[static_cast<size_t>(linear)] != 1 || !draft.is_leaf(other)) continue;
    if (draft.shape(index) != draft.shape(linear) || !draft.values(other).is_floating_point()) continue;
    Layer layer = layer_at(draft, linear);
    const int64_t dim = channel_dim(draft, linear), rank = static_cast<int64_t>(draft.shape(linear).size());
    at::Tensor shift = exact(draft, other);
    if (const auto found = per_channel(shift, rank, dim, layer.outputs())) {
      shift = *found;
    } else {
      if (shift.dim() == rank && shift.size(0) != 1) continue;  // a frozen batch: one value a sample
      std::vector<int64_t> shape(static_cast<size_t>(rank - shift.dim()), 1);
      shape.insert(shape.end(), shift.sizes().begin(), shift.sizes().end());
      shift = shift.reshape(shape);
    }
    if (node.op == Op::sub && side == 1) {  // c - linear
      const at::Tensor minus = -at::ones({layer.outputs()}, at::kDouble);
      layer.weight = -layer.weight;
      layer.bias = scaled_bias(layer.bias, minus, dim);
    } else if (node.op == Op::sub) {
      shift = -shift;
    }
    layer.bias = sum_of_biases(layer.bias, shift, dim);
    place(draft, index, linear, layer);
    return true;
  }
  return false;
}

/// y = scale x + shift, one number a channel each.
struct ScaleAndShift {
  at::Tensor scale, shift;
};

std::optional<ScaleAndShift> constants_of_norm(const GraphDraft& draft, int index) {
  const Node& norm = draft.node(index);
  if (norm.op != Op::batch_norm) return std::nullopt;
  for (size_t i = 1; i < norm.inputs.size(); ++i) {
    if (!draft.is_leaf(norm.inputs[i])) return std::nullopt;
  }
  const at::Tensor scale = exact(draft, norm.inputs[1]) / at::sqrt(exact(draft, norm.inputs[4]) + norm.number("eps"));
  return ScaleAndShift{scale, exact(draft, norm.inputs[2]) - exact(draft, norm.inputs[3]) * scale};
}

/// Batch norm behind a linear layer that only it reads.
bool fold_norm_after(GraphDraft& draft, int index, const std::vector<int>& uses) {
  if (draft.node(index).op != Op::batch_norm) return false;
  const int linear = draft.node(index).inputs[0];
  if (!is_linear_layer(draft, linear) || uses[static_cast<size_t>(linear)] != 1) return false;
  const int64_t dim = channel_dim(draft, linear);
  if (dim != 1) return false;  // batch norm acts on dimension 1, a linear layer on the last: only for [N,F] are they the same
  const auto norm = constants_of_norm(draft, index);
  if (!norm) return false;
  Layer layer = layer_at(draft, linear);
  layer.weight = scaled_outputs(layer, norm->scale);
  layer.bias = sum_of_biases(scaled_bias(layer.bias, norm->scale, dim), norm->shift, dim);
  place(draft, index, linear, layer);
  return true;
}

/// What the layer makes of the constant image `shift` (one number an input channel): [out], or a map [1,...] where zero padding
/// or a transposed convolution makes borders differ (relevance sheet 6).
std::optional<at::Tensor> image_of_shift(const GraphDraft& draft, int linear, const Layer& layer, const at::Tensor& shift) {
  if (!layer.is_convolution) return at::mv(layer.weight, shift);
  const Node& node = draft.node(linear);
  const auto is_zero = [](int64_t value) { return value == 0; };
  const std::vector<int64_t>& padding = node.integers("padding");
  const bool is_uniform = !layer.is_transposed && std::all_of(padding.begin(), padding.end(), is_zero);
  std::vector<int64_t> size{1, shift.numel()};
  const std::vector<int64_t> kernel = layer.weight.sizes().slice(2).vec();
  const std::vector<int64_t>& dilation = node.integers("dilation");
  const Shape frame = draft.shape(layer.x);
  for (size_t d = 0; d < kernel.size(); ++d) {
    if (!is_uniform && !frame[d + 2].is_known()) return std::nullopt;
    size.push_back(is_uniform ? dilation[d] * (kernel[d] - 1) + 1 : frame[d + 2].base);
  }
  const at::Tensor image = along(shift, static_cast<int64_t>(size.size()), 1).expand(size).contiguous();
  const at::Tensor result = at::convolution(image, layer.weight, {}, node.integers("stride"), padding, dilation,
                                            layer.is_transposed, node.integers("output_padding"), layer.groups);
  return is_uniform ? result.reshape({layer.outputs()}) : result;
}

/// Batch norm that only the layer behind it reads, directly or through a flattening of all but the samples.
bool fold_norm_before(GraphDraft& draft, int index, const std::vector<int>& uses) {
  if (!is_linear_layer(draft, index)) return false;
  Layer layer = layer_at(draft, index);
  int norm = layer.x, flat = -1;
  if (draft.node(norm).op == Op::reshape) {
    flat = norm;
    norm = draft.node(flat).inputs[0];
    const Shape shape = draft.shape(flat);
    if (uses[static_cast<size_t>(flat)] != 1 || shape.size() != 2 || shape[0] != draft.shape(norm)[0]) return false;
  }
  if (uses[static_cast<size_t>(norm)] != 1 || norm == draft.output) return false;
  auto constants = constants_of_norm(draft, norm);
  if (!constants) return false;
  const int64_t channels = constants->scale.numel();
  if (!layer.is_convolution && draft.shape(layer.x).size() != 2) return false;
  if (layer.inputs() % channels != 0) return false;
  if (flat >= 0) {
    const int64_t repeats = layer.inputs() / channels;
    constants->scale = constants->scale.repeat_interleave(repeats);
    constants->shift = constants->shift.repeat_interleave(repeats);
  }
  const auto image = image_of_shift(draft, index, layer, constants->shift);
  if (!image) return false;
  const Node before = draft.node(index);
  layer.weight = scaled_inputs(layer, constants->scale);
  layer.bias = sum_of_biases(layer.bias, *image, channel_dim(draft, index));
  if (flat >= 0) {
    const Node flattening = draft.node(flat);
    draft.rewrite(flat, flattening.op, {draft.node(norm).inputs[0]}, flattening.attributes);
  } else {
    layer.x = draft.node(norm).inputs[0];
  }
  place(draft, index, index, layer);
  return true;
}

using Fold = bool (*)(GraphDraft& draft, int index, const std::vector<int>& uses);

bool fold_constants(GraphDraft& draft, int index, const std::vector<int>& uses) {
  switch (draft.node(index).op) {
    case Op::mul:
    case Op::div:
    case Op::neg: return fold_factor(draft, index, uses);
    case Op::add:
    case Op::sub: return fold_shift(draft, index, uses);
    default: return false;
  }
}

/// Applies the folds until none finds anything.
void fold_all(GraphDraft& draft, const std::vector<Fold>& folds) {
  bool has_changed = true;
  while (has_changed) {
    has_changed = false;
    for (const int index : draft.order()) {
      for (const Fold fold : folds) {
        const std::vector<int> uses = draft.use_counts();
        if (uses[static_cast<size_t>(index)] > 0 && fold(draft, index, uses)) has_changed = true;
      }
    }
  }
}

Network finished(const GraphDraft& draft, const Network& like) {
  std::vector<at::Tensor> parameters;
  auto graph = std::make_shared<const LayerGraph>(draft.finished(parameters));
  return Network(std::move(graph), std::move(parameters), like.dtype(), like.device());
}

}  // namespace

Network fold_batch_norm(const Network& network) {
  const at::NoGradGuard no_graph;
  GraphDraft draft(network.graph(), network.parameters());
  fold_all(draft, {fold_norm_after});
  return finished(draft, network);
}

Network relevance_form(const Network& network, BatchNormFolding folding) {
  const at::NoGradGuard no_graph;
  GraphDraft draft(network.graph(), network.parameters());
  std::vector<Fold> folds{fold_constants};
  if (folding != BatchNormFolding::none) folds.push_back(fold_norm_after);
  fold_all(draft, folds);
  // Only what no layer before it could take.
  if (folding == BatchNormFolding::both) fold_all(draft, {fold_norm_before});
  return finished(draft, network);
}

}  // namespace faultline
