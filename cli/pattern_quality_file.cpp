#include "cli/pattern_quality_file.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/write_file.h"
#include "explainers/patterns/pattern_quality.h"
#include "models/relevance_form.h"

namespace faultline {

namespace {

/// JSON has no NaN.
nlohmann::ordered_json number_or_null(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
}

std::string shown(double value) {
  if (!std::isfinite(value)) return "n/a";
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

}  // namespace

void write_pattern_quality(const std::string& path, const Workspace& work) {
  if (!work.reference) throw_usage("--pattern-quality", "is measured on reference data", "give --data PATH");
  const Network form = relevance_form(work.network, BatchNormFolding::both);
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  for (const LayerQuality& quality : pattern_quality(form, *work.reference, {}, work.context)) {
    nlohmann::ordered_json layer{{"layer", quality.layer}};
    std::string line = "rho of " + quality.layer + ":";
    if (!quality.problem.empty()) {
      layer["problem"] = quality.problem;
      line += " " + quality.problem;
    } else {
      layer["width"] = quality.width;
      layer["filters"] = quality.filters;
      layer["patches"] = quality.patches;
    }
    for (const auto& of : quality.qualities) {
      layer["rho"][of.estimator] = {{"all", number_or_null(of.all)}, {"active", number_or_null(of.active)}};
      line += " " + of.estimator + " " + shown(of.all) + " (active " + shown(of.active) + ")";
    }
    layers.push_back(std::move(layer));
    say(work.settings, line);
  }
  write_file(path, nlohmann::ordered_json{{"layers", layers}}.dump(2) + "\n");
}

}  // namespace faultline
