#include <gtest/gtest.h>

#include "core/registry.h"

namespace faultline {
namespace {

struct Thing {
  virtual ~Thing() = default;
};

class Reader final : public Thing {
 public:
  static constexpr const char* kName = "reader";
  static constexpr const char* kSummary = "reads a file";
  struct Options {
    std::string file, mode = "fast";
  };
  static const OptionTable<Options>& options() {
    static const auto table =
        OptionTable<Options>().required_text("file", &Options::file, "what is read", "FILE").text("mode", &Options::mode, "how");
    return table;
  }
  explicit Reader(Options options) : options_(std::move(options)) {}
  Options options_;
};

class Plain final : public Thing {
 public:
  static constexpr const char* kName = "plain";
  static constexpr const char* kSummary = "does nothing";
  struct Options {
    int64_t count = 1;
  };
  static const OptionTable<Options>& options() {
    static const auto table = OptionTable<Options>().integer("count", &Options::count, {1, 9}, "how many");
    return table;
  }
  explicit Plain(Options) {}
};

Registry<Thing> things() {
  Registry<Thing> list("thing");
  list.add<Reader>();
  list.add<Plain>();
  return list;
}

TEST(RequiredOption, ASpecWithoutItIsRefusedAndSaysHowToWriteIt) {
  const auto list = things();
  for (const std::string spec : {"reader", "reader:mode=slow", "reader:file="}) {
    try {
      list.make(spec);
      ADD_FAILURE() << spec;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
      EXPECT_STREQ(error.what(), "reader: needs file=; write reader:file=FILE");
    }
    EXPECT_THROW(list.canonical(parse_spec(spec)), Error);
  }
  EXPECT_NO_THROW(list.make("reader:file=x"));
}

TEST(RequiredOption, MethodsThatNeedNoneStandAlone) {
  const auto list = things();
  EXPECT_EQ(list.standalone_names(), std::vector<std::string>{"plain"});
  EXPECT_EQ(list.names(), (std::vector<std::string>{"reader", "plain"}));
  EXPECT_TRUE(list.entry("reader").standard()) << "good for its facts";
}

}  // namespace
}  // namespace faultline
