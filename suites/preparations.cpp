#include "suites/preparations.h"

#include "suites/facts.h"
#include "suites/unit_rows.h"

namespace faultline {
namespace {

constexpr int64_t kPilotSamples = 16;

std::string key_of(const Subject& subject, const std::string& condition) {
  return facts::condition(subject.label, condition, "preparation");
}

}  // namespace

Preparation Preparations::get(const Subject& subject, const std::string& condition, double epsilon, const Make& make) {
  return *made_.get<Preparation>(key_of(subject, condition), [&] {
    return std::make_shared<const Preparation>(stored_or_made(subject, condition, epsilon, make));
  });
}

bool Preparations::is_made(const Subject& subject, const std::string& condition) const {
  return !store_.fact(key_of(subject, condition)).empty();
}

int64_t Preparations::samples() const { return std::min<int64_t>(kPilotSamples, static_cast<int64_t>(audit_.samples.size())); }

Preparation Preparations::stored_or_made(const Subject& subject, const std::string& condition, double epsilon, const Make& make) {
  const std::string id = key_of(subject, condition);
  const std::string stored = store_.fact(id);
  Preparation preparation;
  if (!stored.empty()) {
    if (stored == "none") return preparation;
    for (const auto& [key, value] : parse_spec(stored).entries) preparation[key] = parse_number(value, key);
    return preparation;
  }
  const Samples samples = load_samples(audit_, subject, rows_between(0, this->samples()));
  preparation = make({audit_.network, *subject.explainer, samples, epsilon, audit_.context});
  const auto evaluations = preparation.find("evaluations");
  if (audit_.context.passes && evaluations != preparation.end())
    audit_.context.passes->forward += static_cast<int64_t>(evaluations->second);
  Spec text{"preparation", {}};
  Facts notes;
  for (const auto& [key, value] : preparation) {
    text.entries.emplace_back(key, exact_number(value));
    notes[facts::condition(subject.label, condition, key)] = short_number(value);
  }
  notes[id] = preparation.empty() ? "none" : print(text);
  store_.set_facts(notes);
  return preparation;
}

}  // namespace faultline
