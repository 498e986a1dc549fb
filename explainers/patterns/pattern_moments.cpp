#include "explainers/patterns/pattern_moments.h"

#include "core/error.h"
#include "core/numbers.h"
#include "core/random.h"
#include "data/reference_inputs.h"
#include "data/safetensors.h"
#include "explainers/relevance/graph_facts.h"
#include "models/transforms.h"

namespace faultline {

namespace {

constexpr const char* kFormat = "faultline pattern moments 1";
constexpr char kSeparator = '|';  // between a layer's name and a sum's

}  // namespace

void PatternMoments::add(const Network& form, const at::Tensor& inputs) {
  const at::NoGradGuard no_graph;
  const Tape tape = form.run_with_tape(inputs.to(form.device()));
  for (const auto& [node, layer] : linear_layers_of(form)) {
    const Node& here = form.graph().nodes[static_cast<size_t>(node)];
    const int from = here.inputs[static_cast<size_t>(layer.activation_input())];
    layers_[here.name].add(layer, tape.values[static_cast<size_t>(from)], tape.values[static_cast<size_t>(node)]);
  }
  samples_ += inputs.size(0);
}

PatternMoments PatternMoments::fit(const Network& form, const Dataset& data, int64_t limit) {
  const Network network = to(form, at::kDouble);
  PatternMoments out;
  std::vector<at::Tensor> waiting;
  const auto add_all = [&] {
    if (!waiting.empty()) out.add(network, at::stack(waiting));
    waiting.clear();
  };
  int64_t taken = 0;
  for_each_reference_input(data, "patterns", [&](const at::Tensor& input) {
    waiting.push_back(input);
    if (static_cast<int64_t>(waiting.size()) == network.block_size()) add_all();
    return ++taken != limit;
  });
  add_all();
  return out;
}

PatternMoments PatternMoments::load(const std::string& path) {
  TensorFile file = read_safetensors(path);
  const auto format = file.metadata.find("format");
  if (format == file.metadata.end() || format->second != kFormat)
    throw_input(path, "holds no patterns", "name a file that --save-patterns wrote");
  PatternMoments out;
  out.source_ = path;
  out.samples_ = parse_integer(file.metadata["samples"], path + ": samples");
  for (auto& [name, tensor] : file.tensors) {
    const size_t end = name.rfind(kSeparator);
    const std::string layer = name.substr(0, end);
    const auto sums = out.layers_[layer].named();
    const auto sum = end == std::string::npos ? sums.end() : sums.find(name.substr(end + 1));
    if (sum == sums.end()) throw_input(path, "holds a tensor '" + name + "' that is no sum of patterns");
    if (tensor.scalar_type() != at::kDouble || !tensor.isfinite().all().item<bool>())
      throw_input(path, "tensor '" + name + "' is not float64 and finite");
    *sum->second = std::move(tensor);
  }
  for (auto& [layer, moments] : out.layers_) {
    for (const auto& [word, sum] : moments.named()) {
      if (!sum->defined()) throw_input(path, "lacks " + word + " of layer " + layer);
    }
  }
  return out;
}

void PatternMoments::save(const std::string& path) const {
  TensorFile file;
  file.metadata = {{"format", kFormat}, {"samples", std::to_string(samples_)}};
  for (const auto& [layer, moments] : layers_) {
    FilterMoments shared = moments;
    for (const auto& [word, sum] : shared.named()) file.tensors[layer + kSeparator + word] = *sum;
  }
  write_safetensors(path, file);
}

const FilterMoments& PatternMoments::of(const std::string& name, const LinearLayer& layer) const {
  const auto found = layers_.find(name);
  const std::string remedy = "fit patterns with --data on this very network";
  if (found == layers_.end()) throw_usage(source_, "has no patterns of layer " + name, remedy);
  const FilterMoments& m = found->second;
  const at::Tensor w = layer.weight().to(at::kDouble).cpu();
  const auto broadcasts = [&](const at::Tensor& t) {
    for (int64_t d = 0; d < w.dim(); ++d) {
      if (t.dim() != w.dim() || (t.size(d) != 1 && t.size(d) != w.size(d))) return false;
    }
    return true;
  };
  bool fits = m.sum_x.sizes() == w.sizes() && m.sum_xy.sizes() == w.sizes() && m.sum_x_active.sizes() == w.sizes() &&
              m.sum_xy_active.sizes() == w.sizes() && broadcasts(m.count) && broadcasts(m.sum_y) && broadcasts(m.active);
  if (fits) {
    // The weights may have been rounded to float32 since.
    constexpr double kRounding = 1e-4;
    at::Tensor product = w * m.sum_x.cpu();
    const at::Tensor gap = (layer.sums_within_units(product) - m.sum_y.cpu()).abs();
    fits = (gap <= kRounding * layer.sums_within_units(product.abs_()) + 1e-12).all().item<bool>();
  }
  if (!fits) throw_usage(source_, "has patterns of layer " + name + " that were made with other weights", remedy);
  const at::Tensor inactive = m.count - m.active;
  if (((m.count < 1).any() | (m.active < 0).any() | (inactive < 0).any()).item<bool>()) {
    throw_input(source_, "counts samples of layer " + name + " that cannot be: active ones are some of all", remedy);
  }
  return m;
}

uint64_t PatternMoments::digest() const {
  uint64_t digest = static_cast<uint64_t>(samples_);
  for (const auto& [layer, moments] : layers_) {
    digest = mix(digest ^ fnv1a64(layer));
    FilterMoments shared = moments;
    for (const auto& [word, sum] : shared.named()) {
      const at::Tensor rows = sum->cpu().contiguous();
      digest = mix(digest ^ fnv1a64(rows.data_ptr(), static_cast<size_t>(rows.numel()) * rows.element_size()));
    }
  }
  return digest;
}

}  // namespace faultline
