#include "explainers/relevance/composite.h"

#include <fnmatch.h>

#include <algorithm>

#include "core/error.h"
#include "core/nearest.h"
#include "models/apply_families.h"

namespace faultline {

namespace {

const std::string kName = "name:";

/// The kinds of nodes a selector may name, and which operations are of each.
struct Kind {
  const char* word;
  std::vector<Op> operations;
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {{"convolution", {Op::convolution}},
                                        {"linear", {Op::linear, Op::matmul}},
                                        {"any-linear", {Op::convolution, Op::linear, Op::matmul}},
                                        {"batch-norm", {Op::batch_norm}},
                                        {"add", {Op::add, Op::sub}},
                                        {"mul", {Op::mul, Op::div}},
                                        {"average-pool", {Op::avg_pool, Op::adaptive_avg_pool, Op::mean, Op::sum}},
                                        {"max-pool", {Op::max_pool, Op::adaptive_max_pool, Op::maximum_over}},
                                        {"attention", {Op::matmul, Op::softmax}},
                                        {"layer-norm", {Op::layer_norm, Op::group_norm}}};
  return all;
}

const std::string kActivation = "activation";  // every element-wise function, listed nowhere but in models

bool is_of_kind(const Node& node, const Kind& kind) {
  return std::find(kind.operations.begin(), kind.operations.end(), node.op) != kind.operations.end();
}

const Kind* kind_of(const std::string& word) {
  for (const Kind& kind : kinds()) {
    if (word == kind.word) return &kind;
  }
  return nullptr;
}

std::string trimmed(const std::string& text) {
  const size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string::npos) return "";
  return text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1);
}

/// Whether a linear rule has a use for a parameter.
bool reads(const std::string& rule, const std::string& parameter) {
  if (parameter == "low" || parameter == "high") return rule == "z-box";
  if (parameter == "alpha" || parameter == "beta") return rule == "alpha-beta";
  return rule == parameter;  // epsilon, gamma
}

bool is_linear_kind(const std::string& word) { return word == "convolution" || word == "linear" || word == "any-linear"; }

std::vector<std::string> selector_words() {
  std::vector<std::string> words{"first", "last"};
  for (const Kind& kind : kinds()) words.emplace_back(kind.word);
  words.push_back(kActivation);
  return words;
}

std::vector<std::string> linear_words() {
  std::vector<std::string> words;
  for (const auto& [word, kind] : linear_rule_words()) words.push_back(word);
  return words;
}

/// Throws usage where a line's own words say that a mistake was made, whether or not a node will ever ask for it.
void check_line(const CompositeLine& line, const Spec& rule) {
  const bool is_name = line.selector.compare(0, kName.size(), kName) == 0;
  const bool is_place = line.selector == "first" || line.selector == "last";
  if (!is_name && !is_place && line.selector != kActivation && !kind_of(line.selector)) {
    throw_usage("selector '" + line.selector + "'", "is no kind of layer", suggestion(line.selector, selector_words()));
  }
  const std::vector<std::string> words = linear_words();
  const bool is_linear_rule = std::find(words.begin(), words.end(), line.rule) != words.end();
  if ((is_place || is_linear_kind(line.selector)) && !is_linear_rule) {
    throw_usage("rule '" + line.rule + "'", "is no rule for linear layers", suggestion(line.rule, words));
  }
  for (const auto& entry : rule.entries) {
    if (!reads(line.rule, entry.first)) {
      throw_usage("composite line '" + line.selector + " = " + line.rule + "'", "has no use for " + entry.first, "leave it out");
    }
  }
}

CompositeLine parse_line(const std::string& text, const LinearRuleParameters& defaults) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) throw_usage("composite line '" + text + "'", "has no '='", "write selector = rule");
  CompositeLine line;
  line.selector = trimmed(text.substr(0, equals));
  Spec rule = parse_spec(trimmed(text.substr(equals + 1)));
  line.rule = rule.name;
  const auto& table = LinearRuleParameters::options();
  line.parameters = parse_options(rule, table);  // names what is no option at all
  check_line(line, rule);
  for (const auto& field : table.fields()) {
    if (!rule.find(field.fact.key)) rule.entries.emplace_back(field.fact.key, field.print(defaults));
  }
  line.parameters = parse_options(rule, table);
  return line;
}

}  // namespace

const OptionTable<LinearRuleParameters>& LinearRuleParameters::options() {
  using P = LinearRuleParameters;
  static const auto table =
      OptionTable<P>()
          .number("epsilon", &P::epsilon, {0, 1e6}, "the epsilon rule's stabiliser", "Bach 2015; zennit has 1e-6")
          .number("alpha", &P::alpha, {0, 1e3}, "weight of the positive part, alpha - beta = 1", "Bach 2015")
          .number("beta", &P::beta, {0, 1e3}, "weight of the negative part", "Bach 2015")
          .number("gamma", &P::gamma, {0, 1e6}, "how much positive weights are favoured", "Montavon 2019, Andeol 2021")
          .number_or("auto", "low", &P::low, {-1e9, 1e9}, "z-box: the smallest legal pixel", "auto: the legal range")
          .number_or("auto", "high", &P::high, {-1e9, 1e9}, "z-box: the largest legal pixel", "auto: the legal range");
  return table;
}

const std::vector<std::pair<std::string, LinearRuleKind>>& linear_rule_words() {
  static const std::vector<std::pair<std::string, LinearRuleKind>> words = {
      {"zero", LinearRuleKind::zero},     {"epsilon", LinearRuleKind::epsilon},
      {"gamma", LinearRuleKind::gamma},   {"alpha-beta", LinearRuleKind::alpha_beta},
      {"z-plus", LinearRuleKind::z_plus}, {"w-square", LinearRuleKind::w_square},
      {"flat", LinearRuleKind::flat},     {"z-box", LinearRuleKind::z_box}};
  return words;
}

Composite Composite::parse(const std::string& text, const LinearRuleParameters& defaults) {
  std::vector<CompositeLine> lines;
  size_t start = 0;
  while (start <= text.size()) {
    const size_t end = std::min(text.find(';', start), text.size());
    const std::string part = trimmed(text.substr(start, end - start));
    if (!part.empty()) lines.push_back(parse_line(part, defaults));
    for (size_t i = 0; !part.empty() && i + 1 < lines.size(); ++i) {
      if (lines[i].selector == lines.back().selector) {
        throw_usage("selector '" + lines.back().selector + "'", "stands twice in a composite", "the first would win; keep one");
      }
    }
    start = end + 1;
  }
  if (lines.empty()) throw_usage("composite", "has no lines", "write selector = rule, lines separated by ';'");
  return Composite(std::move(lines));
}

const std::vector<std::string>& Composite::names() {
  static const std::vector<std::string> all = {"epsilon-plus", "epsilon-plus-flat", "epsilon-gamma-box", "epsilon-alpha2-beta1",
                                               "epsilon-alpha2-beta1-flat"};
  return all;
}

Composite Composite::named(const std::string& name, const LinearRuleParameters& parameters) {
  const auto line = [&](const char* selector, const char* rule) { return CompositeLine{selector, rule, parameters}; };
  std::vector<CompositeLine> lines;
  if (name == "epsilon-plus") {
    lines = {line("convolution", "z-plus")};
  } else if (name == "epsilon-plus-flat") {
    lines = {line("first", "flat"), line("convolution", "z-plus")};
  } else if (name == "epsilon-gamma-box") {
    // A first layer that is no convolution gets no box (zennit); the selector is no word of ours for users.
    lines = {line("first-convolution", "z-box"), line("convolution", "gamma")};
  } else if (name == "epsilon-alpha2-beta1") {
    lines = {line("convolution", "alpha-beta")};
  } else if (name == "epsilon-alpha2-beta1-flat") {
    lines = {line("first", "flat"), line("convolution", "alpha-beta")};
  } else {
    throw_usage("composite '" + name + "'", "is not known", suggestion(name, names()) + "; or lines (selector = rule; ...)");
  }
  lines.push_back(line("linear", "epsilon"));
  return Composite(std::move(lines));
}

const CompositeLine* Composite::line_for(const Network& network, const GraphFacts& facts, int index) const {
  const Node& node = network.graph().nodes[static_cast<size_t>(index)];
  const auto place = static_cast<size_t>(index);
  const auto is_named = [&](const CompositeLine& line) {
    return line.selector.compare(0, kName.size(), kName) == 0 &&
           fnmatch(line.selector.c_str() + kName.size(), node.name.c_str(), 0) == 0;
  };
  const auto is_end = [&](const CompositeLine& line) {
    if (line.selector == "first-convolution") return facts.first[place] && node.op == Op::convolution;
    return (line.selector == "first" && facts.first[place]) || (line.selector == "last" && facts.last[place]);
  };
  const auto is_selected_kind = [&](const CompositeLine& line) {
    if (line.selector == kActivation) return is_elementwise(node.op);
    const Kind* kind = kind_of(line.selector);
    if (!kind || !is_of_kind(node, *kind)) return false;
    // A product is a linear layer where one factor is constant, else it belongs to attention.
    return node.op != Op::matmul || is_linear_kind(line.selector) == (facts.linear[place] != 0);
  };
  for (const auto& selects : {std::function<bool(const CompositeLine&)>(is_named), {is_end}, {is_selected_kind}}) {
    for (const CompositeLine& line : lines_) {
      if (selects(line)) return &line;
    }
  }
  return nullptr;
}

void Composite::check_names(const Network& network) const {
  for (const CompositeLine& line : lines_) {
    if (line.selector.compare(0, kName.size(), kName) != 0) continue;
    const std::string pattern = line.selector.substr(kName.size());
    bool found = false;
    std::vector<std::string> names;
    for (const Node& node : network.graph().nodes) {
      if (node.op == Op::input || node.parameter >= 0) continue;
      names.push_back(node.name);
      found = found || fnmatch(pattern.c_str(), node.name.c_str(), 0) == 0;
    }
    if (!found) throw_usage("layer name '" + pattern + "'", "matches no layer of this network", suggestion(pattern, names));
  }
}

}  // namespace faultline
