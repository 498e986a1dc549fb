#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/batches.h"
#include "cli/expectation.h"
#include "cli/ledger_file.h"
#include "cli/output_place.h"
#include "cli/pattern_quality_file.h"
#include "cli/verb.h"
#include "cli/workspace.h"
#include "core/error.h"
#include "core/numbers.h"
#include "data/npy.h"
#include "report/map_picture.h"

namespace faultline {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::string only_explainer(const Arguments& arguments) {
  arguments.required("explainer");
  const auto specs = arguments.list("explainer");
  if (specs.size() != 1) throw_usage("--explainer", "explain makes the maps of one explainer", "call it once for each");
  return specs[0];
}

/// All maps, made in batches of --batch; each sample keeps its slot, so neither batch size nor threads change a number.
Explanation explained(const Workspace& work) {
  const auto& samples = work.inputs.samples;
  const auto batches = batches_of(work.settings, samples.size());
  std::vector<Explanation> parts(batches.size());
  for_each_batch(work.settings, batches, [&](const RowBatch& batch) {
    parts[batch.number] = work.explainer->explain(work.network, samples.select(batch.rows), work.context);
  });
  Explanation whole;
  std::shared_ptr<Ledger> ledger;
  std::vector<at::Tensor> maps;
  for (const auto& batch : batches) {
    auto& part = parts[batch.number];
    if (part.ledger) {
      if (!ledger) ledger = std::make_shared<Ledger>(part.ledger->resized(samples.size()));
      const auto rows = at::tensor(batch.rows, at::TensorOptions().dtype(at::kLong)).to(work.network.device());
      ledger->take(*part.ledger, at::arange(part.ledger->samples(), rows.options()), rows);
    }
    maps.push_back(part.maps.to(at::kCPU));
    for (auto& [name, values] : part.figures) {
      auto& all = whole.figures[name];
      all.resize(static_cast<size_t>(batch.rows.front()), std::nan(""));
      all.insert(all.end(), values.begin(), values.end());
    }
    part.failures.resize(batch.rows.size());
    whole.failures.insert(whole.failures.end(), part.failures.begin(), part.failures.end());
    part.notes.resize(batch.rows.size());
    whole.notes.insert(whole.notes.end(), part.notes.begin(), part.notes.end());
  }
  for (auto& [name, values] : whole.figures) values.resize(static_cast<size_t>(samples.size()), std::nan(""));
  whole.maps = at::cat(maps);
  whole.ledger = std::move(ledger);
  for (int64_t i = 0; i < samples.size(); ++i) {
    const std::string failure = whole.failure_reason(i);
    if (!failure.empty()) {
      whole.notes[i].push_back(failure);
    } else if (!at::isfinite(whole.maps[i]).all().item<bool>()) {
      whole.notes[i].push_back("non-finite-map");
    }
    if (whole.maps[i].abs().sum(at::kDouble).item<double>() < 1e-30) whole.notes[i].push_back("zero-map");
  }
  return whole;
}

/// --overlay: the share of the map's colours, 1 where it was not given.
double overlay_of(const Arguments& arguments, bool is_picture) {
  if (!arguments.has("overlay")) return 1;
  const double share = parse_number(arguments.text("overlay"), "--overlay");
  if (!is_picture) throw_usage("--overlay", "is for pictures", "give --out FILE.png, or leave it out");
  if (!(share >= 0 && share <= 1))
    throw_usage("--overlay", short_number(share) + " is outside 0..1", "0.6 shows more map than input");
  return share;
}

/// A method whose maps are called unsigned can have negative entries on some networks (z-plus across a sum of two branches): they
/// are drawn as such.
bool has_two_signs(const Workspace& work, const at::Tensor& maps) {
  return work.explainer->traits().is_signed || maps.lt(0).any().item<bool>();
}

/// scales: what draw() returned, empty without a picture.
void print_json(const Workspace& work, const Explanation& explanation, const std::string& out,
                const std::vector<double>& scales) {
  const auto& samples = work.inputs.samples;
  nlohmann::ordered_json json;
  json["spec"] = work.explainer_spec;
  json["out"] = out;
  json["dtype"] = name_of_dtype(work.settings.dtype);
  json["shape"] = explanation.maps.sizes().vec();
  if (!scales.empty()) {
    json["picture"] = {{"colours", has_two_signs(work, explanation.maps) ? "diverging" : "sequential"},
                       {"percentile", kFullColourPercentile},
                       {"full-colour-at", scales}};
  }
  json["seed"] = work.settings.seed;
  json["range"] = {work.context.range.low[0], work.context.range.high[0]};
  json["ids"] = samples.ids;
  json["names"] = samples.names;
  json["targets"] =
      std::vector<int64_t>(samples.targets.data_ptr<int64_t>(), samples.targets.data_ptr<int64_t>() + samples.size());
  json["notes"] = explanation.notes;
  json["failures"] = nlohmann::ordered_json::array();
  for (int64_t i = 0; i < samples.size(); ++i) {
    if (!explanation.failure_reason(i).empty())
      json["failures"].push_back({{"id", samples.ids[static_cast<size_t>(i)]},
                                  {"reason", explanation.failure_reason(i)},
                                  {"detail", explanation.failure_detail(i)}});
  }
  json["figures"] = nlohmann::ordered_json::object();
  for (const auto& [name, values] : explanation.figures) json["figures"][name] = values;
  json["skipped"] = nlohmann::ordered_json::array();
  for (const auto& skipped : work.inputs.skipped) {
    json["skipped"].push_back(
        {{"id", skipped.id}, {"name", skipped.name}, {"reason", skipped.reason}, {"detail", skipped.detail}});
  }
  json["model-notes"] = work.notes;
  json["passes"] = {{"forward", work.passes->forward.load()}, {"backward", work.passes->backward.load()}};
  std::printf("%s\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

void tell_notes(const Workspace& work, const Explanation& explanation) {
  std::map<std::string, int> counts;
  for (const auto& notes : explanation.notes) {
    for (const auto& note : notes) ++counts[note];
  }
  for (const auto& failure : explanation.failures) {
    if (failure.detail.empty()) continue;
    say(work.settings, "no map: " + failure.detail);
    break;  // the others are counted below
  }
  for (const auto& [note, count] : counts) {
    say(work.settings,
        "note: " + note + " (" + std::to_string(count) + " of " + std::to_string(explanation.notes.size()) + " samples)");
  }
}

/// The value of each map drawn at which its colours are full.
std::vector<double> draw(const Workspace& work, const at::Tensor& maps, const std::string& out, double overlay) {
  const at::Tensor& inputs = work.inputs.samples.inputs;
  if (overlay < 1 && maps.sizes().slice(2) != inputs.sizes().slice(2)) {
    const auto size = [](const at::Tensor& of) { return std::to_string(of.size(2)) + " x " + std::to_string(of.size(3)); };
    throw_usage("--overlay", "the maps are " + size(maps) + ", the inputs " + size(inputs),
                "leave it out, or let the explainer enlarge its maps (upsample=)");
  }
  const bool is_signed = has_two_signs(work, maps);
  const auto scales = write_map_picture(out, maps, {is_signed, overlay, inputs, work.context.range});
  std::string line = is_signed ? "picture: blue below zero, red above" : "picture: dark is zero, pale is most";
  line += "; colours are full from the " + short_number(kFullColourPercentile) + "th percentile of each map's magnitudes up";
  if (maps.size(0) > kMostSamplesDrawn) {
    line += "; the first " + std::to_string(kMostSamplesDrawn) + " of " + std::to_string(maps.size(0)) + " samples are drawn";
  }
  say(work.settings, line);
  return scales;
}

constexpr const char* kNoPicture = "maps of vectors cannot be drawn";

/// No result may take the place of another, or of what was read.
void check_files_differ(const Arguments& arguments) {
  const std::vector<std::string> written{"out", "ledger", "save-patterns", "pattern-quality"};
  std::map<std::filesystem::path, std::string> seen;
  for (const std::string option : {"model", "inputs", "data", "labels", "out", "ledger", "save-patterns", "pattern-quality"}) {
    const std::string file = arguments.text(option, "");
    if (file.empty()) continue;
    const auto [place, is_new] = seen.emplace(std::filesystem::weakly_canonical(file), option);
    const bool is_written = std::find(written.begin(), written.end(), option) != written.end();
    if (!is_new && is_written)
      throw_usage("--" + option + " " + file, "is what --" + place->second + " names", "name another file");
  }
}

int run(const Arguments& arguments) {
  const std::string explainer = only_explainer(arguments);
  const std::string out = arguments.required("out");
  const bool is_picture = ends_with(out, ".png");
  if (!is_picture && !ends_with(out, ".npy"))
    throw_usage("--out " + out, "is neither .npy nor .png", "name FILE.npy or FILE.png");
  const double overlay = overlay_of(arguments, is_picture);

  check_files_differ(arguments);
  const std::string ledger = arguments.text("ledger", "");
  if (!ledger.empty()) check_file_can_be_written(ledger);
  const std::string patterns = arguments.text("save-patterns", ""), quality = arguments.text("pattern-quality", "");
  for (const std::string& file : {patterns, quality}) {
    if (!file.empty()) check_file_can_be_written(file);
  }
  Workspace work = prepare_workspace(arguments, explainer, out);
  work.context.ledger = !ledger.empty();
  if (work.context.ledger && !work.explainer->traits().keeps_ledger)
    throw_usage("--ledger", work.explainer_spec + " keeps none",
                "single relevance walks do: lrp, deep-taylor, excitation-backprop, pattern-attribution");
  if (is_picture && work.inputs.samples.inputs.dim() != 4) throw_usage("--out " + out, kNoPicture, "name a .npy file");
  if (!patterns.empty()) work.explainer->save_fit(patterns);
  if (!quality.empty()) write_pattern_quality(quality, work);
  tell_expectation(work, static_cast<double>(work.explainer->traits().points * work.inputs.samples.size()),
                   [&] { return gradient_seconds(work.network, work.inputs.samples.inputs[0]); });
  const Explanation explanation = explained(work);
  if (is_picture && explanation.maps.dim() != 4) throw_usage("--out " + out, kNoPicture, "name a .npy file");
  std::vector<double> scales;
  if (is_picture) {
    scales = draw(work, explanation.maps, out, overlay);
  } else {
    write_npy(out, explanation.maps);
  }
  tell_notes(work, explanation);
  if (!ledger.empty()) {
    write_ledger(ledger, *explanation.ledger, work.explainer_spec, work.inputs.samples);
    if (const std::string leak = largest_leak(*explanation.ledger); !leak.empty()) say(work.settings, leak);
  }
  if (work.settings.json) {
    print_json(work, explanation, out, scales);
  } else {
    std::printf("%s\n", out.c_str());
  }
  return 0;
}

}  // namespace

const Verb& verb_explain() {
  static const Verb verb{
      "explain",
      "--model FILE --inputs FILE.npy|PATH [--targets LIST|FILE.npy|predicted] --explainer SPEC --out "
      "FILE.npy|FILE.png [--overlay SHARE] [--ledger FILE.json] [--data PATH] [--save-patterns FILE] "
      "[--pattern-quality FILE.json]",
      "maps of what mattered in each input",
      {"model", "inputs", "targets", "explainer", "data", "out", "overlay", "ledger", "save-patterns", "pattern-quality"},
      true,
      0,
      0,
      run};
  return verb;
}

}  // namespace faultline
