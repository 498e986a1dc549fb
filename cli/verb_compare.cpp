#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/run_settings.h"
#include "cli/verb.h"
#include "core/error.h"
#include "core/numbers.h"
#include "data/npy.h"
#include "metrics/similarity.h"

namespace faultline {
namespace {

/// What one metric said, with the convention it used.
struct Comparison {
  std::string metric, reduce, normalise;
  MetricValues result;
};

at::Tensor read_maps(const std::string& path) {
  const at::Tensor maps = read_npy(path).values;
  if (maps.dim() < 2 || maps.dim() > 4 || maps.numel() == 0) {
    throw_input(path, "has shape [" + print_shape(maps.sizes().vec()) + "]", "maps are [N,C,H,W], [N,C,L] or [N,F]");
  }
  return maps.to(at::kDouble);
}

/// `--metric a b` and `--metric a --metric b` mean the same: words behind the two files are metrics too.
std::vector<std::string> metric_specs(const Arguments& arguments, std::vector<std::string>& files) {
  auto specs = arguments.list("metric");
  const auto names = similarity_metrics().names();
  for (const auto& word : arguments.words()) {
    const std::string name = word.substr(0, word.find(':'));
    const bool is_metric = std::find(names.begin(), names.end(), name) != names.end() && !std::filesystem::exists(word);
    (is_metric || files.size() == 2 ? specs : files).push_back(word);
  }
  if (specs.empty()) throw_usage("faultline compare", "--metric is missing", "give --metric SPEC (see faultline list metrics)");
  if (files.size() != 2)
    throw_usage("faultline compare", "two files are compared", "faultline compare A.npy B.npy --metric SPEC");
  return specs;
}

Spec overridden(const Arguments& arguments, const std::string& text) {
  Spec spec = parse_spec(text);
  for (const char* key : {"reduce", "normalise"}) {
    if (arguments.has(key)) spec = spec.with(key, arguments.text(key));
  }
  return spec;
}

/// NaN or infinity in either map of a sample: the metric has no value there, whatever its formula would give.
std::vector<bool> finite_samples(const at::Tensor& a, const at::Tensor& b) {
  const auto finite = at::logical_and(at::isfinite(a).flatten(1).all(1), at::isfinite(b).flatten(1).all(1));
  std::vector<bool> out;
  for (int64_t i = 0; i < finite.size(0); ++i) out.push_back(finite[i].item<bool>());
  return out;
}

MetricValues compared(const SimilarityMetric& metric, const at::Tensor& a, const at::Tensor& b) {
  const auto finite = finite_samples(a, b);
  std::vector<int64_t> rows;
  for (size_t i = 0; i < finite.size(); ++i) {
    if (finite[i]) rows.push_back(static_cast<int64_t>(i));
  }
  MetricValues out;
  out.values.assign(finite.size(), std::nan(""));
  out.reasons.assign(finite.size(), "non-finite-map");
  if (rows.empty()) return out;
  const auto index = at::tensor(rows, at::kLong);
  const auto part = metric.compare(a.index_select(0, index), b.index_select(0, index));
  for (size_t k = 0; k < rows.size(); ++k) {
    out.values[rows[k]] = part.values[k];
    out.reasons[rows[k]] = part.reasons[k];
  }
  return out;
}

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Written by hand since nlohmann/json prints the shortest decimal and the contract says 17 digits.
void print_json(const std::vector<Comparison>& comparisons) {
  std::string out = "{\"metrics\":[";
  for (size_t m = 0; m < comparisons.size(); ++m) {
    const auto& c = comparisons[m];
    out += (m ? ",\n" : "\n") + std::string("{\"metric\":") + quoted(c.metric) + ",\"reduce\":" + quoted(c.reduce) +
           ",\"normalise\":" + quoted(c.normalise) + ",\"values\":[";
    for (size_t i = 0; i < c.result.values.size(); ++i) {
      out += (i ? "," : "") + (c.result.reasons[i].empty() ? exact_number(c.result.values[i]) : std::string("null"));
    }
    out += "],\"reasons\":[";
    for (size_t i = 0; i < c.result.reasons.size(); ++i) {
      out += (i ? "," : "") + (c.result.reasons[i].empty() ? std::string("null") : quoted(c.result.reasons[i]));
    }
    out += "]}";
  }
  std::printf("%s\n]}\n", out.c_str());
}

void print_lines(const std::vector<Comparison>& comparisons) {
  for (const auto& c : comparisons) {
    for (size_t i = 0; i < c.result.values.size(); ++i) {
      const auto& reason = c.result.reasons[i];
      std::printf("%s\t%zu\t%s\n", c.metric.c_str(), i,
                  reason.empty() ? exact_number(c.result.values[i]).c_str() : ("- " + reason).c_str());
    }
  }
}

int run(const Arguments& arguments) {
  arguments.integer("threads", 1, 1024);  // taken like everywhere; a comparison runs on one
  std::vector<std::string> files;
  const auto specs = metric_specs(arguments, files);
  std::vector<std::unique_ptr<SimilarityMetric>> metrics;
  for (const auto& text : specs) metrics.push_back(similarity_metrics().make(overridden(arguments, text)));

  const at::Tensor a = read_maps(files[0]), b = read_maps(files[1]);
  if (a.sizes() != b.sizes()) {
    throw_input(files[1], "has shape [" + print_shape(b.sizes().vec()) + "]",
                files[0] + " has [" + print_shape(a.sizes().vec()) + "]; both must be alike");
  }
  std::vector<Comparison> comparisons;
  for (size_t i = 0; i < specs.size(); ++i) {
    comparisons.push_back(
        {specs[i], name_of(metrics[i]->reduce()), name_of(metrics[i]->normalise()), compared(*metrics[i], a, b)});
  }
  arguments.flag("json") ? print_json(comparisons) : print_lines(comparisons);
  return 0;
}

}  // namespace

const Verb& verb_compare() {
  static const Verb verb{"compare",
                         "A.npy B.npy --metric SPEC... [--reduce WORD] [--normalise WORD] [--json]",
                         "how alike two maps are, sample by sample",
                         {"metric", "reduce", "normalise", "config", "threads", "json", "quiet"},
                         false,
                         0,
                         1024,
                         run};
  return verb;
}

}  // namespace faultline
