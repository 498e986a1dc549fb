#include "cli/audit_plan.h"

#include <filesystem>
#include <map>

#include "cli/builtin_network.h"
#include "cli/network_setup.h"
#include "cli/sandbox.h"
#include "core/error.h"
#include "core/joined.h"
#include "core/sha256.h"
#include "metrics/similarity.h"
#include "models/blocks.h"
#include "models/input_normalisation.h"
#include "models/model.h"
#include "models/transforms.h"
#include "suites/fragility.h"
#include "suites/unit_rows.h"

namespace faultline {
namespace {

constexpr int64_t kStandardSamples = 32;
const char* const kStandardAttacks[] = {"ghorbani-topk:iterations=100,steps=20,points=5",
                                        "annealed-topk:iterations=60,steps=20,points=5"};

/// Beside them, where an explainer can only be queried. On lenet 400 queries find nothing and 1500 do.
const char* const kStandardQueries = "square-search:queries=1500";

struct NamedNetwork {
  Network network, counterpart;  ///< in the run's dtype, and in the other one
  std::string name, digest;
};

at::ScalarType other_dtype(at::ScalarType dtype) { return dtype == at::kDouble ? at::kFloat : at::kDouble; }

NamedNetwork network_of(const AuditRequest& request, const std::vector<int64_t>& shape) {
  const RunSettings& settings = request.settings;
  if (is_builtin(request.model)) {
    const bool is_mlp = request.model == kBuiltinMlp;
    const std::string name = is_mlp ? "built-in MLP" : "built-in CNN";
    say(settings, "training the " + name + " on generated digits");
    const Network trained = (is_mlp ? builtin_mlp() : builtin_network()).with_origin({"", true});
    const auto in = [&](at::ScalarType dtype) { return to(to(trained, dtype), settings.device); };
    return {in(settings.dtype), in(other_dtype(settings.dtype)), name, digest(trained.graph(), trained.parameters())};
  }
  const Model model = Model::load(request.model);
  RunSettings other = settings;
  other.dtype = other_dtype(settings.dtype);
  return {prepared_network(settings, model, shape), prepared_network(other, model, shape), request.model,
          sha256_of_file(request.model)};
}

/// Reads every sample asked for once, a block at a time: what can be used, and the classes the network gives it.
void plan_samples(const std::vector<int64_t>& selection, PlannedAudit* out) {
  Audit& audit = out->audit;
  const int64_t block = audit.network.block_size() * 4;
  std::map<int64_t, int64_t> classes;
  for (size_t begin = 0; begin < selection.size(); begin += static_cast<size_t>(block)) {
    std::vector<at::Tensor> inputs;
    std::vector<PlannedSample> planned;
    for (size_t at = begin; at < std::min(selection.size(), begin + static_cast<size_t>(block)); ++at) {
      PlannedSample sample;
      sample.index = selection[at];
      sample.slot = static_cast<int64_t>(at);
      sample.info = audit.data->info(sample.index);
      out->asked.push_back(sample.info.name);
      const LoadedSample loaded = audit.data->load(sample.index);
      std::string detail;
      const std::string reason = refusal(loaded, audit.network.graph().input_shape, audit.context.range, detail);
      if (!reason.empty()) {
        out->skipped.push_back({sample.info.id, sample.info.name, reason, detail});
        continue;
      }
      inputs.push_back(loaded.input);
      planned.push_back(sample);
    }
    if (inputs.empty()) continue;
    Points points;
    points.inputs = at::stack(inputs);
    for (const auto& sample : planned) points.slots.push_back(sample.slot);
    const auto logits = block_logits(audit.network, points).to(at::kCPU, at::kDouble);
    const auto order = std::get<1>(logits.sort(/*stable=*/true, 1, /*descending=*/true));
    for (size_t i = 0; i < planned.size(); ++i) {
      const auto row = static_cast<int64_t>(i);
      if (!logits[row].isfinite().all().item<bool>()) {
        out->skipped.push_back(
            {planned[i].info.id, planned[i].info.name, "non-finite-logits", "the network gives NaN or infinity"});
        continue;
      }
      planned[i].predicted = order[row][0].item<int64_t>();
      if (logits.size(1) > 1) planned[i].runner_up = order[row][1].item<int64_t>();
      ++classes[planned[i].predicted];
      audit.samples.push_back(planned[i]);
    }
  }
  for (const auto& [klass, count] : classes) {
    out->class_counts += (out->class_counts.empty() ? "" : " ") + std::to_string(klass) + ":" + std::to_string(count);
  }
}

constexpr int64_t kProbed = 4;

/// What other people's code is like, found on the first samples, and the run's samples for explainers that know nothing else.
void meet_samples(Subject& subject, Explainer& explainer, const Audit& audit, std::vector<std::string>* notes) {
  if (!explainer.traits().is_external) return;
  const auto count = static_cast<int64_t>(audit.samples.size());
  const Samples first = load_samples(audit, subject, rows_between(0, std::min(kProbed, count)));
  if (explainer.traits().only_clean) {
    for (const auto& rows : unit_rows(audit)) explainer.meet(load_samples(audit, subject, rows));
  }
  for (const auto& note : explainer.probe(audit.network, first, audit.context)) notes->push_back(subject.label + ": " + note);
}

std::vector<Subject> subjects_of(const std::vector<Spec>& asked, const std::vector<std::string>& labels, const Audit& audit,
                                 std::vector<std::string>* notes) {
  std::vector<Spec> specs = asked;
  if (specs.empty()) specs = {parse_spec("gradient"), parse_spec("integrated-gradients"), parse_spec("random")};
  std::vector<Subject> out;
  for (size_t i = 0; i < specs.size(); ++i) {
    const Spec& spec = specs[i];
    std::unique_ptr<Explainer> explainer = explainers().make(spec);
    if (explainer->traits().needs_fitting) explainer->fit(audit.network, *audit.data, audit.context);
    Subject subject;
    subject.label = i < labels.size() && !labels[i].empty() ? labels[i] : print(spec);
    subject.spec = explainers().canonical(spec);
    subject.is_control = explainer->traits().access == Access::none;
    if (const std::string* target = subject.spec.find("target")) subject.target = *target;
    meet_samples(subject, *explainer, audit, notes);
    subject.explainer = std::move(explainer);
    for (const auto& other : out) {
      if (print(other.spec) == print(subject.spec) || other.label == subject.label)
        throw_usage("--explainer " + subject.label, "is given twice");
    }
    out.push_back(std::move(subject));
  }
  return out;
}

/// What it takes to prepare the same network and the same data again.
std::map<std::string, std::string> setup_of(const AuditRequest& request, const Audit& audit, const std::string& data) {
  const RunSettings& settings = request.settings;
  std::map<std::string, std::string> out{
      {"seed", std::to_string(settings.seed)},
      {"dtype", name_of_dtype(settings.dtype)},
      {"range", print(audit.context.range)},
      {"data", std::filesystem::exists(data) ? std::filesystem::absolute(data).string() : data}};
  const auto numbers = [](const std::vector<double>& values) {
    std::vector<std::string> texts;
    for (const double value : values) texts.push_back(exact_number(value));
    return joined(texts, ",");
  };
  if (!settings.mean.empty()) out["mean"] = numbers(settings.mean);
  if (!settings.std.empty()) out["std"] = numbers(settings.std);
  if (!settings.input_shape.empty()) out["input-shape"] = print_shape(settings.input_shape);
  return out;
}

std::vector<Spec> standard_attacks(bool with_queries) {
  std::vector<Spec> specs;
  for (const char* standard : kStandardAttacks) specs.push_back(parse_spec(standard));
  if (with_queries) specs.push_back(parse_spec(kStandardQueries));
  return specs;
}

/// What looks like a slip.
std::vector<std::string> notes_on_request(const AuditRequest& request, const Audit& audit) {
  std::vector<std::string> out;
  // One division by --std is ours.
  const auto layers = input_normalisation(audit.network.graph());
  constexpr size_t kOurs = 2;
  if (!request.settings.mean.empty() && !request.settings.std.empty() && layers.size() > kOurs) {
    out.push_back("the network seems to normalise its input by itself (layer " + layers[kOurs] +
                  "): with --mean and --std it is done twice; leave them out, unless the network was trained so");
  }
  for (const double epsilon : audit.epsilons) {
    if (epsilon >= audit.context.range.width())
      out.push_back("epsilon " + short_number(epsilon) + " is the inputs' whole range: any input is near any other; was " +
                    short_number(epsilon) + "/255 meant?");
  }
  const bool has_attack = std::any_of(audit.assaults.begin(), audit.assaults.end(),
                                      [](const Assault& assault) { return !assault.attack->facts().is_control; });
  for (const auto& subject : audit.subjects) {
    if (subject.is_control || !has_attack || subject.explainer->traits().only_clean) continue;
    const bool applies = std::any_of(audit.assaults.begin(), audit.assaults.end(), [&](const Assault& assault) {
      return !assault.attack->facts().is_control && is_applicable(*assault.attack, *subject.explainer);
    });
    if (!applies) {
      out.push_back(subject.label +
                    ": no attack of this run applies to it, they follow a gradient that it has not; add --attack square-search");
    }
  }
  return out;
}

}  // namespace

std::vector<Assault> assaults_with_controls(const std::vector<Spec>& attacks_asked) {
  std::vector<Spec> specs = attacks_asked.empty() ? standard_attacks(false) : attacks_asked;
  const size_t asked = specs.size();
  for (size_t i = 0; i < asked; ++i) {
    const AttackFacts facts = attacks().make(specs[i])->facts();
    if (facts.is_control) continue;
    const Spec canonical = attacks().canonical(specs[i]);
    Spec one_shot{"random-sign", {}};
    const auto take = [&](Spec* control, const char* key) {
      if (const std::string* value = canonical.find(key)) *control = control->with(key, *value);
    };
    for (const char* key : {"epsilon", "epsilon-per-pixel", "norm", "k", "steps"}) take(&one_shot, key);
    Spec equal_effort = one_shot.with("iterations", std::to_string(facts.iterations));
    for (const char* key : {"step", "select", "select-every", "stop-at-floor", "on-label-flip"}) take(&equal_effort, key);
    specs.push_back(one_shot);
    // An attack without steps tries so many places of the whole ball: so does its control.
    specs.push_back(equal_effort.with("mode", canonical.find("step") ? "walk" : "resample"));
  }
  std::vector<Assault> out;
  std::map<std::string, int> labels;
  for (const Spec& spec : specs) {
    Assault assault;
    assault.spec = attacks().canonical(spec);
    const bool known = std::any_of(out.begin(), out.end(), [&](const Assault& other) { return other.spec == assault.spec; });
    if (known) continue;
    assault.attack = attacks().make(spec);
    assault.label = assault.attack->facts().label;
    const int count = ++labels[assault.label];
    if (count > 1) assault.label += "#" + std::to_string(count);
    out.push_back(std::move(assault));
  }
  return out;
}

std::vector<Spec> metrics_for(const std::vector<Spec>& asked, const std::vector<Assault>& assaults, bool has_pictures) {
  std::vector<Spec> out;
  const auto add = [&](const Spec& spec, bool explicitly) {
    const Spec canonical = similarity_metrics().canonical(spec);
    for (const auto& other : out) {
      if (other.name != canonical.name) continue;
      if (explicitly) throw_usage("--metric " + print(spec), "is given twice");
      return;
    }
    out.push_back(canonical);
  };
  for (const Spec& spec : asked) add(spec, true);
  if (!asked.empty()) return out;
  for (const auto& assault : assaults) add(parse_spec(assault.attack->facts().selection), false);
  const std::string* k = assaults.front().spec.find("k");
  add(k ? parse_spec("top-k").with("k", *k) : parse_spec("top-k"), false);
  add(parse_spec("spearman"), false);
  if (has_pictures) add(parse_spec("center-shift"), false);
  return out;
}

PlannedAudit plan_audit(const AuditRequest& request) {
  PlannedAudit out;
  Audit& audit = out.audit;
  RunSettings settings = request.settings;
  if (!settings.samples && settings.sample_ids_file.empty()) settings.samples = kStandardSamples;
  audit.batch = settings.batch;
  audit.epsilons = request.epsilons.empty() ? std::vector<double>{2.0 / 255, 8.0 / 255} : request.epsilons;
  audit.assaults = assaults_with_controls(request.attacks);

  out.data_name = request.data.empty() ? "glyphs:count=256,seed=2" : request.data;
  audit.data = open_inputs(settings, out.data_name, true);
  const auto first = first_usable_sample(*audit.data, out.data_name);
  const auto shape = settings.input_shape.empty() ? first.input.sizes().vec() : settings.input_shape;
  const auto network = network_of(request, shape);
  audit.network = network.network;
  audit.counterpart = network.counterpart;
  out.model_name = network.name;
  out.model_digest = network.digest;
  try_one_sample(audit.network, first.input, out.model_name);
  tell_sandbox_that_model_is_ready();
  audit.metrics = metrics_for(request.metrics, audit.assaults, shape.size() == 3);

  audit.context.seed = settings.seed;
  audit.context.range = legal_range(settings, {audit.data.get()});
  plan_samples(selected_samples(settings, audit.network, *audit.data), &out);
  if (audit.samples.empty()) {
    const std::string why = out.skipped.empty() ? "none was asked for" : out.skipped[0].name + ": " + out.skipped[0].reason;
    throw Error(ErrorKind::nothing_tested, out.data_name, "none of the samples asked for can be used (" + why + ")");
  }
  std::vector<std::string> probed;
  audit.subjects = subjects_of(request.explainers, request.labels, audit, &probed);
  const bool needs_queries = std::any_of(audit.subjects.begin(), audit.subjects.end(), [](const Subject& subject) {
    const Traits traits = subject.explainer->traits();
    return !subject.is_control && !traits.differentiable && !traits.only_clean;
  });
  if (request.attacks.empty() && needs_queries) audit.assaults = assaults_with_controls(standard_attacks(true));
  audit.setup = setup_of(request, audit, out.data_name);
  if (is_builtin(request.model)) {
    if (!request.model.empty()) audit.setup["model"] = request.model;
  } else {
    audit.model_file = request.model;
  }

  std::vector<at::Tensor> few;
  for (size_t i = 0; i < std::min<size_t>(4, audit.samples.size()); ++i)
    few.push_back(audit.data->load(audit.samples[i].index).input);
  out.notes = network_notes(audit.network, at::stack(few).to(audit.network.device(), audit.network.dtype()));
  for (const auto& note : audit.data->notes()) out.notes.push_back(note);
  for (const auto& note : notes_on_request(request, audit)) out.notes.push_back(note);
  for (const auto& note : probed) out.notes.push_back(note);
  return out;
}

}  // namespace faultline
