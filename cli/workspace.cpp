#include "cli/workspace.h"

#include <map>
#include <numeric>

#include "cli/memory_bound.h"
#include "cli/network_setup.h"
#include "cli/output_place.h"
#include "cli/sandbox.h"
#include "cli/targets.h"
#include "core/error.h"
#include "models/blocks.h"

namespace faultline {
namespace {

/// Logits of the clean samples [N,K] on the CPU, in batches.
at::Tensor clean_logits(const Workspace& work) {
  const auto& samples = work.inputs.samples;
  std::vector<at::Tensor> parts;
  for (int64_t begin = 0; begin < samples.size(); begin += work.settings.batch) {
    const int64_t count = std::min(work.settings.batch, samples.size() - begin);
    const std::vector<int64_t> slots(samples.slots.begin() + begin, samples.slots.begin() + begin + count);
    const Points points{samples.inputs.narrow(0, begin, count), at::zeros({count}, at::kLong), slots, at::Tensor()};
    parts.push_back(block_logits(work.network, points, work.passes.get()).to(at::kCPU));
  }
  return at::cat(parts);
}

void keep_rows(Inputs& inputs, const std::vector<int64_t>& rows) {
  std::vector<int64_t> indices, positions;
  for (const int64_t row : rows) {
    indices.push_back(inputs.indices[row]);
    positions.push_back(inputs.positions[row]);
  }
  inputs.samples = inputs.samples.select(rows);
  inputs.indices = indices;
  inputs.positions = positions;
}

/// Samples whose logits are NaN or infinite have no predicted class: refused in a single array, left out elsewhere.
at::Tensor without_non_finite(Workspace& work, const at::Tensor& logits, bool strict, const std::string& path) {
  const auto finite = at::isfinite(logits).all(1);
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < logits.size(0); ++i) {
    if (finite[i].item<bool>()) {
      rows.push_back(i);
      continue;
    }
    const auto& samples = work.inputs.samples;
    if (strict)
      throw_input(path, "sample " + samples.names[i] + " gives logits that are NaN or infinite", "check the model and --range");
    work.inputs.skipped.push_back({samples.ids[i], samples.names[i], "non-finite-logits", "logits are NaN or infinite"});
  }
  if (rows.empty()) throw Error(ErrorKind::nothing_tested, path, "no sample has finite logits");
  if (static_cast<int64_t>(rows.size()) == logits.size(0)) return logits;
  keep_rows(work.inputs, rows);
  return logits.index_select(0, at::tensor(rows, at::kLong));
}

void fit_explainer(Workspace& work) {
  if (!work.explainer->traits().needs_fitting) return;
  if (!work.reference) throw_usage(work.explainer_spec, "learns from reference data", "give --data PATH");
  work.explainer->fit(work.network, *work.reference, work.context);
}

/// What other people's code is like, found on the first samples, and the samples for explainers that know nothing else.
void meet_samples(Workspace& work) {
  if (!work.explainer->traits().is_external) return;
  constexpr int64_t kProbed = 4;
  const Samples& samples = work.inputs.samples;
  if (work.explainer->traits().only_clean) work.explainer->meet(samples);
  std::vector<int64_t> first(static_cast<size_t>(std::min(kProbed, samples.size())));
  std::iota(first.begin(), first.end(), 0);
  for (const auto& note : work.explainer->probe(work.network, samples.select(first), work.context)) work.notes.push_back(note);
}

void tell(const Workspace& work) {
  for (const auto& note : work.notes) say(work.settings, "note: " + note);
  if (!work.settings.range) say(work.settings, "legal range of the data: " + print(work.context.range));
  std::map<std::string, int> counts;
  for (const auto& skipped : work.inputs.skipped) ++counts[skipped.reason];
  for (const auto& [reason, count] : counts) {
    say(work.settings,
        "left out: " + std::to_string(count) + " of " + std::to_string(work.inputs.asked) + " samples (" + reason + ")");
  }
}

}  // namespace

Workspace prepare_workspace(const Arguments& arguments, const std::string& explainer, const std::string& out) {
  Workspace work;
  work.settings = run_settings(arguments);
  const Spec spec = parse_spec(explainer);
  work.explainer = explainers().make(spec);
  work.explainer_spec = print(explainers().canonical(spec));
  const std::string targets = target_words(arguments.text("targets"), spec);
  const std::string model_path = arguments.required("model");
  const std::string inputs_path = arguments.required("inputs");
  check_file_can_be_written(out);

  const Model model = Model::load(model_path);
  const auto data = open_inputs(work.settings, inputs_path, true);
  const auto first = first_usable_sample(*data, inputs_path);
  const auto shape = work.settings.input_shape.empty() ? first.input.sizes().vec() : work.settings.input_shape;
  if (first.input.sizes().vec() != shape) {
    throw_input(inputs_path, "has samples of shape " + print_shape(first.input.sizes().vec()),
                "--input-shape says " + print_shape(shape));
  }
  work.network = prepared_network(work.settings, model, shape);
  try_one_sample(work.network, first.input, model_path);
  tell_sandbox_that_model_is_ready();
  if (arguments.has("data")) {
    RunSettings for_reference = work.settings;
    for_reference.input_shape = shape;
    work.reference = open_inputs(for_reference, arguments.text("data"), false);
  }
  work.context.seed = work.settings.seed;
  work.context.passes = work.passes.get();
  work.context.range = legal_range(work.settings, work.reference ? std::vector<const Dataset*>{data.get(), work.reference.get()}
                                                                 : std::vector<const Dataset*>{data.get()});

  work.inputs =
      gather_inputs(work.network, *data, inputs_path, selected_samples(work.settings, work.network, *data), work.context.range);
  // The results of all samples are held until they are written: a map before and after, and their copy.
  bound_memory(work.settings, work.context, work.network, 3 * static_cast<int64_t>(work.inputs.samples.inputs.nbytes()));
  const at::NoGradGuard no_graph;
  const auto logits = without_non_finite(work, clean_logits(work), is_single_array(*data), inputs_path);
  work.inputs.samples.targets = targets_of(targets, work.inputs, logits);
  work.inputs.samples.runners_up = runners_up(logits);
  work.notes = network_notes(work.network, work.inputs.samples.inputs);
  for (const auto& note : data->notes()) work.notes.push_back(note);
  fit_explainer(work);
  meet_samples(work);
  tell(work);
  return work;
}

}  // namespace faultline
