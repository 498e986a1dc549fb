#include "suites/shift_networks.h"

#include "core/random.h"
#include "data/npy.h"
#include "data/reference_inputs.h"
#include "suites/shift_facts.h"

namespace faultline {
namespace {

class ShiftedDataset final : public Dataset {
 public:
  ShiftedDataset(std::shared_ptr<const Dataset> data, at::Tensor m) : data_(std::move(data)), m_(std::move(m)) {}
  int64_t size() const override { return data_->size(); }
  SampleInfo info(int64_t index) const override { return data_->info(index); }
  LoadedSample load(int64_t index) const override {
    LoadedSample sample = data_->load(index);
    // What does not fit is left to the reader of the data, which leaves it out.
    if (sample.reason.empty() && sample.input.sizes() == m_.sizes()) sample.input = sample.input.to(at::kDouble) + m_;
    return sample;
  }
  std::string format() const override { return data_->format(); }
  std::vector<std::string> class_names() const override { return data_->class_names(); }
  std::string digest() const override { return data_->digest() + " shifted"; }

 private:
  std::shared_ptr<const Dataset> data_;
  at::Tensor m_;
};

/// One number a channel, as baseline=mean has them: [1, input shape].
at::Tensor mean_of_channels(const at::Tensor& picture) {
  std::vector<int64_t> spatial;
  for (int64_t d = 2; d < picture.dim(); ++d) spatial.push_back(d);
  return spatial.empty() ? picture : picture.mean(spatial, true).expand_as(picture).contiguous();
}

std::string name_of(at::ScalarType dtype) { return dtype == at::kDouble ? "float64" : "float32"; }

}  // namespace

std::shared_ptr<const Dataset> shifted_dataset(std::shared_ptr<const Dataset> data, const at::Tensor& m) {
  return std::make_shared<ShiftedDataset>(std::move(data), m[0]);
}

template <class T>
const T& ShiftNetworks::made(std::map<std::string, std::shared_ptr<Slot<T>>>* slots, const std::string& key,
                             const std::function<T()>& make) {
  std::shared_ptr<Slot<T>> slot;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    auto& place = (*slots)[key];
    if (!place) place = std::make_shared<Slot<T>>();
    slot = place;
  }
  // Where making throws, the next one tries again.
  std::call_once(slot->once, [&] { slot->value = make(); });
  return slot->value;
}

const Network& ShiftNetworks::network(at::ScalarType dtype) const {
  return audit_.network.dtype() == dtype ? audit_.network : audit_.counterpart;
}

const Network& ShiftNetworks::second_network(const InputShift& shift, Compensation compensation, at::ScalarType dtype) {
  const std::string key = facts::key({shift.name, faultline::name_of(compensation), name_of(dtype)});
  return made<Network>(&networks_, key, [&] { return shifted(network(dtype), shift.m, compensation); });
}

std::shared_ptr<const Explainer> ShiftNetworks::fitted(const Spec& spec, const Network& network, const InputShift* shift) const {
  std::unique_ptr<Explainer> explainer = explainers().make(spec);
  if (explainer->traits().needs_fitting)
    explainer->fit(network, shift ? *shifted_dataset(audit_.data, shift->m) : *audit_.data, audit_.context);
  return explainer;
}

at::Tensor ShiftNetworks::mean_of_data() {
  return made<at::Tensor>(&means_, "", [&] {
    at::Tensor sum;
    double count = 0;
    for_each_reference_input(*audit_.data, "baseline", [&](const at::Tensor& input) {
      sum = sum.defined() ? sum + input : input;
      ++count;
      return true;
    });
    return mean_of_channels((sum / count).unsqueeze(0));
  });
}

/// shift: of the network that reads shifted inputs; null for network 1.
Spec ShiftNetworks::reference_spec(const Subject& subject, ShiftReference reference, const InputShift* shift,
                                   at::ScalarType dtype) {
  using Reference = ShiftReference;
  Spec spec = subject.spec;
  for (const char* key : {"value", "blur-sigma", "file"}) spec = spec.without(key);
  if (reference == Reference::zero) return spec.with("baseline", "zero");
  if (reference == Reference::mean) return spec.with("baseline", "mean");
  std::vector<int64_t> shape{1};
  shape.insert(shape.end(), audit_.network.graph().input_shape.begin(), audit_.network.graph().input_shape.end());
  at::Tensor baseline = at::zeros(shape, at::kDouble);
  if (reference == Reference::black) {
    const LegalRange range = shift ? shifted_range(audit_.context.range, shift->m) : audit_.context.range;
    std::vector<int64_t> channels(shape.size(), 1);
    if (range.low.size() > 1) channels[1] = static_cast<int64_t>(range.low.size());
    baseline = baseline + at::tensor(range.low, at::kDouble).reshape(channels);
  } else {
    if (reference != Reference::moved_zero) baseline = mean_of_data();
    if (shift) baseline = baseline + (reference == Reference::new_mean ? mean_of_channels(shift->m) : shift->m);
  }
  if (dtype == at::kDouble) {
    // A flat picture lies on every kink of a max pool. In float32 so small a step would be lost in part.
    const auto uniforms = RandomStream(audit_.context.seed, "suite/shift", 0).uniforms(0, static_cast<size_t>(baseline.numel()));
    const at::Tensor step = 2 * at::tensor(uniforms, at::kDouble).reshape(shape) - 1;
    baseline = baseline + kOffKinkReach * audit_.context.range.width() * step;
  }
  const std::string name = std::to_string(fnv1a64(text_of(reference) + "|" + (shift ? shift->name : "") + "|" + name_of(dtype)));
  const std::string file = store_.path(std::string(kBaselineFiles) + name + ".npy");
  write_npy(file, baseline);
  return spec.with("baseline", "file").with("file", file);
}

std::shared_ptr<const Explainer> ShiftNetworks::explainer(const Subject& subject, ShiftReference reference,
                                                          const InputShift* shift, const Network& network,
                                                          const std::string& place) {
  const bool is_given = reference == ShiftReference::as_given || reference == ShiftReference::kept_fit;
  const bool is_fitted_here = !shift && network.dtype() == audit_.network.dtype();
  if (is_given && (is_fitted_here || !subject.explainer->traits().needs_fitting)) return subject.explainer;
  const std::string key = facts::key({subject.label, is_given ? "" : text_of(reference), place, name_of(network.dtype())});
  return made<std::shared_ptr<const Explainer>>(&explainers_, key, [&] {
    return fitted(is_given ? subject.spec : reference_spec(subject, reference, shift, network.dtype()), network, shift);
  });
}

ShiftedPair ShiftNetworks::first(const Subject& subject, ShiftReference reference, at::ScalarType dtype) {
  return {network(dtype), explainer(subject, reference, nullptr, network(dtype), "")};
}

ShiftedPair ShiftNetworks::second(const Subject& subject, const ShiftCondition& condition, at::ScalarType dtype) {
  using Reference = ShiftReference;
  const Network& network2 = second_network(condition.shift, condition.compensation, dtype);
  const Reference reference = condition.reference;
  const bool stays = reference == Reference::kept_fit || reference == Reference::zero || reference == Reference::mean;
  if (stays) return {network2, first(subject, reference, dtype).explainer};
  const std::string place = facts::key({condition.shift.name, faultline::name_of(condition.compensation)});
  return {network2, explainer(subject, reference, &condition.shift, network2, place)};
}

}  // namespace faultline
