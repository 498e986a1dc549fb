#include <algorithm>
#include <sstream>

#include "core/error.h"
#include "core/random.h"
#include "subjects.h"
#include "support/held_dataset.h"

namespace faultline::testing {
namespace {

/// Points, draws and samples: enough for every sum to have a first, a middle and a last term.
const char* const kCount = "3";

/// Words of a declaration that are values themselves; "NAME", "INT" and "(LINES)" stand for others.
bool is_value(const std::string& word) {
  return !word.empty() && std::all_of(word.begin(), word.end(),
                                      [](unsigned char c) { return std::islower(c) || std::isdigit(c) || c == '-' || c == '.'; });
}

/// Values of an option besides its default.
std::vector<std::string> other_values(const OptionFact& fact) {
  std::vector<std::string> out;
  if (fact.key == "inner") return {"(integrated-gradients:steps=3)"};
  if (fact.kind == "integer") return {kCount};
  if (fact.kind == "number") {
    if (!is_value(fact.standard) || std::isalpha(static_cast<unsigned char>(fact.standard[0]))) return {};
    return {short_number(0.1 + std::stod(fact.standard) / 2)};
  }
  std::istringstream words(fact.allowed);
  for (std::string word; std::getline(words, word, '|');) {
    if (is_value(word) && word != fact.standard && word != "file") out.push_back(word);
  }
  return out;
}

bool is_accepted(const std::string& spec) {
  try {
    explainers().make(spec);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

std::vector<std::string> variants_of(const MethodEntry<Explainer>& entry, int combinations, uint64_t seed) {
  std::vector<std::string> out{entry.name};
  std::vector<std::pair<std::string, std::vector<std::string>>> choices;
  std::string counts = entry.name + ":";
  for (const OptionFact& fact : entry.options) {
    if (fact.key == "steps" || fact.key == "samples") counts += fact.key + "=" + kCount + ",";
  }
  for (const OptionFact& fact : entry.options) {
    if (fact.key == "target" || fact.key == "steps" || fact.key == "samples") continue;  // samples carry their targets
    choices.emplace_back(fact.key, other_values(fact));
    for (const std::string& value : choices.back().second) out.push_back(counts + fact.key + "=" + value);
  }
  const RandomStream stream(seed, "test/variants", fnv1a64(entry.name));
  for (int i = 0; i < combinations; ++i) {
    const auto u = stream.uniforms(static_cast<uint32_t>(i), 2 * choices.size());
    std::string spec = counts;
    for (size_t k = 0; k < choices.size(); ++k) {
      const auto& [key, values] = choices[k];
      if (values.empty() || u[2 * k] > 0.3) continue;
      const auto which = static_cast<size_t>(u[2 * k + 1] * static_cast<double>(values.size()));
      spec += key + "=" + values[which] + ",";
    }
    spec.pop_back();
    if (std::find(out.begin(), out.end(), spec) == out.end()) out.push_back(spec);
  }
  out.erase(std::remove_if(out.begin(), out.end(), [](const std::string& spec) { return !is_accepted(spec); }), out.end());
  return out;
}

std::unique_ptr<Explainer> ready(const std::string& spec, const Subject& subject) {
  auto explainer = explainers().make(spec);
  // Where a baseline is a last resort, it is refused only when it comes to that.
  if (spec.find("baseline=blur") != std::string::npos && subject.samples.inputs.dim() < 3) return nullptr;
  try {
    if (explainer->traits().needs_fitting) explainer->fit(subject.network, HeldDataset(subject.data), Context{});
    explainer->explain(subject.network, subject.samples, Context{});
    return explainer;
  } catch (const Error&) {
    return nullptr;
  }
}

}  // namespace faultline::testing
