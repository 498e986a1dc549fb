#include "core/spec.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "core/error.h"
#include "core/nearest.h"
#include "core/numbers.h"
#include "core/options.h"
#include "core/sha256.h"

namespace faultline {
namespace {

TEST(Spec, ReadsNameKeysAndNestedSpecs) {
  const Spec spec = parse_spec("smooth-grad:samples=50,inner=(integrated-gradients:steps=20,baseline=zero)");
  EXPECT_EQ(spec.name, "smooth-grad");
  ASSERT_TRUE(spec.find("inner"));
  EXPECT_EQ(*spec.find("inner"), "integrated-gradients:steps=20,baseline=zero");
  EXPECT_EQ(*spec.find("samples"), "50");
  EXPECT_EQ(spec.find("sigma"), nullptr);
}

TEST(Spec, IsChangedIntoAnotherKeyByKey) {
  const Spec spec = parse_spec("m:a=1,b=2");
  EXPECT_EQ(print(spec.with("b", "3")), "m:a=1,b=3");
  EXPECT_EQ(print(spec.with("c", "n:x=1,y=2")), "m:a=1,b=2,c=(n:x=1,y=2)");
  EXPECT_EQ(print(spec.without("a")), "m:b=2");
  EXPECT_EQ(print(spec.without("z")), print(spec));
}

TEST(Spec, IsAtMost64KiBLong) {
  EXPECT_NO_THROW(parse_spec("m:k=" + std::string(60000, '1')));
  try {
    parse_spec("m:k=" + std::string(70000, '1'));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_LT(std::string(error.what()).size(), 200u) << "the message does not repeat it";
  }
}

TEST(Spec, RefusesWhatIsNotASpec) {
  for (const char* bad : {"", ":k=1", "a:", "a:k", "a:=1", "a:k=1,k=2", "a:k=(1", "a:k=1)", "a b", "a:x(y:k=20)", "a:(k)=1"}) {
    EXPECT_THROW(parse_spec(bad), Error) << bad;
  }
}

TEST(Spec, SixteenLevelsAreReadAndNoMore) {
  const auto nested = [](size_t depth) { return "a:k=" + std::string(depth, '(') + "b" + std::string(depth, ')'); };
  EXPECT_NO_THROW(parse_spec(nested(16)));
  EXPECT_THROW(parse_spec(nested(17)), Error);
  EXPECT_THROW(parse_spec(nested(20000)), Error);
}

TEST(Numbers, FractionsBeyondTheLargestNumberAreRefused) {
  EXPECT_THROW(parse_number("1e308/1e-308", "x"), Error);
  EXPECT_EQ(parse_number("1e308/2", "x"), 5e307);
}

TEST(Numbers, SizesHaveUnitsOfPowersOf1024) {
  EXPECT_EQ(parse_size("1", "x"), 1);
  EXPECT_EQ(parse_size("800M", "x"), int64_t{800} << 20);
  EXPECT_EQ(parse_size("1.5G", "x"), int64_t{3} << 29);
  EXPECT_EQ(parse_size("2T", "x"), int64_t{2} << 40);
  for (const char* bad : {"", "M", "0", "-1G", "4g", "4GB", "1e3", "nan", "0.5", "8388608T"})
    EXPECT_THROW(parse_size(bad, "x"), Error) << bad;
}

TEST(Spec, PrintingAndParsingAreInverse) {
  const bool held = rc::check("parse_spec(print(s)) == s", [] {
    Spec spec;
    const auto word = rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(std::string("abcz-"))));
    spec.name = *word;
    const auto keys = *rc::gen::unique<std::vector<std::string>>(word);
    for (const auto& key : keys) {
      spec.entries.emplace_back(key, *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0189/.%|,=:abc"))));
    }
    RC_ASSERT(parse_spec(print(spec)) == spec);
  });
  EXPECT_TRUE(held);
}

TEST(Numbers, ReadsDecimalsFractionsAndPercentages) {
  EXPECT_EQ(parse_number("8/255", "x"), 8.0 / 255);
  EXPECT_EQ(parse_number("1e-3", "x"), 1e-3);
  EXPECT_EQ(parse_number("10%", "x"), 0.1);
  EXPECT_EQ(parse_number("-0.5", "x"), -0.5);
  for (const char* bad : {"", "x", "1/0", "1/", "1e", "nan", "inf", "1 2", "0x1"})
    EXPECT_THROW(parse_number(bad, "x"), Error) << bad;
}

TEST(Numbers, ReadsListsAndWholeNumbers) {
  EXPECT_EQ(parse_numbers("+1,8/255,5%", "x"), (std::vector<double>{1, 8.0 / 255, 0.05}));
  EXPECT_EQ(parse_integer("-9223372036854775808", "x"), std::numeric_limits<int64_t>::min());
  for (const char* bad : {"", "1,", "1,,2", "1;2"}) EXPECT_THROW(parse_numbers(bad, "x"), Error) << bad;
  for (const char* bad : {"", "1.0", "9223372036854775808", " 1", "+"}) EXPECT_THROW(parse_integer(bad, "x"), Error) << bad;
  EXPECT_EQ(exact_number(0.1), "0.10000000000000001");
}

TEST(Numbers, AmountTellsCountsFromShares) {
  EXPECT_EQ(parse_amount("1000", "k").of(5000), 1000);
  EXPECT_EQ(parse_amount("10%", "k").of(784), 78);
  EXPECT_EQ(parse_amount("0.25", "k").of(10), 3);  // 2.5 is rounded up
  EXPECT_EQ(parse_amount("1", "k").of(10), 1);
  EXPECT_EQ(parse_amount("1%", "k").of(10), 1);
  EXPECT_THROW(parse_amount("11", "k").of(10), Error);
  for (const char* bad : {"0", "-1", "1.5", "0%", "101%"}) EXPECT_THROW(parse_amount(bad, "k"), Error) << bad;
}

TEST(Numbers, ShortFormReadsBackToTheSameNumber) {
  EXPECT_EQ(short_number(8.0 / 255), "8/255");
  EXPECT_EQ(short_number(0.5 / 255), "0.5/255");
  EXPECT_EQ(short_number(0.1), "0.1");
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(1), "1");
  const bool held =
      rc::check("parse_number(short_number(v)) == v", [](double v) { RC_ASSERT(parse_number(short_number(v), "v") == v); });
  EXPECT_TRUE(held);
}

TEST(Nearest, FindsTypingErrorsAndNothingFarAway) {
  EXPECT_EQ(nearest("gradinet", {"gradient", "random"}), "gradient");
  EXPECT_EQ(nearest("zzzzzz", {"gradient", "random"}), "");
}

struct Sample {
  int64_t steps = 50;
  double value = 0.5;
  bool multiply = true;
  std::optional<double> beta;
  Amount k{0.1, true};
};

const OptionTable<Sample>& sample_options() {
  static const auto table = OptionTable<Sample>()
                                .integer("steps", &Sample::steps, {1, 1000}, "path points")
                                .number("value", &Sample::value, {}, "constant")
                                .flag("multiply", &Sample::multiply, "multiply by the input")
                                .number_or("auto", "beta", &Sample::beta, {0, 1e6}, "sharpness")
                                .amount("k", &Sample::k, "entries");
  return table;
}

TEST(Options, ReadsAndPrintsCanonically) {
  const Sample read = parse_options(parse_spec("m:value=8/255,k=5,beta=2"), sample_options());
  EXPECT_EQ(read.value, 8.0 / 255);
  EXPECT_EQ(*read.beta, 2);
  const std::string text = print(canonical_spec("m", read, sample_options()));
  EXPECT_EQ(text, "m:beta=2,k=5,multiply=1,steps=50,value=8/255");
  EXPECT_EQ(print(canonical_spec("m", parse_options(parse_spec(text), sample_options()), sample_options())), text);
}

TEST(Options, UnknownKeyNamesTheNearestAndRangeIsSaid) {
  try {
    parse_options(parse_spec("m:stepss=3"), sample_options());
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::usage);
    EXPECT_NE(std::string(e.what()).find("'steps'"), std::string::npos) << e.what();
  }
  try {
    parse_options(parse_spec("m:steps=0"), sample_options());
    FAIL();
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("1..1000"), std::string::npos) << e.what();
  }
}

TEST(Sha256, MatchesThePublishedVectors) {
  EXPECT_EQ(Sha256().hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256().update("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 million;
  for (int i = 0; i < 10000; ++i) million.update(std::string(100, 'a'));
  EXPECT_EQ(million.hex(), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Error, StaysOnOneLine) {
  const Error e(ErrorKind::input, "a\nb", "is\tbad");
  EXPECT_STREQ(e.what(), "a\\x0ab: is\\x09bad");
}

}  // namespace
}  // namespace faultline
