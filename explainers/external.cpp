#include "explainers/external.h"

#include <set>

#include "core/error.h"
#include "core/random.h"
#include "core/sha256.h"
#include "explainers/external/block_answers.h"
#include "explainers/external/command_words.h"
#include "explainers/external/model_file.h"
#include "explainers/external/repeated_maps.h"
#include "explainers/external/stated_claims.h"

namespace faultline {
namespace {

/// Below 2^31, which every language's random generator takes.
uint32_t seed_of(uint64_t run, uint64_t id) { return static_cast<uint32_t>(RandomStream(run, External::kName, id).key() >> 33U); }

}  // namespace

const OptionTable<External::Options>& External::options() {
  static const auto table =
      OptionTable<Options>()
          .required_text("command", &Options::command,
                         "the program and its arguments, run without a shell; quotes keep spaces together", "(PROGRAM WORD...)")
          .number("timeout", &Options::timeout, {0.01, 86400}, "for the maps of one request", "", "seconds")
          .number("start", &Options::start, {0, 86400}, "more for the first maps of a process, which has to load things", "",
                  "seconds")
          .integer("block", &Options::block, {0, 4096},
                   "samples in a request, always as many: copies fill it; 0: as the network's own blocks")
          .flag("single-channel", &Options::single_channel, "maps have one value a pixel: [N,1,H,W]")
          .text("claims", &Options::claims, "axioms that the explainer promises", "conventions 9", "AXIOM|AXIOM|...")
          .text("hash", &Options::hash, "files that the maps depend on: their SHA-256 enters the report", "", "FILE|FILE|...")
          .text("target", &Options::target, "the explained class", "", "predicted|label|second|INT");
  return table;
}

External::External(Options options) : options_(std::move(options)) {
  stated_claims(options_.claims);
  if (!options_.hash.empty()) {
    for (const std::string& file : split(options_.hash, '|')) digests_[file] = sha256_of_file(file);
  }
  if (!options_.command.empty())
    service_ = std::make_unique<external::Service>(command_words(options_.command), options_.timeout, options_.start);
}

Traits External::traits() const {
  Traits traits;
  traits.access = Access::query;
  traits.differentiable = false;
  traits.needs_smooth_network = false;
  traits.is_signed = !claims_positivity(options_.claims);
  traits.single_channel = options_.single_channel;
  traits.is_external = true;
  return traits;
}

std::vector<Claim> External::claims(const Network&) const { return stated_claims(options_.claims); }

std::vector<std::string> External::probe(const Network& network, const Samples& first, const Context& context) {
  return notes_of_repeated_maps(*this, network, first, context);
}

Explanation External::explain(const Network& network, const Samples& samples, const Context& context) const {
  const std::string model = model_file_of(network, service_->folder());
  const int64_t block = options_.block > 0 ? options_.block : network.block_size();
  const std::vector<int64_t> shape = shape_of_maps(samples, options_.single_channel);
  return explained_in_blocks(network, samples, block, shape, context, [&](const Samples& asked) {
    external::Question question{model, asked.inputs, asked.targets, asked.ids, {}, shape};
    question.shape[0] = block;
    for (const uint64_t id : asked.ids) question.seeds.push_back(seed_of(context.seed, id));
    external::Reply reply = service_->ask(question);
    // All samples of a request share its fate, also those that had no part in it. Empty places hold copies.
    const size_t different = std::set<uint64_t>(asked.ids.begin(), asked.ids.end()).size();
    if (!reply.failure.empty() && different > 1)
      reply.failure += "; " + std::to_string(different) + " samples were asked for at once, block=1 asks for one at a time";
    return BlockAnswer{reply.maps, reply.failure, reply.said};
  });
}

}  // namespace faultline
