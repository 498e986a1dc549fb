#include <algorithm>

#include "cli/replication.h"
#include "core/error.h"
#include "models/model.h"
#include "models/parameter_layers.h"
#include "suites/randomization_facts.h"

namespace faultline {
namespace {

const char* const kFile = "adebayo2018_mnist_abs_spearman.csv";
const char *const kCnn = "cnn", *const kMlp = "mlp";

/// Explainers as the paper's notebooks set them.
const std::pair<const char*, const char*> kExplainers[] = {
    {"gradient", "gradient"},
    {"gradient-x-input", "gradient-x-input"},
    {"guided-backprop", "guided-backprop"},
    {"integrated-gradients", "integrated-gradients:steps=50"},
    {"smooth-grad", "smooth-grad:samples=50"},
    {"grad-cam", "grad-cam:at=after-activation"},
    {"guided-grad-cam", "guided-grad-cam"},
};

constexpr size_t kLayers = 4;  ///< of both networks of the paper

/// Whether it is the paper's CNN rather than its MLP. Throws input where it can be neither.
bool is_convolutional(const std::string& model) {
  const Network network = Model::load(model).network({1, 28, 28});
  const size_t layers = parameter_layers(network).size();
  if (layers != kLayers) {
    throw_input(model, "has " + std::to_string(layers) + " layers with parameters",
                "the CNN and the MLP of the paper have " + std::to_string(kLayers));
  }
  const auto& nodes = network.graph().nodes;
  return std::any_of(nodes.begin(), nodes.end(), [](const Node& node) { return node.op == Op::convolution; });
}

std::vector<ReplicationPart> parts(const std::string& model) {
  const bool cnn = is_convolutional(model);
  const std::string draws = cnn ? "init-std=0.1,init-bias=0.1" : "init-std=fan-in,init-bias=0";
  ReplicationPart part{cnn ? kCnn : kMlp,
                       {{"samples", "10"},
                        {"suite", "parameter-randomization:order=cascading,class=own,init=truncated-normal," + draws},
                        {"explainer", "edge"}}};
  for (const auto& [published, spec] : kExplainers) {
    const bool is_cam = std::string(spec).find("cam") != std::string::npos;
    if (cnn || !is_cam) part.options.emplace_back("explainer", spec);
  }
  return {part};
}

std::string stage_prefix(size_t stage) {
  char text[48];
  std::snprintf(text, sizeof text, "%s/%03zu:", facts::randomization::kCascading, stage);
  return text;
}

const MetricSummary* at(const RunSummary& run, const std::string& published, size_t stage, const std::string& metric) {
  for (const auto& [name, spec] : kExplainers) {
    if (published == name) return measured(run, spec, stage_prefix(stage), "", metric);
  }
  return published == "edge" ? measured(run, "edge", stage_prefix(stage), "", metric) : nullptr;
}

using Pairs = std::vector<std::pair<const MetricSummary*, const MetricSummary*>>;

ReplicationResult compare(const PartRuns& runs) {
  ReplicationResult out;
  out.remarks = {
      "As in the authors' notebooks each network explains its own class, which lowers the similarity by itself; few "
      "images (10). Draws: 5 for each stage, where the notebooks have one.",
      "spearman-abs compares magnitudes. Where the input is exactly 0 a map that multiplies by it is 0 on every network: "
      "read spearman-signed beside it."};
  for (const auto& entry : runs) {
    const std::string& part = entry.first;
    const RunSummary& run = entry.second;
    const std::string model = part == kCnn ? "CNN of the paper:" : "MLP 784";
    if (const auto share = run.facts.find(facts::key({facts::kParameterRandomization, facts::randomization::kZeroShare}));
        share != run.facts.end()) {
      out.remarks.push_back("Share of exact zeros in the inputs: " + share->second.substr(0, 5) + ".");
    }
    std::vector<std::string> stages;
    for (const auto& row : published_figures(kFile)) {
      const std::string begins = "cascading top-down, up to and including ";
      if (row.model.rfind(model, 0) != 0 || !row.value || row.condition.rfind(begins, 0) != 0 || row.metric != "spearman-abs")
        continue;
      const std::string layer = row.condition.substr(begins.size());
      if (std::find(stages.begin(), stages.end(), layer) == stages.end()) stages.push_back(layer);
    }
    for (const auto& row : published_figures(kFile)) {
      if (row.model.rfind(model, 0) != 0 || !row.value) continue;
      for (size_t i = 0; i < stages.size(); ++i) {
        if (row.condition != "cascading top-down, up to and including " + stages[i]) continue;
        const MetricSummary* summary = at(run, row.explainer, i + 1, row.metric);
        if (summary)
          out.figures.push_back(compared(row.explainer, "down to " + stages[i] + ", " + row.metric, row.value, summary));
      }
    }
    const size_t last = stages.size();
    const auto check = [&](const std::string& claim, const std::vector<std::array<std::string, 2>>& explainers, size_t stage,
                           const std::string& metric) {
      Pairs pairs;
      std::vector<std::string> names;
      for (const auto& [lower, higher] : explainers) {
        pairs.emplace_back(at(run, lower, stage, metric), at(run, higher, stage, metric));
        names.push_back(lower + ", " + higher);
      }
      out.orderings.push_back(ordering(claim, pairs, names));
    };
    const std::string abs = facts::randomization::kSpearmanAbs, with_signs = facts::randomization::kSpearmanSigned;
    check("output layer drawn anew: gradient < guided-backprop (magnitudes)", {{"gradient", "guided-backprop"}}, 1, abs);
    if (part == kCnn) {
      check(
          "all layers drawn anew: gradient < smooth-grad < guided-grad-cam < grad-cam < guided-backprop < gradient-x-input < "
          "integrated-gradients (magnitudes)",
          {{"gradient", "smooth-grad"},
           {"smooth-grad", "guided-grad-cam"},
           {"guided-grad-cam", "grad-cam"},
           {"grad-cam", "guided-backprop"},
           {"guided-backprop", "gradient-x-input"},
           {"gradient-x-input", "integrated-gradients"}},
          last, abs);
    } else {
      check("all layers drawn anew: gradient, smooth-grad and guided-backprop below integrated-gradients and gradient-x-input",
            {{"gradient", "gradient-x-input"}, {"smooth-grad", "gradient-x-input"}, {"guided-backprop", "integrated-gradients"}},
            last, abs);
    }
    check("with signs, integrated-gradients and gradient-x-input fall below guided-backprop once the output layer is drawn anew",
          {{"integrated-gradients", "guided-backprop"}, {"gradient-x-input", "guided-backprop"}}, 1, with_signs);
    check("the edge detector stays above every method", {{"guided-backprop", "edge"}, {"gradient", "edge"}}, last, abs);
  }
  return out;
}

}  // namespace

Replication adebayo_2018() {
  return {"adebayo-2018", "Adebayo et al. 2018: Sanity checks for saliency maps",
          "the CNN or the MLP for MNIST that the paper describes, and the digits", parts, compare};
}

}  // namespace faultline
