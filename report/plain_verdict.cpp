#include "report/plain_verdict.h"

#include <algorithm>
#include <cctype>

#include "report/suite_pages.h"
#include "suites/facts.h"

namespace faultline {
namespace {

std::string listed(const std::vector<std::string>& some) {
  std::string out;
  for (size_t i = 0; i < some.size(); ++i) out += (i == 0 ? "" : i + 1 < some.size() ? ", " : " and ") + some[i];
  return out;
}

/// "Fragility: ghorbani-topk and annealed-topk at epsilon 2/255 and 8/255, beside random-sign-walk of the same size."
std::string attacks_tried(const ExplainerSummary& explainer, const RunSummary& run) {
  std::vector<std::string> attacks, controls, epsilons;
  const auto add = [](std::vector<std::string>& to, const std::string& text) {
    if (!text.empty() && std::find(to.begin(), to.end(), text) == to.end()) to.push_back(text);
  };
  for (const auto& condition : explainer.conditions) {
    const MetricSummary* headline = condition.metric(run.headline_metric);
    if (!headline || headline->used == 0) continue;
    add(condition.is_attack ? attacks : controls, condition.label);
    add(epsilons, condition.epsilon_text);
  }
  if (attacks.empty() && controls.empty()) return "Fragility: nothing could be measured.";
  std::string out = "Fragility: " + (attacks.empty() ? std::string("no attack") : listed(attacks));
  if (!controls.empty()) out += ", beside random changes (" + listed(controls) + ")";
  return out + (epsilons.empty() ? "." : ", at epsilon " + listed(epsilons) + ".");
}

std::string meaning_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::moved:
      return "A change of the input that the network answers alike moves what this explanation points at, further than chance "
             "does. Do not take a single map as the reason for a single answer.";
    case Verdict::within_rounding:
      return "The attack did no more than the arithmetic does by itself. Nothing is known about a stronger one.";
    case Verdict::constant:
      return "The map stood still because it hardly looks at the input where the attack looked. That is no strength: it may "
             "not show what the network did with this input.";
    case Verdict::doubtful_attack:
      return "The search was weak, by its own warnings. That it found nothing says nothing about the explainer.";
    case Verdict::too_few: return "Too few samples to tell an effect from chance, in either direction.";
    case Verdict::not_compared: return "Without random changes of the same size nobody can tell the attack from noise.";
    case Verdict::not_broken:
      return "This effort did not break it. A stronger attack may: the sentence holds for the effort stated and for no other.";
    default: return "Nothing is known about how far its maps can be moved.";
  }
}

void add_findings(const OtherEvidence& other, PlainVerdict& out) {
  if (!other.refuted.empty()) {
    out.broke.push_back((other.refuted.size() == 1 ? "Its claim of " : "Its claims of ") + listed(other.refuted) +
                        (other.refuted.size() == 1 ? " is refuted by a counterexample." : " are refuted by counterexamples."));
    out.meaning.push_back("It does not keep what it promises: whoever relies on the promise is misled.");
  }
  if (other.ignores_parameters) {
    out.broke.push_back("With the network's layers drawn anew the map stays much as it was: it " + other.on_parameters + ".");
    out.meaning.push_back("A map that looks alike for random weights shows the input more than what the network learned.");
  }
  if (other.ignores_labels) {
    out.broke.push_back("Trained on permuted labels, a network gets much the same maps: it " + other.on_labels + ".");
    out.meaning.push_back("The map shows little of what the network learned.");
  }
  if (!other.moved_by_shift.empty()) {
    out.broke.push_back("Where the inputs' zero is moved (" + listed(other.moved_by_shift) +
                        ") and the network computes the same, the map changes.");
    out.meaning.push_back("Part of the map is about how the inputs are encoded.");
  }
}

}  // namespace

PlainVerdict plain_verdict(const ExplainerSummary& explainer, const RunSummary& run) {
  PlainVerdict out;
  out.explainer = explainer.name;
  out.is_control = explainer.is_control;
  const bool attacked = is_about_fragility(run);
  out.other = other_evidence(explainer, run);
  const OtherEvidence& other = out.other;
  Finding finding;
  if (attacked) {
    finding = finding_of(explainer, run);
    out.label = words_of(finding.verdict);
    out.tried.push_back(attacks_tried(explainer, run));
    std::string sentence = finding.sentence;
    if (!sentence.empty()) sentence[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(sentence[0])));
    out.broke.push_back(sentence);
    out.how_sure = finding.how_sure;
    out.warnings = finding.warnings;
    if (!explainer.is_control) out.meaning.push_back(meaning_of(finding.verdict));
  }
  out.tried.insert(out.tried.end(), other.tried.begin(), other.tried.end());
  add_findings(other, out);
  if (!attacked) {
    out.label = other.is_any() ? "fails a test" : out.tried.empty() ? "nothing tested" : "not broken by this effort";
    out.how_sure.push_back("How many cases and samples each statement rests on stands with each suite below.");
    if (!other.is_any()) out.broke.push_back(out.tried.empty() ? "Nothing was tested." : "Nothing, by this effort.");
    if (out.meaning.empty()) out.meaning.push_back("No more is known than what was tried: this is not a pass.");
  }
  if (explainer.is_control) {
    out.meaning = {"A control shows what a method that explains nothing gets here. It is no result of its own."};
  } else {
    out.advice = advice_for(explainer, run, finding, other);
  }
  return out;
}

}  // namespace faultline
