#include "models/torchscript_export.h"

#include <torch/csrc/jit/api/module.h>

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <sstream>

#include "core/error.h"
#include "core/write_file.h"
#include "models/graph_draft.h"
#include "models/torchscript_code.h"
#include "models/torchscript_paths.h"

namespace faultline {

namespace {

using namespace torchscript;
using torch::jit::Module;

/// "batch_norm" -> "BatchNorm", as modules are called.
std::string class_name(const std::string& word) {
  std::string out;
  for (size_t i = 0; i < word.size(); ++i) {
    if (word[i] == '_') continue;
    const bool begins = i == 0 || word[i - 1] == '_';
    out += begins && word[i] >= 'a' && word[i] <= 'z' ? static_cast<char>(word[i] - 'a' + 'A') : word[i];
  }
  return out;
}

std::string reach(const std::string& object, const std::vector<std::string>& names) {
  std::string out = object;
  for (const std::string& name : names) out = member(out, name);
  return out;
}

bool is_statistic(const Node& node, size_t place) { return node.op == Op::batch_norm && place >= 3; }

bool is_mask(const Node& node, size_t place) {
  return (node.op == Op::where && place == 0) || (node.op == Op::masked_fill && place == 1);
}

/// What stands in the code instead of a constant array, "" where the array itself does. Factors of one and summands of zero are
/// left away, which the importer makes anew; a single exponent is a number, for the fast paths of squares and roots.
std::string in_place_of(const Node& node, size_t place, const at::Tensor& values) {
  const bool is_norm = node.op == Op::batch_norm || node.op == Op::layer_norm || node.op == Op::group_norm;
  if (is_norm && (place == 1 || place == 2) && (values == (place == 1 ? 1 : 0)).all().item<bool>()) return "None";
  if (node.op != Op::pow || place != 1 || values.dim() > 0) return "";
  return values.is_floating_point() ? literal(values.item<double>()) : std::to_string(values.item<int64_t>());
}

class Export {
 public:
  explicit Export(const Network& network)
      : graph_(network.graph()),
        network_(network),
        paths_(paths_of(graph_)),
        unit_(std::make_shared<torch::jit::CompilationUnit>()),
        root_(made(class_for("Network"), unit_)),
        expressions_(graph_.nodes.size()) {
    for (size_t i = 0; i < graph_.nodes.size(); ++i)
      if (graph_.nodes[i].parameter < 0) classes_[paths_[i].modules] = class_name(name_of(graph_.nodes[i].op));
  }

  std::string bytes() {
    mark_needed(graph_.output);
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Node& node = graph_.nodes[i];
      if (!needed_[i]) continue;
      if (node.op == Op::input) {
        expressions_[i] = "x";
      } else if (node.parameter < 0) {
        compute(i);
      }
    }
    const std::string head = reads_batch_ ? "    n = torch.size(x, 0)\n" : "";
    define(root_,
           "def forward(self, x):\n" + head + lines_ + "    return " + expressions_[static_cast<size_t>(graph_.output)] + "\n",
           "the network");
    std::ostringstream out;
    root_.save(out);
    return out.str();
  }

 private:
  static c10::QualifiedName class_for(const std::string& word) { return c10::QualifiedName("__torch__.faultline." + word); }

  /// A module in evaluation mode: without the attribute LibTorch takes it for one in training.
  static Module made(const c10::QualifiedName& name, const std::shared_ptr<torch::jit::CompilationUnit>& unit) {
    Module out(name, unit, /*shouldMangle=*/true);
    out.register_attribute("training", c10::BoolType::get(), false);
    return out;
  }

  void mark_needed(int output) {
    needed_.assign(graph_.nodes.size(), false);
    is_statistic_ = is_mask_ = std::vector<bool>(graph_.nodes.size(), false);
    needed_[static_cast<size_t>(output)] = true;
    for (size_t i = graph_.nodes.size(); i-- > 0;) {
      const Node& node = graph_.nodes[i];
      if (!needed_[i]) continue;
      for (size_t place = 0; place < node.inputs.size(); ++place) {
        const auto from = static_cast<size_t>(node.inputs[place]);
        needed_[from] = true;
        if (is_statistic(node, place)) is_statistic_[from] = true;
        if (is_mask(node, place)) is_mask_[from] = true;
      }
    }
  }

  /// The module at a path, made where it is not there yet.
  Module& module_at(const std::vector<std::string>& names) {
    const auto known = modules_.find(names);
    if (known != modules_.end()) return known->second;
    if (names.empty()) return root_;
    Module& parent = module_at({names.begin(), names.end() - 1});
    const auto word = classes_.find(names);
    Module child = made(class_for(word == classes_.end() ? "Layers" : word->second), unit_);
    parent.register_module(names.back(), child);
    return modules_.emplace(names, std::move(child)).first->second;
  }

  /// Stores an array before its first reader.
  void store(size_t leaf) {
    const Node& node = graph_.nodes[leaf];
    const at::Tensor& stored = network_.parameters()[static_cast<size_t>(node.parameter)];
    if (stored.layout() != at::kStrided || stored.is_quantized() || stored.is_complex())
      cannot_write(node, "it is no dense array of real numbers");
    // A view would take the whole array that it shows a part of into the file.
    const at::Tensor values = stored.detach().cpu().clone(at::MemoryFormat::Contiguous);
    const Path& path = paths_[leaf];
    Module& owner = module_at(path.modules);
    const std::string place = member(reach("self", path.modules), path.name);
    if (!graph_.is_trained[static_cast<size_t>(node.parameter)]) {
      owner.register_attribute(path.name, c10::TensorType::get(), values);
      expressions_[leaf] = "c" + std::to_string(leaf);
      // Constants are no part of what Module::to() moves, so they go where the input is. A mask is no number of the run, whatever
      // its type.
      lines_ += "    " + expressions_[leaf] + " = " + place +
                (values.is_floating_point() && !is_mask_[leaf] ? ".to(x)\n" : ".to(x.device)\n");
      return;
    }
    expressions_[leaf] = place;
    check(node, values);
    if (is_statistic_[leaf] || !values.is_floating_point() || at::isinf(values).any().item<bool>()) {
      owner.register_buffer(path.name, values);
    } else {
      owner.register_parameter(path.name, values, /*is_buffer=*/false);
    }
  }

  static void check(const Node& node, const at::Tensor& values) {
    if (!values.is_floating_point()) return;
    const bool is_nan = values.isnan().any().item<bool>();
    if (is_nan || (values == std::numeric_limits<double>::infinity()).any().item<bool>())
      throw_input("parameter " + node.name, is_nan ? "holds NaN" : "holds infinite numbers", "a file needs finite weights");
  }

  /// Writes the module of a node and the line that calls it.
  void compute(size_t index) {
    const Node& node = graph_.nodes[index];
    const std::vector<std::string>& path = paths_[index].modules;
    std::vector<std::string> inputs;
    std::map<int, std::string> passed;
    std::string parameters, arguments;
    for (size_t place = 0; place < node.inputs.size(); ++place) {
      const int from = node.inputs[place];
      const Node& source = graph_.nodes[static_cast<size_t>(from)];
      const bool is_trained = source.parameter >= 0 && graph_.is_trained[static_cast<size_t>(source.parameter)];
      const bool is_constant = source.parameter >= 0 && !is_trained;
      const std::string word =
          is_constant ? in_place_of(node, place, network_.parameters()[static_cast<size_t>(source.parameter)]) : "";
      if (!word.empty()) {
        inputs.push_back(word);
        continue;
      }
      if (source.parameter >= 0 && expressions_[static_cast<size_t>(from)].empty()) store(static_cast<size_t>(from));
      if (is_trained && paths_[static_cast<size_t>(from)].modules == path) {
        inputs.push_back(member("self", paths_[static_cast<size_t>(from)].name));
      } else {
        std::string& name = passed[from];
        if (name.empty()) {
          name = "x" + std::to_string(passed.size() - 1);
          parameters += ", " + name;
          arguments += (arguments.empty() ? "" : ", ") + expressions_[static_cast<size_t>(from)];
        }
        inputs.push_back(name);
      }
    }
    NodeCode code(node, std::move(inputs), [&](size_t place) { return shape(node.inputs.at(place)); });
    const std::string result = write(code);
    if (code.reads_batch()) {
      reads_batch_ = true;
      parameters += ", n: int";
      arguments += (arguments.empty() ? "" : ", ") + std::string("n");
    }
    std::string source = "def forward(self" + parameters + "):\n";
    for (const std::string& line : code.lines()) source += "    " + line + "\n";
    define(module_at(path), source + "    return " + result + "\n", "layer " + node.name);
    expressions_[index] = "v" + std::to_string(index);
    lines_ += "    " + expressions_[index] + " = " + reach("self", path) + ".forward(" + arguments + ")\n";
  }

  /// TorchScript's compiler refuses what its own release does not know.
  static void define(Module& module, const std::string& source, const std::string& what) {
    try {
      module.define(source);
    } catch (const std::exception& error) {
      throw_input(what, "cannot be written as TorchScript: " + reason_of(error));
    }
  }

  Shape shape(int node) {
    // What a leaf's shape is can be seen without running the network for it.
    const int parameter = graph_.nodes[static_cast<size_t>(node)].parameter;
    if (parameter >= 0) {
      Shape sizes;
      for (const int64_t size : network_.parameters()[static_cast<size_t>(parameter)].sizes()) sizes.push_back({size, 0});
      return sizes;
    }
    if (!shapes_) shapes_ = std::make_unique<GraphDraft>(graph_, network_.parameters());
    return shapes_->shape(node);
  }

  const LayerGraph& graph_;
  const Network& network_;
  const std::vector<Path> paths_;
  std::shared_ptr<torch::jit::CompilationUnit> unit_;
  Module root_;
  std::map<std::vector<std::string>, Module> modules_;
  std::map<std::vector<std::string>, std::string> classes_;  // of the nodes' modules
  std::vector<std::string> expressions_;                     // of each node's value in the root's code
  std::vector<bool> needed_, is_statistic_, is_mask_;
  std::unique_ptr<GraphDraft> shapes_;
  std::string lines_;
  bool reads_batch_ = false;
};

}  // namespace

std::string torchscript_of(const Network& network) {
  const at::NoGradGuard no_graph;
  return Export(network).bytes();
}

void save_torchscript(const Network& network, const std::string& path) {
  const std::string bytes = torchscript_of(network);
  write_file(path, bytes.data(), bytes.size());
}

}  // namespace faultline
