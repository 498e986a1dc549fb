#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/numbers.h"
#include "core/write_file.h"
#include "data/input_file.h"
#include "data/npy.h"
#include "suites/axioms/counterexample.h"

namespace faultline {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr uint64_t kLargestCase = uint64_t{1} << 20;  // bytes of case.json: a text of a page or two
const char* const kCaseFile = "/case.json";
const char* const kInputFile = "/input.npy";
const char* const kFoundFile = "/found.npy";

/// Numbers as text: JSON has no infinity, and seeds may exceed its integers.
std::string text_of(double value) { return exact_number(value); }

std::vector<int64_t> as_list(const at::Tensor& values) {
  const at::Tensor list = values.to(at::kCPU, at::kLong).contiguous();
  return {list.data_ptr<int64_t>(), list.data_ptr<int64_t>() + list.numel()};
}

Json json_of(const Counterexample& example) {
  Json json = {{"faultline-counterexample", kFormat},
               {"axiom", example.axiom},
               {"statement", axiom_named(example.axiom).facts().statement},
               {"claimed", example.claim.has_value()}};
  if (example.claim) {
    json["claim-tolerance"] = text_of(example.claim->tolerance);
    json["claim-reason"] = example.claim->reason;
  }
  json["found"] = text_of(example.trial.found);
  json["wanted"] = text_of(example.trial.wanted);
  json["gap"] = text_of(example.trial.gap);
  json["scale"] = text_of(example.trial.scale);
  json["at"] = example.trial.at;
  json["tolerance"] = text_of(example.tolerance);
  json["origin"] = example.origin;
  json["sample"] = example.samples.names.at(static_cast<size_t>(example.row));
  json["differing"] = example.differing;
  json["row"] = example.row;
  json["targets"] = as_list(example.samples.targets);
  if (example.samples.runners_up.defined()) json["runners-up"] = as_list(example.samples.runners_up);
  std::vector<std::string> ids;
  for (const uint64_t id : example.samples.ids) ids.push_back(std::to_string(id));
  json["ids"] = ids;
  json["slots"] = example.samples.slots;
  json["seed"] = std::to_string(example.seed);
  json["dtype"] = example.dtype == at::kDouble ? "float64" : "float32";
  std::vector<std::string> low, high;
  for (const double value : example.range.low) low.push_back(text_of(value));
  for (const double value : example.range.high) high.push_back(text_of(value));
  json["range-low"] = low;
  json["range-high"] = high;
  json["arguments"] = example.arguments;
  return json;
}

std::vector<double> numbers_of(const Json& list) {
  std::vector<double> out;
  for (const auto& text : list) out.push_back(parse_number(text.get<std::string>(), "range"));
  return out;
}

uint64_t whole_of(const Json& text) { return std::stoull(text.get<std::string>()); }

/// Everything but the arrays.
Counterexample example_of(const Json& json) {
  if (json.at("faultline-counterexample").get<int>() != kFormat)
    throw std::invalid_argument("it is of another version of faultline");
  Counterexample out;
  out.axiom = json.at("axiom").get<std::string>();
  axiom_named(out.axiom);
  if (json.at("claimed").get<bool>()) {
    out.claim = Claim{out.axiom, parse_number(json.at("claim-tolerance").get<std::string>(), "claim-tolerance"),
                      json.at("claim-reason").get<std::string>()};
  }
  const auto number = [&](const char* key) { return std::strtod(json.at(key).get<std::string>().c_str(), nullptr); };
  out.trial.found = number("found");
  out.trial.wanted = number("wanted");
  out.trial.gap = number("gap");
  out.trial.scale = number("scale");
  out.trial.at = json.at("at").get<std::string>();
  out.tolerance = number("tolerance");
  out.origin = json.at("origin").get<std::string>();
  out.differing = json.at("differing").get<int64_t>();
  out.row = json.at("row").get<int64_t>();
  out.samples.targets = at::tensor(json.at("targets").get<std::vector<int64_t>>(), at::kLong);
  if (json.contains("runners-up")) out.samples.runners_up = at::tensor(json["runners-up"].get<std::vector<int64_t>>(), at::kLong);
  for (const auto& id : json.at("ids")) out.samples.ids.push_back(whole_of(id));
  out.samples.slots = json.at("slots").get<std::vector<int64_t>>();
  out.samples.names.assign(out.samples.ids.size(), json.at("sample").get<std::string>());
  out.seed = whole_of(json.at("seed"));
  out.dtype = json.at("dtype").get<std::string>() == "float64" ? at::kDouble : at::kFloat;
  out.range = {numbers_of(json.at("range-low")), numbers_of(json.at("range-high"))};
  out.arguments = json.at("arguments").get<std::map<std::string, std::string>>();
  return out;
}

void check_counts(const Counterexample& example) {
  const int64_t n = example.samples.size();
  const bool fits = n > 0 && example.samples.targets.numel() == n && static_cast<int64_t>(example.samples.ids.size()) == n &&
                    static_cast<int64_t>(example.samples.slots.size()) == n && example.row >= 0 && example.row < n &&
                    (!example.samples.runners_up.defined() || example.samples.runners_up.numel() == n);
  if (!fits) throw std::invalid_argument("its input.npy and case.json speak of different numbers of samples");
}

}  // namespace

void write_counterexample(const std::string& folder, const Counterexample& example) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) throw_environment(folder, "cannot be made: " + failed.message());
  write_npy(folder + kInputFile, example.samples.inputs.to(at::kCPU).contiguous());
  write_npy(folder + kFoundFile, example.as_found.inputs.to(at::kCPU).contiguous());
  write_file(folder + kCaseFile, json_of(example).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

Counterexample read_counterexample(const std::string& folder) {
  const std::string path = folder + kCaseFile;
  const auto bytes = InputFile(path).read_all(kLargestCase);
  try {
    Counterexample out = example_of(Json::parse(bytes.begin(), bytes.end()));
    out.samples.inputs = read_npy(folder + kInputFile).values;
    out.as_found = out.samples.select({0}).with_inputs(read_npy(folder + kFoundFile).values);
    check_counts(out);
    return out;
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw_input(path, "is no counterexample: " + std::string(error.what()),
                "name a folder that `faultline audit --suite axioms` wrote");
  }
}

}  // namespace faultline
