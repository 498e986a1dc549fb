#include "gate/baseline_file.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/error.h"
#include "core/write_file.h"
#include "report/json_text.h"

namespace faultline {
namespace {

using nlohmann::json;

const char* const kFormat = "faultline-baseline-1";
/// Depth from which a value stands on one line: a score, a sample.
constexpr int kFlatDepth = 2;
/// A baseline of ours stays below 1 MB; anything far beyond is something else.
constexpr std::uintmax_t kLargestFile = 64u << 20;

json optional_number(const std::optional<double>& value) { return value ? json(*value) : json(nullptr); }

json of(const Score& score, const std::map<uint64_t, std::string>& samples) {
  json values = json::array();
  for (const auto& [id, name] : samples) {
    const auto value = score.values.find(id);
    const auto reason = score.reasons.find(id);
    if (value != score.values.end()) {
      values.push_back(value->second);
    } else {
      values.push_back(reason == score.reasons.end() ? json(nullptr) : json(reason->second));
    }
  }
  return {{"explainer", score.explainer},
          {"suite", score.suite},
          {"condition", score.condition},
          {"metric", score.metric},
          {"direction", score.higher_is_better ? "higher-is-better" : "lower-is-better"},
          {"values", values}};
}

Score score_of(const json& from, const std::vector<uint64_t>& ids) {
  Score out;
  out.explainer = from.at("explainer");
  out.suite = from.at("suite");
  out.condition = from.at("condition");
  out.metric = from.at("metric");
  const std::string direction = from.at("direction");
  if (direction != "higher-is-better" && direction != "lower-is-better")
    throw std::runtime_error("the direction of " + out.name() + " is '" + direction + "'");
  out.higher_is_better = direction == "higher-is-better";
  const json& values = from.at("values");
  if (!values.is_array() || values.size() != ids.size()) throw std::runtime_error(out.name() + " has not one value a sample");
  for (size_t i = 0; i < ids.size(); ++i) {
    if (values[i].is_number()) {
      out.values[ids[i]] = values[i];
    } else if (values[i].is_string()) {
      out.reasons[ids[i]] = values[i];
    } else if (!values[i].is_null()) {
      throw std::runtime_error(out.name() + " has a value that is neither number, reason nor null");
    }
  }
  return out;
}

json read_json(const std::string& path) {
  std::error_code no_size;
  const auto size = std::filesystem::file_size(path, no_size);
  if (no_size) throw_input(path, "cannot be read", "give a file that faultline baseline wrote");
  if (size > kLargestFile) throw_input(path, "is too large for a baseline", "give a file that faultline baseline wrote");
  std::ifstream file(path, std::ios::binary);
  try {
    return json::parse(file);
  } catch (const json::exception&) {
    throw_input(path, "is not JSON", "give a file that faultline baseline wrote");
  }
}

}  // namespace

std::string baseline_text(const RunScores& scores) {
  json out{{"format", kFormat},           {"identity", scores.identity}, {"model-sha256", scores.model_digest},
           {"versions", scores.versions}, {"skipped", scores.skipped},   {"samples", json::array()},
           {"gated", json::array()},      {"others", json::array()},     {"claims", json::array()}};
  for (const auto& [id, name] : scores.samples) {
    const auto predicted = scores.predictions.find(id);
    out["samples"].push_back({id, name, predicted == scores.predictions.end() ? json(nullptr) : json(predicted->second)});
  }
  for (const auto& score : scores.gated) out["gated"].push_back(of(score, scores.samples));
  for (const auto& s : scores.others) {
    out["others"].push_back(
        {s.explainer, s.suite, s.condition, s.metric, s.n, s.mean, optional_number(s.low), optional_number(s.high)});
  }
  for (const auto& c : scores.claims) out["claims"].push_back({c.explainer, c.axiom, c.verdict, c.layer});
  return json_text(out, kFlatDepth, 6) + '\n';
}

void write_baseline(const RunScores& scores, const std::string& path) { write_file(path, baseline_text(scores)); }

RunScores read_baseline(const std::string& path) {
  const json from = read_json(path);
  const std::string remedy = "give a file that faultline baseline wrote";
  if (!from.is_object() || !from.contains("format")) throw_input(path, "is no baseline", remedy);
  if (from["format"] != kFormat) {
    throw_input(path, "has the format " + from["format"].dump(-1, ' ', false, json::error_handler_t::replace),
                std::string("this version reads ") + kFormat);
  }
  try {
    RunScores out;
    out.identity = from.at("identity").get<std::map<std::string, std::string>>();
    out.model_digest = from.at("model-sha256");
    out.versions = from.at("versions").get<std::map<std::string, std::string>>();
    out.skipped = from.at("skipped").get<std::map<std::string, std::string>>();
    std::vector<uint64_t> ids;
    for (const auto& sample : from.at("samples")) {
      ids.push_back(sample.at(0));
      out.samples[ids.back()] = sample.at(1);
      if (!sample.at(2).is_null()) out.predictions[ids.back()] = sample.at(2);
    }
    for (const auto& score : from.at("gated")) out.gated.push_back(score_of(score, ids));
    const auto number = [](const json& value) { return value.is_null() ? std::optional<double>() : value.get<double>(); };
    for (const auto& s : from.at("others")) {
      out.others.push_back({s.at(0), s.at(1), s.at(2), s.at(3), s.at(4), s.at(5), number(s.at(6)), number(s.at(7))});
    }
    for (const auto& c : from.at("claims")) out.claims.push_back({c.at(0), c.at(1), c.at(2), c.at(3)});
    return out;
  } catch (const std::exception& error) {
    throw_input(path, std::string("is a damaged baseline: ") + one_line(error.what()), remedy);
  }
}

}  // namespace faultline
