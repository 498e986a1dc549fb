#ifndef FAULTLINE_CORE_ONLY
#include "explainers/external.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "core/error.h"
#include "core/sha256.h"
#include "explainers/external/command_words.h"
#include "explainers/external/model_file.h"
#include "explainers/external/protocol.h"
#include "models/model.h"
#include "models/transforms.h"
#include "support/gradcheck.h"
#include "support/shared.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string fake(const std::string& how, const std::string& options = "timeout=20") {
  return "external:command=('" FAULTLINE_FAKE_EXPLAINER "' " + how + ")," + options;
}

/// A network that a file is said to compute; the programs of these tests read none.
Network filed_network() { return testing::pooled_network(6).with_origin({"model.pt", true}); }

Samples samples() { return testing::samples_at(testing::uniform({5, 1, 6, 6}, 0.1, 0.9, 5), 1); }

Explanation explained(const Explainer& explainer, const Samples& at = samples()) {
  return explainer.explain(filed_network(), at, Context{});
}

TEST(External, GivesTheMapsOfTheProgramInTheNetworksDtype) {
  const auto explainer = explainers().make(fake("well"));
  const Explanation out = explained(*explainer);
  EXPECT_TRUE(out.maps.equal(2 * samples().inputs));
  for (const auto& failure : out.failures) EXPECT_EQ(failure.reason, "") << failure.detail;
  EXPECT_TRUE(at::allclose(out.logits, filed_network().logits(samples().inputs), 1e-12, 1e-12));
  const Network single = to(filed_network(), at::kFloat);
  const Samples rough = samples().with_inputs(samples().inputs.to(at::kFloat));
  const at::Tensor maps = explainer->explain(single, rough, Context{}).maps;
  EXPECT_EQ(maps.scalar_type(), at::kFloat);
  EXPECT_TRUE(maps.equal(2 * rough.inputs));
}

TEST(External, KeepsOneProcessForAllRequests) {
  const auto explainer = explainers().make(fake("draws-anew"));
  // Its maps say how many calls the process has had: a new process would repeat the first.
  EXPECT_FALSE(explained(*explainer).maps.equal(explained(*explainer).maps));
}

TEST(External, AsksForFullBlocksSoThatNothingDependsOnWhatIsAskedBeside) {
  const auto explainer = explainers().make(fake("well", "block=3,timeout=20"));
  const at::Tensor all = explained(*explainer).maps;
  EXPECT_TRUE(all.equal(2 * samples().inputs));
  for (int64_t row = 0; row < 5; ++row)
    EXPECT_TRUE(explained(*explainer, samples().select({row})).maps[0].equal(all[row])) << row;
}

TEST(External, SeedsAreThoseOfTheRunAndTheSample) {
  const auto explainer = explainers().make(fake("seeds", "block=1,timeout=20"));
  const auto seeds = [&](uint64_t seed, const Samples& of) {
    Context context;
    context.seed = seed;
    return explainer->explain(filed_network(), of, context).maps.select(3, 0).select(2, 0).select(1, 0);
  };
  const at::Tensor first = seeds(1, samples());
  EXPECT_TRUE(first.equal(seeds(1, samples()))) << "the same call, the same seeds";
  EXPECT_TRUE(first[3].equal(seeds(1, samples().select({3}))[0]));
  EXPECT_FALSE(first.equal(seeds(2, samples())));
  std::set<double> different;
  for (int64_t row = 0; row < 5; ++row) different.insert(first[row].item<double>());
  EXPECT_EQ(different.size(), 5u) << "one a sample";
  EXPECT_LT(first.max().item<double>(), 2147483648.0);
}

struct Misbehaviour {
  const char *how, *detail;
};

/// Every one a sentence about this program, with its last words where it has any; and the run goes on.
TEST(External, SaysOfEverySampleWhyThereIsNoMap) {
  for (const auto& [how, detail] : {Misbehaviour{"dies", "ended with exit code 3; stderr: out of luck"},
                                    {"dies-at-once", "ended with exit code 7"},
                                    {"crashes", "was killed by signal 6"},
                                    {"closes-stdout", "closed its stdout"},
                                    {"garbage", "stdout: holds 'epoch 1, loss 0.3'"},
                                    {"endless-line", "64 KiB without an end of line"},
                                    {"says-error", "says: no such layer; stderr: ValueError: no such layer"},
                                    {"no-file", "maps.npy: is not there"},
                                    {"wrong-shape", "has the shape [16]; an array of the shape [16,1,6,6] is asked for"},
                                    {"huge-shape", "gave no usable maps"},
                                    {"previous-number", "answered request 0 when it was asked for 1"},
                                    {"hangs", "gave no answer within 0.3 s; stderr: thinking about request 1"}}) {
    const auto explainer = explainers().make(fake(how, "timeout=0.2,start=0.1"));
    const auto begin = std::chrono::steady_clock::now();
    const Explanation out = explained(*explainer);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5)) << how;
    ASSERT_EQ(out.failures.size(), 5u);
    EXPECT_TRUE(out.maps.isnan().all().item<bool>()) << how;
    for (const auto& failure : out.failures) {
      EXPECT_EQ(failure.reason, "explainer-failed") << how;
      EXPECT_THAT(failure.detail, HasSubstr(detail)) << how;
      EXPECT_EQ(failure.detail.find('\n'), std::string::npos);
    }
  }
}

TEST(External, SaysWhereAFailureIsSharedAndHowToTellWhose) {
  const auto together = explained(*explainers().make(fake("dies")));
  const auto alone = explained(*explainers().make(fake("dies", "block=1")));
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_THAT(together.failures[i].detail, HasSubstr("; 5 samples were asked for at once, block=1 asks for one at a time"));
    EXPECT_EQ(alone.failures[i].detail.find("at once"), std::string::npos) << alone.failures[i].detail;
  }
}

TEST(External, AMapOfNaNIsThatSamplesAloneAndSaysWhatTheProgramSaid) {
  const auto explainer = explainers().make(fake("nan"));
  const Explanation out = explained(*explainer);
  EXPECT_EQ(out.failure_reason(0), "non-finite-map");
  EXPECT_THAT(out.failure_detail(0), HasSubstr("stderr: RuntimeWarning: divide by zero"));
  for (int64_t row = 1; row < 5; ++row) {
    EXPECT_EQ(out.failure_reason(row), "");
    EXPECT_TRUE(out.maps[row].equal(2 * samples().inputs[row]));
  }
}

TEST(External, ATalkativeProgramIsNotBlocked) {
  const auto explainer = explainers().make(fake("talkative"));
  for (int call = 0; call < 3; ++call) EXPECT_TRUE(explained(*explainer).maps.equal(2 * samples().inputs));
}

TEST(External, AnAnswerMayNameAnotherFile) {
  EXPECT_TRUE(explained(*explainers().make(fake("other-file"))).maps.equal(2 * samples().inputs));
}

TEST(External, TheFirstAnswerHasTimeToLoadThings) {
  EXPECT_EQ(explained(*explainers().make(fake("slow-start", "timeout=0.2,start=10"))).failure_reason(0), "");
  EXPECT_EQ(explained(*explainers().make(fake("slow-start", "timeout=0.2,start=0"))).failure_reason(0), "explainer-failed");
}

TEST(External, IsStartedAgainAfterAnEndAndAfterATimeout) {
  for (const std::string how : {"dies-once", "hangs-once"}) {
    const testing::TemporaryFolder folder;
    const auto explainer = explainers().make(fake(how + " " + folder.file("marker"), "timeout=0.3,start=0.2"));
    EXPECT_EQ(explained(*explainer).failure_reason(0), "explainer-failed") << how;
    EXPECT_TRUE(explained(*explainer).maps.equal(2 * samples().inputs)) << how;
  }
}

TEST(External, IsNotStartedForEver) {
  const auto explainer = explainers().make(fake("hangs", "timeout=0.1,start=0,block=1"));
  const auto begin = std::chrono::steady_clock::now();
  const Explanation out = explained(*explainer);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  EXPECT_THAT(out.failure_detail(2), HasSubstr("gave no answer within"));
  EXPECT_THAT(out.failure_detail(3), HasSubstr("not asked again after 3 failures in a row"));
  EXPECT_THAT(out.failure_detail(4), HasSubstr("thinking about request 3"));
}

/// A program that refuses every sample in words is well: it is asked for the next.
TEST(External, ErrorsInWordsAreNoReasonToStop) {
  const auto explainer = explainers().make(fake("says-error", "timeout=20,block=1"));
  for (const auto& failure : explained(*explainer).failures) EXPECT_THAT(failure.detail, HasSubstr("says: no such layer"));
}

TEST(External, AnswersSeveralThreads) {
  const auto explainer = explainers().make(fake("well"));
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int call = 0; call < 5; ++call) {
        const Samples at = samples().with_inputs(samples().inputs + i);
        if (explained(*explainer, at).maps.equal(2 * at.inputs)) ++right;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, 20);
}

TEST(External, LeavesNoFilesAndNoProcess) {
  const testing::TemporaryFolder folder;
  const char* const before = std::getenv("TMPDIR");
  const std::string kept = before ? before : "";
  setenv("TMPDIR", folder.path().c_str(), 1);
  {
    const auto explainer = explainers().make(fake("hangs", "timeout=0.1,start=0"));
    explained(*explainer);
    const auto other = explainers().make(fake("well"));
    explained(*other);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path()))
      EXPECT_TRUE(entry.is_directory()) << entry.path() << " outlives its request";
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  if (before)
    setenv("TMPDIR", kept.c_str(), 1);
  else
    unsetenv("TMPDIR");
}

/// So that programs can be asked about networks that were randomised, shifted or smoothed.
TEST(External, NetworksWithoutAFileAreWrittenToOneThatGoesWithThem) {
  const testing::TemporaryFolder folder;
  const auto explainer = explainers().make(fake("copies-model " + folder.file("copy.pt")));
  std::string written;
  {
    const Network smooth = with_softplus(testing::pooled_network(6), 3);
    explainer->explain(smooth, samples(), Context{});
    const Network read = to(Model::load(folder.file("copy.pt")).network({1, 6, 6}), at::kDouble);
    EXPECT_TRUE(at::allclose(read.logits(samples().inputs), smooth.logits(samples().inputs), 1e-12, 1e-12));
    written = model_file_of(smooth, folder.path());
    EXPECT_EQ(model_file_of(smooth, folder.path()), written) << "is written once";
    const Network copy = smooth;
    EXPECT_EQ(model_file_of(copy, folder.path()), written) << "and shared by copies";
    EXPECT_TRUE(std::filesystem::exists(written));
  }
  EXPECT_FALSE(std::filesystem::exists(written));
  EXPECT_EQ(model_file_of(filed_network(), folder.path()), std::filesystem::absolute("model.pt"));
}

TEST(External, RefusesWrongWords) {
  const auto words_of = [](const std::string& spec) -> std::string {
    try {
      explainers().make(spec);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(words_of("external"), HasSubstr("external: needs command="));
  EXPECT_THAT(words_of("external:timeout=3"), HasSubstr("write external:command=(PROGRAM WORD...)"));
  EXPECT_THAT(words_of("external:command=x,claims=positivty"), HasSubstr("positivity"));
  EXPECT_THAT(words_of("external:command=x,hash=no-such-file"), HasSubstr("no-such-file"));
  EXPECT_THAT(words_of("external:command=(python3 'my.py)"), HasSubstr("does not end"));
  const auto missing = explainers().make("external:command=no-such-program");
  EXPECT_THROW(explained(*missing), Error);
}

TEST(External, ClaimsAndHashesWhatItIsTold) {
  const testing::TemporaryFolder folder;
  std::ofstream(folder.file("my.py")) << "print()\n";
  const auto explainer = explainers().make("external:command=(python3 my.py --layer=4,5),claims=conservativity|positivity,hash=" +
                                           folder.file("my.py"));
  const auto claims = explainer->claims(filed_network());
  ASSERT_EQ(claims.size(), 2u);
  EXPECT_EQ(claims[1].axiom, "positivity");
  EXPECT_FALSE(explainer->traits().is_signed);
  EXPECT_EQ(explainer->digests().at(folder.file("my.py")), sha256_of_file(folder.file("my.py")));
  const Spec spec = parse_spec("external:command=(python3 my.py --layer=4,5)");
  EXPECT_EQ(*parse_spec(print(explainers().canonical(spec))).find("command"), "python3 my.py --layer=4,5");
}

TEST(External, ProbingSaysWhereEqualSeedsGiveOtherMaps) {
  const auto probed = [](const std::string& how) {
    return explainers().make(fake(how, "timeout=0.3,start=0.3"))->probe(filed_network(), samples().select({0, 1}), Context{});
  };
  EXPECT_TRUE(probed("well").empty());
  EXPECT_THAT(probed("draws-anew"), ElementsAre(HasSubstr("randomised-explainer: two calls with the same seed differ")));
  EXPECT_THAT(probed("dies"), ElementsAre(HasSubstr("out of luck")));
}

TEST(CommandWords, KeepQuotedSpacesAndExpandNothing) {
  EXPECT_THAT(command_words("python3  my.py"), ElementsAre("python3", "my.py"));
  EXPECT_THAT(command_words(R"('/a b/run' --x="1 2"c '')"), ElementsAre("/a b/run", "--x=1 2c", ""));
  EXPECT_THAT(command_words("sh -c '$HOME; *'"), ElementsAre("sh", "-c", "$HOME; *"));
  EXPECT_THROW(command_words("  "), Error);
  EXPECT_THROW(command_words("a \"b"), Error);
}

TEST(Protocol, RequestsAreOneLineOfJson) {
  external::Request request;
  request.number = 7;
  request.model = "/m \"x\".pt";
  request.ids = {18446744073709551615U};
  request.seeds = {5};
  EXPECT_EQ(external::line_of(request),
            R"({"faultline":1,"request":7,"model":"/m \"x\".pt","inputs":"","targets":"","ids":[18446744073709551615],)"
            R"("seeds":[5],"maps":""})");
}

TEST(Protocol, TakesAnswersAndNothingElse) {
  EXPECT_EQ(external::parse_answer(R"({"request":3})").number, 3u);
  EXPECT_EQ(external::parse_answer(R"({"request":3,"maps":"x.npy"})").maps, "x.npy");
  EXPECT_EQ(external::parse_answer(R"({"request":3,"error":"no"})").error, "no");
  EXPECT_NE(external::parse_answer(R"({"request":3,"error":""})").error, "");
  for (const std::string line : {"", "3", "[3]", "{}", R"({"request":-1})", R"({"request":"3"})", R"({"request":3,"maps":4})",
                                 R"({"request":3,"error":null})", R"({"request":1.5})", "{\"request\":3"})
    EXPECT_THROW(external::parse_answer(line), Error) << line;
}

}  // namespace
}  // namespace faultline

#endif
