#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/builtin_network.h"
#include "cli/network_setup.h"
#include "cli/output_place.h"
#include "cli/sandbox.h"
#include "cli/verb.h"
#include "core/error.h"
#include "core/sha256.h"
#include "core/write_file.h"
#include "models/describe.h"
#include "models/model.h"
#include "models/torchscript_export.h"

namespace faultline {
namespace {

nlohmann::ordered_json problems_json(const std::vector<ModelProblem>& problems) {
  auto out = nlohmann::ordered_json::array();
  for (const auto& problem : problems)
    out.push_back({{"operation", problem.operation}, {"where", problem.where}, {"why", problem.why}});
  return out;
}

void print_problems(const std::vector<ModelProblem>& problems) {
  if (!problems.empty()) std::printf("cannot be run\n");
  for (const auto& problem : problems) {
    std::printf("  %s at %s: %s\n", problem.operation.c_str(), one_line(problem.where).c_str(), one_line(problem.why).c_str());
  }
}

void print_json(const nlohmann::ordered_json& json) {
  std::printf("%s\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

nlohmann::ordered_json network_json(const Network& network, const std::string& shape_from) {
  nlohmann::ordered_json json;
  const auto rows = describe(network);
  const auto sum = totals(rows);
  json["digest"] = digest(network.graph(), network.parameters());
  json["input-shape"] = network.graph().input_shape;
  json["input-shape-from"] = shape_from;
  json["classes"] = network.classes();
  json["block-size"] = network.block_size();
  json["totals"] = {{"layers", sum.layers}, {"kinked-layers", sum.kinked_layers}, {"parameters", sum.parameters}};
  json["notes"] = network.graph().notes;
  json["layers"] = nlohmann::ordered_json::array();
  for (const auto& row : rows) {
    json["layers"].push_back({{"name", row.name},
                              {"operation", row.operation},
                              {"parameters", row.parameters},
                              {"output-shape", row.output_shape},
                              {"kinked", row.is_kinked}});
  }
  return json;
}

void print_network(const Network& network, const std::string& shape_from) {
  const auto rows = describe(network);
  const auto sum = totals(rows);
  std::printf("digest      %s\n", digest(network.graph(), network.parameters()).c_str());
  std::printf("input       %s (%s)\n", print_shape(network.graph().input_shape).c_str(), shape_from.c_str());
  std::printf("classes     %lld\n", static_cast<long long>(network.classes()));
  std::printf("layers      %lld, of them with kinks %lld\n", static_cast<long long>(sum.layers),
              static_cast<long long>(sum.kinked_layers));
  std::printf("parameters  %lld\n", static_cast<long long>(sum.parameters));
  for (const auto& note : network.graph().notes) std::printf("note        %s\n", one_line(note).c_str());
  size_t widest = 4;
  for (const auto& row : rows) widest = std::max(widest, std::min<size_t>(row.name.size(), 40));
  std::printf("\n%-*s  %-18s %12s  %s\n", static_cast<int>(widest), "layer", "operation", "parameters", "output");
  for (const auto& row : rows) {
    std::printf("%-*s  %-18s %12lld  %s\n", static_cast<int>(widest), row.name.c_str(), row.operation.c_str(),
                static_cast<long long>(row.parameters), print_shape(row.output_shape).c_str());
  }
}

/// Trains the built-in network and saves it, so that every verb has a network where there is none at hand.
int save_builtin(const std::string& name, const std::string& out, bool json) {
  if (name != kBuiltinNetwork) throw_usage("--out", "saves the built-in network only", "faultline model small-cnn --out FILE.pt");
  check_file_can_be_written(out);
  const std::string bytes = torchscript_of(builtin_network());
  write_file(out, bytes.data(), bytes.size());
  if (json) {
    print_json({{"file", out}, {"sha256", sha256_of_file(out)}});
  } else {
    std::printf("%s\n", out.c_str());
  }
  return 0;
}

int run(const Arguments& arguments) {
  arguments.integer("threads", 1, 1024);
  const std::string& path = arguments.words()[0];
  const bool json = arguments.flag("json");
  if (arguments.has("out")) return save_builtin(path, arguments.text("out"), json);
  const Model model = Model::load(path);
  const auto problems = model.problems();
  nlohmann::ordered_json out = {{"file", path}, {"sha256", sha256_of_file(path)}, {"problems", problems_json(problems)}};
  const auto print_file = [&] { std::printf("file        %s\nsha256      %s\n", path.c_str(), sha256_of_file(path).c_str()); };
  if (!problems.empty()) {
    tell_sandbox_that_model_is_ready();
    // Such a file has no network to lay out; saying what is in the way is all there is to do.
    if (json) {
      print_json(out);
    } else {
      print_file();
      print_problems(problems);
    }
    return 0;
  }
  const auto [shape, from] = shape_for(arguments, model);
  const Network network = model.network(shape);
  tell_sandbox_that_model_is_ready();
  if (json) {
    out.update(network_json(network, from));
    print_json(out);
  } else {
    print_file();
    print_network(network, from);
  }
  return 0;
}

}  // namespace

const Verb& verb_model() {
  static const Verb verb{
      "model",
      "FILE [--input-shape C,H,W] [--data PATH] [--json] | small-cnn --out FILE.pt",
      "layers, parameters, shapes, and what cannot be run; saves the built-in network",
      {"input-shape", "data", "out", "config", "threads", "max-memory", "sandbox", "sandbox-seconds", "json", "quiet"},
      false,
      1,
      1,
      run};
  return verb;
}

}  // namespace faultline
