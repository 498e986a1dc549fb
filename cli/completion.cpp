#include "cli/completion.h"

#include "cli/listing.h"

namespace faultline {

CompletionValue completion_of(const OptionDeclaration& option) {
  CompletionValue out{option.words, false};
  if (option.value == "SPEC") {
    for (const auto& listing : listings_of(option.name + "s")) out.words.push_back(listing.name);
  }
  out.files = option.value.find("FILE") != std::string::npos || option.value.find("PATH") != std::string::npos;
  return out;
}

CompletionValue completion_of(const Verb& verb) {
  const auto choices = verb.word_choices();
  return {choices, verb.words_high > 0 && choices.empty()};
}

}  // namespace faultline
