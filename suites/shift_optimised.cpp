#include "suites/shift_optimised.h"

#include <cmath>

#include "core/error.h"
#include "core/numbers.h"
#include "core/random.h"
#include "data/npy.h"
#include "metrics/similarity.h"
#include "suites/shift_facts.h"
#include "suites/shift_pictures.h"
#include "suites/shift_search.h"

namespace faultline {
namespace {

/// A picture is the user's file or a word: only its last part names the condition.
std::string short_picture(const std::string& picture) { return picture.substr(picture.find_last_of('/') + 1); }

void keep_pictures(const RunStore& store, const Subject& subject, const std::string& condition, const Samples& sample,
                   const FoundShift& found, const at::Tensor& picture, std::vector<PictureRecord>* out) {
  const std::pair<const char*, at::Tensor> parts[] = {{facts::part::kImage, sample.inputs[0]},
                                                      {facts::part::kShift, found.m[0]},
                                                      {facts::part::kMapBefore, found.before[0]},
                                                      {facts::part::kMapAfter, found.after[0]},
                                                      {facts::part::kTarget, picture.unsqueeze(0)}};
  for (const auto& [part, array] : parts) {
    const std::string file =
        "maps/shift-" + std::to_string(fnv1a64(subject.label)) + "-" + std::to_string(sample.ids[0]) + "-" + part + ".npy";
    write_npy(store.path(file), array.to(at::kCPU, at::kFloat).contiguous());
    out->push_back({facts::kShift, subject.label, condition, sample.names[0], sample.ids[0], file, part});
  }
}

}  // namespace

std::string optimised_name(const ShiftOptions& options) {
  return std::string(facts::kOptimised) + ",picture=" + short_picture(options.picture) +
         ",bound=" + (options.bound ? short_number(*options.bound) : "none");
}

std::string cannot_optimise(const Audit& audit, const Subject& subject) {
  if (audit.network.graph().input_shape.size() != 3) return "the inputs are no pictures";
  if (subject.explainer->traits().single_channel) return "the map has not the input's shape";
  return cannot_shift(audit.network, Compensation::first_linear);
}

UnitResult optimised_unit(const Audit& audit, const RunStore& store, ShiftNetworks& networks, const Subject& subject,
                          const ShiftOptions& options, const std::vector<int64_t>& rows) {
  UnitResult out;
  const std::string condition = optimised_name(options);
  const auto& shape = audit.network.graph().input_shape;
  const auto fact = [&](const char* field, const std::string& text) {
    out.facts[facts::condition(subject.label, condition, field)] = text;
  };
  ShiftSearch search;
  search.bound = options.bound ? *options.bound * audit.context.range.width() : std::numeric_limits<double>::infinity();
  search.step = 0.01 * audit.context.range.width();
  search.iterations = options.iterations;
  const auto ssim = similarity_metrics().make("ssim");
  for (const int64_t row : rows) {
    Samples sample = load_samples(audit, subject, {row});
    sample = sample.with_inputs(sample.inputs.to(at::kDouble));
    const at::Tensor picture = target_picture(options.picture, shape[1], shape[2]).to(sample.inputs.device());
    FoundShift found;
    try {
      const ShiftedPair first = networks.first(subject, {}, at::kDouble);
      found = search_shift(first.network, *first.explainer, sample, picture, search, audit.context);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::usage && error.kind() != ErrorKind::input) throw;
      found.why_not = error.what();
    }
    const auto put = [&](const char* metric, double value, const std::string& reason) {
      Record record = record_of(facts::kShift, subject, condition, sample, 0);
      record.set(metric, value, reason);
      out.records.push_back(std::move(record));
    };
    using namespace facts::quantity;
    if (!found.why_not.empty()) {
      put(kPictureAfter, 0, facts::kNotApplicable);
      fact(facts::kNotApplicable, found.why_not);
      continue;
    }
    put(kPictureBefore, picture_pearson(found.before, picture).item<double>(), "");
    put(kPictureAfter, picture_pearson(found.after, picture).item<double>(), "");
    const at::Tensor wanted = (picture / static_cast<double>(shape[0])).expand_as(found.after);
    const auto alike = ssim->compare(found.after, wanted);
    put(kPictureSsim, alike.values[0], alike.reasons[0]);
    put(kShiftLinf, found.m.abs().max().item<double>(), "");
    put(kShiftL2, found.m.norm().item<double>(), "");
    put(kLogitChange, found.logit_change, "");
    fact("how", found.is_closed_form ? "closed form" : "Adam");
    keep_pictures(store, subject, condition, sample, found, picture, &out.pictures);
  }
  return out;
}

double optimised_cost(const Subject& subject, const ShiftOptions& options) {
  const auto points = static_cast<double>(subject.explainer->traits().points);
  // Maps of one point are mostly affine in the shift: the clean map, two probes, and the result.
  return points > 1 ? 3 * std::min(points, 10.0) * static_cast<double>(options.iterations) : 4;
}

}  // namespace faultline
