#include "models/torchscript_paths.h"

#include <map>
#include <set>

namespace faultline::torchscript {

namespace {

/// Keywords, which cannot be attributes in code, and what modules have of their own.
const std::set<std::string>& taken_words() {
  static const std::set<std::string> words{"False",   "None",     "True",     "and",     "as",       "assert", "async",  "await",
                                           "break",   "class",    "continue", "def",     "del",      "elif",   "else",   "except",
                                           "finally", "for",      "from",     "global",  "if",       "import", "in",     "is",
                                           "lambda",  "nonlocal", "not",      "or",      "pass",     "raise",  "return", "try",
                                           "while",   "with",     "yield",    "forward", "training", "inf",    "nan"};
  return words;
}

std::string as_attribute(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    out += is_plain ? c : '_';
  }
  // Names that begin so are the module's own: __parameters__.
  if (out.empty() || out.compare(0, 2, "__") == 0) out = "m" + out;
  return taken_words().count(out) ? out + "_" : out;
}

std::vector<std::string> split(const std::string& name) {
  std::vector<std::string> parts;
  size_t start = 0;
  for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', start)) {
    parts.push_back(name.substr(start, dot - start));
    start = dot + 1;
  }
  parts.push_back(name.substr(start));
  return parts;
}

std::string join(const std::vector<std::string>& parts, const std::string& last = "") {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ".") + part;
  return last.empty() ? out : out.empty() ? last : out + "." + last;
}

class Plan {
 public:
  Path module(const std::string& name) {
    Path path;
    for (const std::string& part : split(name)) path.modules.push_back(as_attribute(part));
    const std::string last = path.modules.back();
    for (int i = 2; nodes_.count(join(path.modules)); ++i) path.modules.back() = last + "_" + std::to_string(i);
    nodes_.insert(join(path.modules));
    std::vector<std::string> way;
    for (const std::string& part : path.modules) {
      way.push_back(part);
      modules_.insert(join(way));
    }
    places_[name] = path.modules;
    return path;
  }

  /// In the module of the node that its name says, and else along its name.
  Path array(const std::string& name) {
    Path path;
    const std::vector<std::string> parts = split(name);
    size_t used = 0;
    for (size_t count = parts.size() - 1; count > 0 && used == 0; --count) {
      const auto owner = places_.find(join({parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(count)}));
      if (owner == places_.end()) continue;
      path.modules = owner->second;
      used = count;
    }
    if (used == 0) {
      for (; used + 1 < parts.size(); ++used) {
        path.modules.push_back(as_attribute(parts[used]));
        if (!arrays_.count(join(path.modules))) continue;
        path.modules.pop_back();
        break;
      }
      std::vector<std::string> way;
      for (const std::string& part : path.modules) {
        way.push_back(part);
        modules_.insert(join(way));
      }
    }
    std::string rest;
    for (size_t i = used; i < parts.size(); ++i) rest += (i > used ? "_" : "") + parts[i];
    const std::string base = as_attribute(rest);
    path.name = base;
    for (int i = 2; modules_.count(join(path.modules, path.name)) || arrays_.count(join(path.modules, path.name)); ++i)
      path.name = base + "_" + std::to_string(i);
    arrays_.insert(join(path.modules, path.name));
    return path;
  }

 private:
  std::set<std::string> nodes_, modules_, arrays_;
  std::map<std::string, std::vector<std::string>> places_;  // of nodes, by their names in the graph
};

}  // namespace

std::vector<Path> paths_of(const LayerGraph& graph) {
  Plan plan;
  std::vector<Path> paths(graph.nodes.size());
  // Nodes first, so that arrays make way for them.
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    if (graph.nodes[i].parameter < 0 && graph.nodes[i].op != Op::input) paths[i] = plan.module(graph.nodes[i].name);
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    if (graph.nodes[i].parameter >= 0) paths[i] = plan.array(graph.nodes[i].name);
  return paths;
}

}  // namespace faultline::torchscript
